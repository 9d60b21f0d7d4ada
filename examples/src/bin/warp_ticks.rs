//! warp: `cargo run -p examples --bin warp_ticks [ADDRESS]`.
//!
//! `/relayed` is warp's own event stream, under `RelayLayer`. `/ticks` is one of sse-tower, in a filter.
#![forbid(unsafe_code)]

use std::{convert::Infallible, time::Duration};

use examples::{listen, numbers, seen, sockets};
use futures_util::StreamExt;
use http_body_util::BodyDataStream;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use sse_tower::connection::{ConnectionGuard, SocketOptions};
use sse_tower::{Drain, Event, LastEventId, RelayLayer, Settings, Sse};
use tower::Layer;
use warp::{Filter, Reply, reply::Response, sse};

/// Makes an `Sse` a response of warp, whose body must be `Sync`. So the stream must also be `Sync`.
fn ticks(last: LastEventId) -> Response {
    let event = |n: u64| Event::new(format!("tick {n}")).with_id(n);
    let events = numbers(seen(&last)).map(move |n| Ok::<_, Infallible>(event(n)));
    let (head, body) = Sse::new(events).into_http().into_parts();
    let mut response = warp::reply::stream(BodyDataStream::new(body)).into_response();
    *response.headers_mut() = head.headers;
    response
}

fn relayed(last: LastEventId) -> impl Reply {
    let event = |n: u64| sse::Event::default().id(n.to_string());
    let event = move |n| Ok::<_, Infallible>(event(n).data(format!("tick {n}")));
    sse::reply(numbers(seen(&last)).map(event))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let headers = warp::header::headers_cloned();
    let last = headers.map(|headers| LastEventId::from_headers(&headers));
    let drain = Drain::new();
    let ticks = warp::path("ticks").and(last).map(ticks);
    let relayed = warp::path("relayed").and(last).map(relayed);
    let relay = RelayLayer::with(Settings::new().drain(&drain));
    let service = TowerToHyperService::new(relay.layer(warp::service(ticks.or(relayed))));

    let guard = ConnectionGuard::new().drain(&drain);
    let connections = GracefulShutdown::new();
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut sockets = sockets(listen("http://*/ticks").await?);
    while let Some(socket) = sockets.next().await {
        // A system that refuses an option still serves the connection.
        let _ = SocketOptions::new().apply(&socket);
        let io = TokioIo::new(guard.guard(socket));
        let connection = builder.serve_connection(io, service.clone()).into_owned();
        tokio::spawn(connections.watch(connection));
    }
    tokio::join!(drain.start(Duration::from_secs(2)), connections.shutdown());
    Ok(())
}
