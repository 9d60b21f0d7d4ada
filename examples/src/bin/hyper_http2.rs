//! Bare hyper, HTTP/2 in clear text: `cargo run -p examples --bin hyper_http2 [ADDRESS]`.
//!
//! `curl -N --http2-prior-knowledge` reads it. Browsers speak HTTP/2 over TLS only: see `tls_ticks`.
#![forbid(unsafe_code)]

use std::{convert::Infallible, time::Duration};

use examples::{listen, numbers, seen, sockets};
use futures_util::{Stream, StreamExt};
use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, server::conn::http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use sse_tower::connection::{ConnectionGuard, SocketOptions};
use sse_tower::{Drain, Event, LastEventId, Settings, SseLayer};
use tower::{Layer, service_fn};

type Ticks<St> = Result<Response<St>, Infallible>;

async fn ticks(request: Request<Incoming>) -> Ticks<impl Stream<Item = Result<Event, Infallible>>> {
    let numbers = numbers(seen(&LastEventId::of(&request)));
    let events = numbers.map(|n| Ok(Event::new(format!("tick {n}")).with_id(n)));
    let mut response = Response::new(events);
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
    }
    Ok(response)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = listen("http://*/ticks").await?;
    let drain = Drain::new();
    let layer = SseLayer::with(Settings::new().drain(&drain));
    let service = TowerToHyperService::new(layer.layer(service_fn(ticks)));
    let guard = ConnectionGuard::new().drain(&drain);
    let connections = GracefulShutdown::new();
    let mut sockets = sockets(listener);
    while let Some(socket) = sockets.next().await {
        // A system that refuses an option still serves the connection.
        let _ = SocketOptions::new().apply(&socket);
        let io = TokioIo::new(guard.guard(socket));
        let connection =
            http2::Builder::new(TokioExecutor::new()).serve_connection(io, service.clone());
        tokio::spawn(connections.watch(connection));
    }
    let drained = drain.start(Duration::from_secs(2));
    let (drained, ()) = tokio::join!(drained, connections.shutdown());
    println!("{} streams ended", drained.streams());
    Ok(())
}
