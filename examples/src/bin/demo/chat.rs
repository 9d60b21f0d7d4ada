//! `GET /chat` and `POST /chat`: a group chat on a hub.
//!
//! The log of the hub is the history of the chat. A new page gets all of it, and a page that reconnects gets
//! only the messages that it has missed. To send a message, a page posts an ordinary form.
//!
//! The list of those present is different: only the latest one matters. So it is not in the log, and its events have
//! no ID.

use std::{net::SocketAddr, pin::pin, time::SystemTime};

use async_stream::stream;
use axum::{
    Form, Router,
    extract::{ConnectInfo, DefaultBodyLimit, Query, State},
    http::StatusCode,
    response::IntoResponse,
    routing::get,
};
use futures_util::{
    Stream, StreamExt,
    stream::{PollNext, select_with_strategy},
};
use serde::{Deserialize, Serialize};
use sse_tower::{
    Event, EventFrame, EventType, LastEventId,
    error::BoxError,
    hub::{Hub, Subscription, Topic},
};
use tokio::sync::watch;

use crate::{
    streams::Streams,
    visitor::{Name, Visitor},
};

const CHAT: Topic = Topic::from_static("chat");
const HERE: EventType = EventType::from_static("here");

/// The longest message, in characters.
const MESSAGE_LIMIT: usize = 280;

/// The longest form, in bytes: a message and a name of four-byte characters, each percent-encoded.
const FORM_LIMIT: usize = MESSAGE_LIMIT * 12 + 512;

/// The number of names that the list of those who are here has at most.
const NAMES_LIMIT: usize = 100;

pub(crate) fn router(streams: &Streams, hub: Hub) -> Router {
    let chat = Chat {
        streams: streams.clone(),
        hub,
        moves: watch::Sender::new(()),
    };
    Router::new()
        .route("/chat", get(listen).post(say))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .with_state(chat)
}

#[derive(Clone)]
struct Chat {
    streams: Streams,
    hub: Hub,
    /// Changes whenever somebody joins or leaves.
    moves: watch::Sender<()>,
}

async fn listen(
    State(chat): State<Chat>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(visitor): Query<Visitor>,
    last: LastEventId,
) -> impl IntoResponse {
    let messages = chat.hub.subscribe(CHAT).after(last).from_start();
    let messages = messages.key(visitor.name.into_string());
    let events = with_presence(messages, chat.hub, chat.moves);
    chat.streams.answer("chat", peer, events)
}

/// Adds an event of type `here` to the messages, first and whenever somebody has joined or left.
fn with_presence(
    messages: Subscription,
    hub: Hub,
    moves: watch::Sender<()>,
) -> impl Stream<Item = Result<EventFrame, BoxError>> {
    stream! {
        // Locals are dropped in reverse order: the hub forgets the subscription, and then the others are told.
        let _leaving = Leaving(moves.clone());
        let presence = stream! {
            // The messages are polled before this, so the hub knows the subscription.
            moves.send_replace(());
            let mut moved = moves.subscribe();
            loop {
                yield here(&hub);
                if moved.changed().await.is_err() {
                    break;
                }
            }
        };
        let messages_first = |_: &mut ()| PollNext::Left;
        let mut events = pin!(select_with_strategy(messages, presence, messages_first));
        while let Some(event) = events.next().await {
            yield event;
        }
    }
}

/// Tells the others when it is dropped.
struct Leaving(watch::Sender<()>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.send_replace(());
    }
}

#[derive(Serialize)]
struct Here<'a> {
    listeners: usize,
    names: Vec<&'a str>,
}

fn here(hub: &Hub) -> Result<EventFrame, BoxError> {
    let presence = hub.presence(CHAT.as_str());
    let here = Here {
        listeners: presence.subscriptions(),
        names: presence
            .keys()
            .map(|(name, _)| name)
            .take(NAMES_LIMIT)
            .collect(),
    };
    Ok(Event::from_json(&here)?.with_type(HERE).into())
}

#[derive(Deserialize)]
struct Saying {
    message: String,
    /// Absent in `curl -d message=hello`.
    #[serde(default)]
    name: Name,
}

#[derive(Serialize)]
struct Said<'a> {
    name: String,
    message: &'a str,
    at: String,
}

async fn say(
    State(chat): State<Chat>,
    Form(saying): Form<Saying>,
) -> Result<StatusCode, (StatusCode, String)> {
    let refused = |reason| (StatusCode::UNPROCESSABLE_ENTITY, reason);
    let message = saying.message.trim();
    if message.is_empty() {
        return Err(refused("the message is empty".to_owned()));
    }
    let length = message.chars().count();
    if length > MESSAGE_LIMIT {
        return Err(refused(format!(
            "the message has {length} characters; at most {MESSAGE_LIMIT} are allowed"
        )));
    }
    let said = Said {
        name: saying.name.into_string(),
        message,
        at: httpdate::fmt_http_date(SystemTime::now()),
    };
    let event = Event::from_json(&said).map_err(|error| refused(error.to_string()))?;
    match chat.hub.publish(CHAT, event).await {
        Ok(_id) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err((StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
    }
}
