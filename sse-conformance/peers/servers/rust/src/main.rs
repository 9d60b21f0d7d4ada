//! The `Sse` of axum under the server suite. Prints its address and runs until it is killed.

use std::convert::Infallible;
use std::io;
use std::panic;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};

/// The messages for the clients. `None` ends the stream.
type Channel = broadcast::Sender<Option<Event>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    // Each value is an answer of the hook, so printing it once is enough.
    panic::set_hook(Box::new(|_| {}));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let router = Router::new()
        .route("/events", get(events))
        .route("/control", post(control))
        .layer(DefaultBodyLimit::disable())
        .with_state(Channel::new(4096));
    axum::serve(listener, router).await
}

async fn events(
    State(channel): State<Channel>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::unfold(channel.subscribe(), |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(Some(event)) => return Some((Ok(event), receiver)),
                Ok(None) | Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => {}
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Panics at values that cannot be written, as axum does. It has no other way to refuse.
fn event(action: &Value) -> Event {
    let text = |name: &str| action.get(name).and_then(Value::as_str);
    let mut event = Event::default().data(text("data").unwrap_or_default());
    if let Some(event_type) = text("type") {
        event = event.event(event_type);
    }
    if let Some(id) = text("id") {
        event = event.id(id);
    }
    event
}

async fn control(State(channel): State<Channel>, Json(action): Json<Value>) -> Response {
    match action.get("action").and_then(Value::as_str) {
        Some("publish") => {
            let event = panic::catch_unwind(|| event(&action));
            let Ok(event) = event else {
                return StatusCode::UNPROCESSABLE_ENTITY.into_response();
            };
            // There may be no client.
            let _ = channel.send(Some(event));
            StatusCode::NO_CONTENT.into_response()
        }
        Some("end") => {
            let _ = channel.send(None);
            StatusCode::NO_CONTENT.into_response()
        }
        Some("count") => Json(json!({"open": channel.receiver_count()})).into_response(),
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}
