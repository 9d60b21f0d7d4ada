//! `GET /notifications`: named events that survive a lost connection.
//!
//! Each event has an ID. A browser that lost the stream sends the last ID in the `Last-Event-ID`
//! header, and the server sends all events since then: none is lost and none comes twice. If the server
//! cannot promise that, it sends an event of type `gap`.

use std::{net::SocketAddr, time::Duration};

use async_stream::stream;
use axum::{
    Router,
    extract::{ConnectInfo, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use sse_tower::{Event, EventFrame, EventType, LastEventId, error::BoxError, server::Lagged};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::interval,
};

use crate::streams::Streams;
use log::{Log, Start, Subscription};

mod log;

const MENTION: EventType = EventType::from_static("mention");
const BUILD: EventType = EventType::from_static("build");
const ALERT: EventType = EventType::from_static("alert");
const RESOLVED: EventType = EventType::from_static("resolved");
const RESUMED: EventType = EventType::from_static("resumed");
const GAP: EventType = EventType::from_static("gap");

pub(crate) fn router(streams: &Streams) -> Router {
    let notifications = Notifications {
        streams: streams.clone(),
        log: Log::new(),
        cut: watch::Sender::new(()),
    };
    tokio::spawn(publish_now_and_then(notifications.log.clone()));
    Router::new()
        .route("/notifications", get(listen).post(notify))
        .route("/notifications/cut", post(cut))
        .with_state(notifications)
}

#[derive(Clone)]
struct Notifications {
    streams: Streams,
    log: Log,
    cut: watch::Sender<()>,
}

async fn listen(
    State(notifications): State<Notifications>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    last_event_id: LastEventId,
) -> impl IntoResponse {
    let mut cut = notifications.cut.subscribe();
    let events = hear(notifications.log.subscribe(&last_event_id)).take_until(async move {
        let _ = cut.changed().await;
    });
    notifications.streams.answer("notifications", peer, events)
}

/// Sends the start of the stream, then the missed events, then new events.
///
/// A client without an ID gets the newest ID at once, in a block without an event. Otherwise a client
/// that loses its connection before its first event would reconnect without an ID, and miss events.
fn hear(subscription: Subscription) -> impl Stream<Item = Result<EventFrame, BoxError>> {
    let Subscription {
        start,
        newest,
        replay,
        mut live,
    } = subscription;
    stream! {
        match start {
            Start::Now => yield Ok(EventFrame::last_event_id(&newest)),
            Start::After(id) => yield resumed(id, replay.len()),
            Start::Gap => yield Ok(gap().with_id(newest).into()),
        }
        for event in replay {
            yield Ok(event.into());
        }
        loop {
            match live.recv().await {
                Ok(event) => yield Ok(event.into()),
                // This ends the stream. The reader reconnects with its last event ID and gets the
                // missed events from the log.
                Err(RecvError::Lagged(missed)) => {
                    yield Err(Lagged::new(missed).into());
                    break;
                }
                Err(RecvError::Closed) => break,
            }
        }
    }
}

fn gap() -> Event {
    Event::from_static("some events cannot be sent again").with_type(GAP)
}

#[derive(Serialize)]
struct Resumed {
    after: u64,
    replayed: usize,
}

fn resumed(after: u64, replayed: usize) -> Result<EventFrame, BoxError> {
    let json = serde_json::to_string(&Resumed { after, replayed })?;
    Ok(Event::new(json).with_type(RESUMED).into())
}

/// `POST /notifications`: publishes one now.
async fn notify(State(notifications): State<Notifications>) -> StatusCode {
    notifications.log.publish(MENTION, "You pressed the button");
    StatusCode::NO_CONTENT
}

/// `POST /notifications/cut`: ends the streams of all pages, as a deployment or a proxy's timeout does.
async fn cut(State(notifications): State<Notifications>) -> StatusCode {
    notifications.cut.send_replace(());
    StatusCode::NO_CONTENT
}

async fn publish_now_and_then(log: Log) {
    let news = [
        (BUILD, "The build of “main” passed"),
        (MENTION, "Ada mentioned you in “Event streams”"),
        (BUILD, "Version 2.4 is on its way to production"),
        (ALERT, "The disk of “db-2” is 91 % full"),
        (MENTION, "Grace answered your question"),
        (RESOLVED, "The disk of “db-2” is fine again"),
    ];
    let mut pause = interval(Duration::from_millis(1500));
    for (event_type, title) in news.into_iter().cycle() {
        pause.tick().await;
        log.publish(event_type, title);
    }
}
