//! `GET /clock`: an event a second.
//!
//! One stream may carry several kinds of event, each with its listener on the page. This one also
//! carries the number of open streams, so that the page needs no connection more to show it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sse_tower::{Event, EventType, Sse};
use tokio::time::interval;
use tokio_stream::wrappers::IntervalStream;

use crate::streams::{Counts, Streams};

const TICK: EventType = EventType::from_static("tick");
const STREAMS: EventType = EventType::from_static("streams");

/// How long a browser waits before it connects again.
const RECONNECTION_TIME: Duration = Duration::from_secs(2);

pub(crate) fn router(streams: &Streams) -> Router {
    Router::new()
        .route("/clock", get(clock))
        .with_state(streams.clone())
}

async fn clock(State(streams): State<Streams>) -> impl IntoResponse {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1))).map(|_| tick());
    let counts = streams.counts().map(|counts| count(&counts));
    let events = streams.open("clock", stream::select(ticks, counts));

    Sse::new(events).retry(RECONNECTION_TIME)
}

#[derive(Serialize)]
struct Tick {
    time: String,
    /// `EventSource` obeys the `retry` field but never shows it to the page, so the data says it too.
    reconnection_time: u128,
}

fn tick() -> serde_json::Result<Event> {
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let tick = Tick {
        time: httpdate::fmt_http_date(now),
        reconnection_time: RECONNECTION_TIME.as_millis(),
    };
    Ok(Event::new(serde_json::to_string(&tick)?)
        .with_type(TICK)
        .with_id(seconds))
}

fn count(counts: &Counts) -> serde_json::Result<Event> {
    Ok(Event::new(serde_json::to_string(counts)?).with_type(STREAMS))
}
