//! axum: `cargo run -p examples --bin axum_ticks [ADDRESS]`.
//!
//! `/ticks` is a handler that returns `Sse` of sse-tower. `/relayed` returns axum's own `Sse`, under
//! `RelayLayer`.
#![forbid(unsafe_code)]

use std::{convert::Infallible, time::Duration};

use axum::{Router, response::sse, routing::get, serve::ListenerExt};
use examples::{listen, numbers, seen};
use futures_util::{Stream, StreamExt};
use sse_tower::{
    Drain, Event, LastEventId, RelayLayer, Settings, Sse,
    connection::{ConnectionGuard, SocketOptions},
};
use tokio::signal::ctrl_c;

async fn relayed(
    last: LastEventId,
) -> sse::Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let event = |n: u64| sse::Event::default().id(n.to_string());
    sse::Sse::new(numbers(seen(&last)).map(move |n| Ok(event(n).data(format!("tick {n}")))))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let relay = RelayLayer::with(settings.clone());
    let ticks = async |last: LastEventId| {
        let event = |n: u64| Event::new(format!("tick {n}")).with_id(n);
        let events = numbers(seen(&last)).map(move |n| Ok::<_, Infallible>(event(n)));
        Sse::with(events, settings)
    };
    let app = Router::new()
        .route("/relayed", get(relayed).layer(relay))
        .route("/ticks", get(ticks));

    let options = SocketOptions::new();
    let listener = listen("http://*/ticks").await?;
    let listener = listener.tap_io(move |socket| drop(options.apply(socket)));
    let listener = ConnectionGuard::new().drain(&drain).listen(listener);
    let server = axum::serve(listener, app).with_graceful_shutdown(drain.started());
    let stop = async {
        ctrl_c().await?;
        Ok(drain.start(Duration::from_secs(2)).await)
    };
    let ((), drained) = tokio::try_join!(server.into_future(), stop)?;
    println!("{} streams ended", drained.streams());
    Ok(())
}
