//! tonic: `cargo run -p examples --bin tonic_ticks [ADDRESS]`.
//!
//! One port for gRPC (`ticks.Ticker/Ticks`, a server-streaming call) and for browsers (`/ticks`, the
//! same call bridged). The layer lies over both, and leaves gRPC alone.
#![forbid(unsafe_code)]

use std::{pin::Pin, time::Duration};

use axum::routing::get;
use examples::ticks::{Tick, Ticker, TickerServer, TicksRequest};
use examples::{listen, numbers, seen};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sse_tower::{Drain, Event, LastEventId, RelayLayer, Sse};
use tokio::signal::ctrl_c;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, service::Routes, transport::Server};

struct EverySecond;

#[tonic::async_trait]
impl Ticker for EverySecond {
    type TicksStream = Pin<Box<dyn Stream<Item = Result<Tick, Status>> + Send>>;

    async fn ticks(
        &self,
        request: Request<TicksRequest>,
    ) -> Result<Response<Self::TicksStream>, Status> {
        let ticks = numbers(request.get_ref().seen).map(|number| Ok(Tick { number }));
        Ok(Response::new(ticks.boxed()))
    }
}

/// The call as an event stream, whose IDs are what the call needs to go on.
async fn bridge(last: LastEventId) -> Sse<impl Stream<Item = Result<Event, Status>>> {
    let seen = seen(&last);
    let call = async move { EverySecond.ticks(Request::new(TicksRequest { seen })).await };
    let ticks = stream::once(call)
        .map_ok(Response::into_inner)
        .try_flatten();
    let event = |n: u64| Event::new(format!("tick {n}")).with_id(n);
    Sse::new(ticks.map_ok(move |Tick { number }| event(number)))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let drain = Drain::new();
    let grpc = Routes::new(TickerServer::new(EverySecond)).into_axum_router();
    let connections = TcpListenerStream::new(listen("http://*/ticks").await?);
    let server = Server::builder()
        .accept_http1(true)
        .layer(RelayLayer::new().drain(&drain))
        .add_routes(grpc.route("/ticks", get(bridge)).into())
        .serve_with_incoming_shutdown(connections, drain.started());
    tokio::spawn(async move {
        if ctrl_c().await.is_ok() {
            drain.start(Duration::from_secs(2)).await;
        }
    });
    Ok(server.await?)
}
