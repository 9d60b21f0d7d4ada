//! An event stream and a control hook for `sse-conformance server`.
//!
//! `GET /events` is the stream, which can be resumed. `POST /control` takes the actions of the suite. The
//! program prints the address of both and runs until it is killed.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_stream::stream;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::json;
use sse_tower::{
    CorsLayer, Event, EventFrame, EventId, EventType, Heartbeat, LastEventId, Sse, cors::Origin,
    last_event_id::ParsedId,
};
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
};

/// The number of events that are kept for readers that resume, and that a reader may be behind.
const KEPT: usize = 4096;

/// The longest action: an event of a few hundred kilobytes, escaped as JSON.
const ACTION_LIMIT: usize = 16 * 1024 * 1024;

const GAP: EventType = EventType::from_static("gap");

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let channel = Channel::new();
    let cors = CorsLayer::origins([Origin::from_static("https://app.example")]).allow_credentials();
    let router = Router::new()
        .route("/events", get(events).layer(cors))
        .route("/control", post(control))
        .layer(DefaultBodyLimit::max(ACTION_LIMIT))
        .with_state(channel);
    axum::serve(listener, router).await?;
    Ok(())
}

/// The published events and their readers. Clones are handles to the same channel.
#[derive(Clone)]
struct Channel {
    log: Arc<Mutex<Log>>,
    /// Changes to end the open streams.
    ended: watch::Sender<()>,
}

/// One lock over log and channel, so that no event is lost between the replay and the live events.
struct Log {
    /// The ID of the oldest event that is kept. IDs have no holes.
    first: u64,
    kept: Vec<Event>,
    live: broadcast::Sender<Event>,
}

impl Channel {
    fn new() -> Self {
        Self {
            log: Arc::new(Mutex::new(Log::new())),
            ended: watch::Sender::new(()),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, events: Vec<Event>) {
        let mut log = self.log();
        for event in events {
            let event = event.with_id(log.next());
            log.kept.push(event.clone());
            if log.kept.len() > KEPT {
                log.kept.remove(0);
                log.first += 1;
            }
            // An error only means that there are no readers.
            let _ = log.live.send(event);
        }
    }

    /// Streams a gap event if events may be missing, then the missed events, then new ones.
    fn read(
        &self,
        last: &LastEventId,
    ) -> impl Stream<Item = Result<EventFrame, Infallible>> + use<> {
        let mut ended = self.ended.subscribe();
        let log = self.log();
        let (gap, missed) = log.since(last);
        let mut live = log.live.subscribe();
        drop(log);
        let events = stream! {
            if let Some(newest) = gap {
                let gap = Event::from_static("events may be missing").with_type(GAP);
                yield Ok(gap.with_id(newest).into());
            }
            for event in missed {
                yield Ok(event.into());
            }
            // The stream of a reader that is too slow ends, and the reader resumes.
            while let Ok(event) = live.recv().await {
                yield Ok(event.into());
            }
        };
        events.take_until(async move {
            let _ = ended.changed().await;
        })
    }
}

impl Log {
    /// The first number is the time in microseconds, so that no ID of an earlier run is used again. A
    /// reader that resumes with such an ID is told that events may be missing.
    fn new() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            first: since_epoch.map_or(1, |time| time.as_micros() as u64),
            kept: Vec::new(),
            live: broadcast::Sender::new(KEPT),
        }
    }

    /// Drops the kept events, but not the count of events.
    fn drop_kept(&mut self) {
        self.first = self.next();
        self.kept.clear();
    }

    fn next(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    /// Returns the events after `last`. If some are missing, returns the newest ID instead.
    fn since(&self, last: &LastEventId) -> (Option<EventId>, Vec<Event>) {
        let newest = self.next() - 1;
        let missed = match last.parse() {
            ParsedId::Absent => return (None, Vec::new()),
            ParsedId::Unreadable => None,
            ParsedId::Value(seen) => newest.checked_sub(seen),
        };
        let first = missed.and_then(|missed| {
            let missed = usize::try_from(missed).ok()?;
            self.kept.len().checked_sub(missed)
        });
        match first {
            Some(first) => (None, self.kept[first..].to_vec()),
            None => (Some(EventId::from(newest)), Vec::new()),
        }
    }
}

async fn events(State(channel): State<Channel>, last: LastEventId) -> impl IntoResponse {
    Sse::new(channel.read(&last))
        .retry(Duration::from_secs(2))
        .heartbeat(Heartbeat::every(Duration::from_secs(1)))
}

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Action {
    Publish(Published),
    Batch {
        events: Vec<Published>,
    },
    Restart,
    #[serde(rename = "drop log")]
    DropLog,
    End,
    Count,
}

#[derive(Deserialize)]
struct Published {
    data: String,
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// The server chooses the IDs itself, but refuses an `id` that cannot be written.
    id: Option<String>,
}

async fn control(State(channel): State<Channel>, Json(action): Json<Action>) -> Response {
    match action {
        Action::Publish(event) => publish(&channel, vec![event]),
        Action::Batch { events } => publish(&channel, events),
        Action::Restart => {
            *channel.log() = Log::new();
            StatusCode::NO_CONTENT.into_response()
        }
        Action::DropLog => {
            channel.log().drop_kept();
            StatusCode::NO_CONTENT.into_response()
        }
        Action::End => {
            channel.ended.send_replace(());
            StatusCode::NO_CONTENT.into_response()
        }
        Action::Count => {
            // Each open stream has one receiver, which is dropped with the stream.
            let open = channel.log().live.receiver_count();
            Json(json!({ "open": open })).into_response()
        }
    }
}

/// Publishes all of the events, or none if one of them cannot be written.
fn publish(channel: &Channel, events: Vec<Published>) -> Response {
    let events: Result<Vec<Event>, String> = events.into_iter().map(event).collect();
    match events {
        Ok(events) => {
            channel.publish(events);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
    }
}

fn event(published: Published) -> Result<Event, String> {
    let mut event = Event::new(published.data);
    if let Some(event_type) = published.event_type {
        event = event.with_type(EventType::new(event_type).map_err(|error| error.to_string())?);
    }
    if let Some(id) = published.id {
        EventId::decoded(id).map_err(|error| error.to_string())?;
    }
    Ok(event)
}
