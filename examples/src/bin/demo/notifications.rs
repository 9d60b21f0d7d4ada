//! `GET /notifications?topic=builds&topic=alerts`: several topics over one connection, which may be lost.
//!
//! The hub gives each event an ID. A browser that lost its connection sends the last one in the header
//! `Last-Event-ID`, and the hub sends the events since then: none is lost and none comes twice. If the hub cannot
//! promise that, it sends an event of type `gap`. All topics share the IDs, so a page may also come back for
//! other topics.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{ConnectInfo, Query, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Serialize;
use sse_tower::{
    Event, EventType, LastEventId,
    error::BoxError,
    hub::{Hub, Topic},
};
use tokio::{sync::Mutex, time::interval};

use crate::streams::Streams;

const BUILDS: Topic = Topic::from_static("builds");
const MENTIONS: Topic = Topic::from_static("mentions");
const ALERTS: Topic = Topic::from_static("alerts");
const TOPICS: [Topic; 3] = [BUILDS, MENTIONS, ALERTS];

const BUILD: EventType = EventType::from_static("build");
const MENTION: EventType = EventType::from_static("mention");
const ALERT: EventType = EventType::from_static("alert");
const RESOLVED: EventType = EventType::from_static("resolved");

pub(crate) fn router(streams: &Streams, hub: Hub) -> Router {
    let notifications = Notifications {
        streams: streams.clone(),
        hub,
        server: format!("{:x}", RandomState::new().hash_one(()) as u32).into(),
        numbers: Arc::default(),
    };
    tokio::spawn(publish_now_and_then(notifications.clone()));
    Router::new()
        .route("/notifications", get(listen).post(notify))
        .route("/notifications/cut", post(cut))
        .with_state(notifications)
}

#[derive(Clone)]
struct Notifications {
    streams: Streams,
    hub: Hub,
    /// A random name of this process. Several may publish to the same log, and each counts its own notifications.
    server: Arc<str>,
    /// The number of the latest notification of each topic.
    numbers: Arc<Mutex<HashMap<Topic, u64>>>,
}

async fn listen(
    State(notifications): State<Notifications>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(parameters): Query<Vec<(String, String)>>,
    last: LastEventId,
) -> Result<impl IntoResponse, (StatusCode, String)> {
    let topics = topics(&parameters).map_err(|reason| (StatusCode::BAD_REQUEST, reason))?;
    let events = notifications.hub.subscribe(topics).after(last);
    let events = events.key(peer.ip().to_string());
    Ok(notifications.streams.answer("notifications", peer, events))
}

/// Returns the topics that a request names. A request without any is for all of them.
fn topics(parameters: &[(String, String)]) -> Result<Vec<Topic>, String> {
    let named = parameters.iter().filter(|(name, _)| name == "topic");
    let topics: Vec<Topic> = named
        .map(|(_, topic)| {
            let known = TOPICS.into_iter().find(|known| known.as_str() == topic);
            known.ok_or_else(|| format!("there is no topic {topic:?}"))
        })
        .collect::<Result<_, _>>()?;
    Ok(if topics.is_empty() {
        TOPICS.to_vec()
    } else {
        topics
    })
}

/// `POST /notifications`: publishes one now.
async fn notify(
    State(notifications): State<Notifications>,
) -> Result<StatusCode, (StatusCode, String)> {
    match notifications
        .publish(MENTIONS, MENTION, "You pressed the button")
        .await
    {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err((StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
    }
}

/// `POST /notifications/cut`: ends the streams of the visitor's address, as a proxy's timeout does.
async fn cut(
    State(notifications): State<Notifications>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> StatusCode {
    notifications.hub.kick(&peer.ip().to_string());
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct Notification<'a> {
    topic: &'a str,
    server: &'a str,
    /// The numbers of a server and a topic have no holes, so that the page can check that it has lost no event.
    number: u64,
    title: &'a str,
    at: String,
}

impl Notifications {
    async fn publish(
        &self,
        topic: Topic,
        event_type: EventType,
        title: &str,
    ) -> Result<(), BoxError> {
        // The lock is held until the event is in the log, so that the numbers have the order of the log.
        let mut numbers = self.numbers.lock().await;
        let number = numbers.entry(topic.clone()).or_default();
        let event = Event::from_json(&Notification {
            topic: topic.as_str(),
            server: &self.server,
            number: *number + 1,
            title,
            at: httpdate::fmt_http_date(SystemTime::now()),
        })?;
        self.hub.publish(topic, event.with_type(event_type)).await?;
        *number += 1;
        Ok(())
    }
}

async fn publish_now_and_then(notifications: Notifications) {
    let news = [
        (BUILDS, BUILD, "The build of “main” passed"),
        (MENTIONS, MENTION, "Ada mentioned you in “Event streams”"),
        (BUILDS, BUILD, "Version 2.4 is on its way to production"),
        (ALERTS, ALERT, "The disk of “db-2” is 91 % full"),
        (MENTIONS, MENTION, "Grace answered your question"),
        (ALERTS, RESOLVED, "The disk of “db-2” is fine again"),
    ];
    let mut pause = interval(Duration::from_millis(1500));
    for (topic, event_type, title) in news.into_iter().cycle() {
        pause.tick().await;
        if let Err(error) = notifications.publish(topic, event_type, title).await {
            eprintln!("demo: a notification was not published: {error}");
        }
    }
}
