//! Tokens of a language model: `cargo run -p examples --bin llm_stream [ADDRESS]`.
//!
//! `/answer` streams a long answer, one token at a time, and ends it with `[DONE]`. Each token costs
//! money, so the model must stop when its client goes away. `/generated` shows this: the number of
//! generated tokens stops growing as soon as the client of `/answer` is gone.
#![forbid(unsafe_code)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{Router, routing::get, serve::ListenerExt};
use examples::listen;
use futures_util::{Stream, stream};
use serde_json::json;
use sse_tower::connection::{ConnectionGuard, SocketOptions};
use sse_tower::{Event, EventType, Settings, Sse, error::BoxError};
use tokio::time::sleep;

const FAILED: EventType = EventType::from_static("failed");

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = SocketOptions::new();
    let listener = listen("http://*/answer").await?;
    let listener = listener.tap_io(move |socket| drop(options.apply(socket)));
    let generated = Arc::new(AtomicU64::new(0));
    let counter = generated.clone();
    let settings = Settings::new()
        .final_event(Event::from_static("[DONE]"))
        .error_event(|error| Some(Event::new(error.to_string()).with_type(FAILED)))
        .on_notice(|notice| eprintln!("{notice:?}"));
    let answer = async move || Sse::with(model(generated.clone()), settings.clone());
    let app = Router::new().route("/answer", get(answer)).route(
        "/generated",
        get(async move || counter.load(Relaxed).to_string()),
    );
    Ok(axum::serve(ConnectionGuard::new().listen(listener), app).await?)
}

/// The model. It generates a token only when the stream is polled, so it stops when the stream is
/// dropped.
fn model(generated: Arc<AtomicU64>) -> impl Stream<Item = Result<Event, BoxError>> {
    stream::try_unfold(0, move |token| {
        let generated = generated.clone();
        async move {
            sleep(Duration::from_millis(20)).await;
            generated.fetch_add(1, Relaxed);
            let chunk =
                json!({ "choices": [{ "delta": { "content": format!("word {token} ") } }] });
            Ok((token < 3000).then(|| (Event::new(chunk.to_string()), token + 1)))
        }
    })
}
