//! tonic: `cargo run -p examples --bin tonic_ticks [ADDRESS]`.
//!
//! gRPC (`ticks.Ticker/Ticks`) and `/ticks` share axum's server: tonic's own cannot use a guard.
#![forbid(unsafe_code)]

use std::{pin::Pin, time::Duration};

use axum::{routing::get, serve::ListenerExt};
use examples::ticks::{Tick, Ticker, TickerServer, TicksRequest};
use examples::{listen, numbers, seen};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sse_tower::connection::{ConnectionGuard, SocketOptions};
use sse_tower::{Drain, Event, LastEventId, RelayLayer, Settings, Sse};
use tokio::signal::ctrl_c;
use tonic::{Request, Response, Status, service::Routes};

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

/// The call as an event stream. The ID of each event is the number after which a call can resume.
async fn bridge(last: LastEventId) -> Sse<impl Stream<Item = Result<Event, Status>>> {
    let seen = seen(&last);
    let call = async move { EverySecond.ticks(Request::new(TicksRequest { seen })).await };
    let ticks = stream::once(call).map_ok(Response::into_inner);
    let event = |Tick { number }| Event::new(format!("tick {number}")).with_id(number);
    Sse::new(ticks.try_flatten().map_ok(event))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let drain = Drain::new();
    let grpc = Routes::new(TickerServer::new(EverySecond)).into_axum_router();
    let app = grpc.route("/ticks", get(bridge));
    let app = app.layer(RelayLayer::with(Settings::new().drain(&drain)));

    let options = SocketOptions::new();
    let listener = listen("http://*/ticks").await?;
    let listener = listener.tap_io(move |socket| drop(options.apply(socket)));
    let listener = ConnectionGuard::new().drain(&drain).listen(listener);
    let server = axum::serve(listener, app).with_graceful_shutdown(drain.started());
    let stop = async {
        ctrl_c().await?;
        Ok(drain.start(Duration::from_secs(2)).await)
    };
    tokio::try_join!(server.into_future(), stop)?;
    Ok(())
}
