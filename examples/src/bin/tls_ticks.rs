//! TLS, with HTTP/1.1 and HTTP/2: `cargo run -p examples --bin tls_ticks [ADDRESS [FILE]]`.
//!
//! `src/tls.rs` has the server. The program writes its own certificate to FILE, or prints it. Read the
//! stream with `curl -N --cacert FILE`.
#![forbid(unsafe_code)]

use std::convert::Infallible;

use axum::{Router, routing::get};
use examples::{listen, numbers, seen, tls};
use futures_util::StreamExt;
use sse_tower::{Drain, Event, LastEventId, Settings, Sse};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let tls = tls::certified(&["localhost", "127.0.0.1"])?;
    let listener = listen("https://*/ticks").await?;
    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let ticks = async |last: LastEventId| {
        let event = |n: u64| Event::new(format!("tick {n}")).with_id(n);
        let events = numbers(seen(&last)).map(move |n| Ok::<_, Infallible>(event(n)));
        Sse::with(events, settings)
    };
    let app = Router::new().route("/ticks", get(ticks));
    tls::serve(listener, tls, app, drain).await;
    Ok(())
}
