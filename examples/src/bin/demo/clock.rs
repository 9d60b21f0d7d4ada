//! `GET /clock`: an event per second.
//!
//! A stream can carry several types of events, each with its own listener on the page. This stream also
//! reports the open streams, so that the page needs no other connection for them.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{ConnectInfo, State},
    response::IntoResponse,
    routing::get,
};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sse_tower::{Event, EventType};
use tokio::time::interval;
use tokio_stream::wrappers::IntervalStream;

use crate::streams::{Overview, RECONNECTION_TIME, Streams};

const TICK: EventType = EventType::from_static("tick");
const STREAMS: EventType = EventType::from_static("streams");

pub(crate) fn router(streams: &Streams) -> Router {
    Router::new()
        .route("/clock", get(clock))
        .with_state(streams.clone())
}

async fn clock(
    State(streams): State<Streams>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> impl IntoResponse {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1))).map(|_| tick());
    let overviews = streams.overviews().map(|overview| show(&overview));
    streams.answer("clock", peer, stream::select(ticks, overviews))
}

#[derive(Serialize)]
struct Tick {
    time: String,
    /// `EventSource` obeys the `retry` field but does not show it to the page, so the data repeats it.
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

fn show(overview: &Overview) -> serde_json::Result<Event> {
    Ok(Event::new(serde_json::to_string(overview)?).with_type(STREAMS))
}
