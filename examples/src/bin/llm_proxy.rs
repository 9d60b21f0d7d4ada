//! A proxy for a language model: `UPSTREAM=http://… cargo run -p examples --bin llm_proxy [ADDRESS]`.
//!
//! `/answer` reads the event stream of the upstream, changes each event, and sends it on. If the client
//! goes away, the response is dropped, and with it the connection to the upstream, which then stops too.
//! To try it, run the example `llm_stream` in another terminal: its stream is the default upstream.
#![forbid(unsafe_code)]

use std::env;

use axum::{
    Router, body::Bytes, extract::State, http::StatusCode, routing::get, serve::ListenerExt,
};
use examples::listen;
use futures_util::{Stream, TryStreamExt};
use http::Uri;
use http_body_util::Empty;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use sse_tower::{
    Event, Sse,
    client::{Error, EventStream},
    connection::{ConnectionGuard, SocketOptions},
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let upstream = env::var("UPSTREAM").unwrap_or_else(|_| "http://127.0.0.1:3000/answer".into());
    let options = SocketOptions::new();
    let listener = listen("http://*/answer").await?;
    let listener = listener.tap_io(move |socket| drop(options.apply(socket)));
    let app = Router::new()
        .route("/answer", get(answer))
        .with_state(upstream.parse()?);
    Ok(axum::serve(ConnectionGuard::new().listen(listener), app).await?)
}

async fn answer(
    State(upstream): State<Uri>,
) -> Result<Sse<impl Stream<Item = Result<Event, Error>>>, StatusCode> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = client.get(upstream).await;
    let response = response.map_err(|_| StatusCode::BAD_GATEWAY)?;
    if response.status() != StatusCode::OK {
        return Err(StatusCode::BAD_GATEWAY);
    }
    let events = EventStream::of_body(response.into_body()).map_ok(changed);
    Ok(Sse::new(events))
}

/// Writes the text of the model in capitals. Data other than JSON, such as `[DONE]`, stays as it is.
fn changed(event: Event) -> Event {
    let Ok(mut chunk) = serde_json::from_str::<Value>(event.data()) else {
        return event;
    };
    if let Some(Value::String(text)) = chunk.pointer_mut("/choices/0/delta/content") {
        *text = text.to_uppercase();
    }
    Event::new(chunk.to_string()).with_type(event.event_type().clone())
}
