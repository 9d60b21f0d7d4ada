//! `GET /raw`: one of each element of an event stream, slowly enough to read the bytes.
//!
//! Between two blocks the server sends nothing for a while. The heartbeat, an empty comment line, keeps
//! proxies from treating the connection as dead. `EventSource` shows neither comments nor heartbeats, so
//! read this stream with `curl -N`, or with `fetch` and a reader as the page does.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use async_stream::stream;
use axum::{
    Router,
    extract::{ConnectInfo, State},
    response::IntoResponse,
    routing::get,
};
use futures_util::Stream;
use sse_tower::{Event, EventFrame, EventId, EventType, Heartbeat};
use tokio::time::sleep;

use crate::streams::Streams;

const GREETING: EventType = EventType::from_static("greeting");
const PAUSE: Duration = Duration::from_secs(5);

pub(crate) fn router(streams: &Streams) -> Router {
    Router::new()
        .route("/raw", get(raw))
        .with_state(streams.clone())
}

async fn raw(
    State(streams): State<Streams>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> impl IntoResponse {
    streams
        .answer("raw", peer, one_of_each())
        .retry(Duration::from_secs(3))
        .heartbeat(Heartbeat::every(Duration::from_secs(2)))
}

fn one_of_each() -> impl Stream<Item = Result<EventFrame, Infallible>> {
    stream! {
        for id in 0_u64.. {
            yield Ok(EventFrame::comment("a comment: no client shows it, every client skips it"));
            yield Ok(Event::from_static("a message, the type of an event that names none").into());
            sleep(PAUSE).await;
            yield Ok(Event::from_static("two lines of data,\none event").with_type(GREETING).with_id(id).into());
            sleep(PAUSE).await;
            yield Ok(EventFrame::comment("an id alone: no event, but the place to resume from"));
            yield Ok(EventFrame::last_event_id(&EventId::from(id)));
            sleep(PAUSE).await;
        }
    }
}
