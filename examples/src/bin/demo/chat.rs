//! `GET /chat` and `POST /chat`: an anonymous group chat.
//!
//! The stream carries messages from the server to everyone. To send a message, a page posts an ordinary
//! form. The room keeps no messages, so a page gets only those that arrive while it is connected. For a
//! stream that can be resumed, see [`notifications`](crate::notifications).

use std::net::SocketAddr;

use async_stream::stream;
use axum::{
    Form, Router,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::StatusCode,
    response::IntoResponse,
    routing::get,
};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use sse_tower::{Event, EventType};
use tokio::sync::broadcast::error::RecvError;

use crate::streams::Streams;
use room::{Listener, Room};

mod room;

const WELCOME: EventType = EventType::from_static("welcome");
const MISSED: EventType = EventType::from_static("missed");

/// The longest message, in characters.
const MESSAGE_LIMIT: usize = 280;

/// The longest form, in bytes: a message of four-byte characters, each percent-encoded, and a ticket.
const FORM_LIMIT: usize = MESSAGE_LIMIT * 12 + 256;

pub(crate) fn router(streams: &Streams) -> Router {
    let chat = Chat {
        streams: streams.clone(),
        room: Room::new(),
    };
    Router::new()
        .route("/chat", get(listen).post(say))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .with_state(chat)
}

#[derive(Clone)]
struct Chat {
    streams: Streams,
    room: Room,
}

async fn listen(
    State(chat): State<Chat>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> impl IntoResponse {
    chat.streams.answer("chat", peer, hear(chat.room))
}

/// The stream of one listener. It owns the listener, who joins the room when the stream is first polled and
/// leaves when the stream is dropped. A stream that is refused is never polled, so its listener never joins.
fn hear(room: Room) -> impl Stream<Item = serde_json::Result<Event>> {
    stream! {
        let mut listener = room.join();
        yield welcome(&listener);
        loop {
            match listener.hear().await {
                Ok(event) => yield Ok(event),
                // A client that reads too slowly has lost messages, and the stream says so.
                Err(RecvError::Lagged(missed)) => {
                    yield Ok(Event::new(missed.to_string()).with_type(MISSED));
                }
                Err(RecvError::Closed) => break,
            }
        }
    }
}

#[derive(Serialize)]
struct Welcome<'a> {
    name: &'a str,
    /// The page sends it with each message to post under its name.
    ticket: &'a str,
    listeners: usize,
}

fn welcome(listener: &Listener) -> serde_json::Result<Event> {
    let welcome = Welcome {
        name: listener.name(),
        ticket: listener.ticket(),
        listeners: listener.listeners_at_joining(),
    };
    Ok(Event::new(serde_json::to_string(&welcome)?).with_type(WELCOME))
}

#[derive(Deserialize)]
struct Saying {
    message: String,
    /// Absent if the client has no stream, such as `curl -d message=hello`.
    #[serde(default)]
    ticket: String,
}

async fn say(
    State(chat): State<Chat>,
    Form(saying): Form<Saying>,
) -> Result<StatusCode, (StatusCode, String)> {
    let message = saying.message.trim();
    if message.is_empty() {
        return Err((
            StatusCode::UNPROCESSABLE_ENTITY,
            "the message is empty".into(),
        ));
    }
    let length = message.chars().count();
    if length > MESSAGE_LIMIT {
        return Err((
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("the message has {length} characters; at most {MESSAGE_LIMIT} are allowed"),
        ));
    }
    chat.room.say(&saying.ticket, message);
    Ok(StatusCode::NO_CONTENT)
}
