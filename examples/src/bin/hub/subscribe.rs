//! `GET /events?topic=NAME&topic=NAME`: streams the events of topics, after the client's last event ID.

use std::time::Duration;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use clap::Args;
use sse_tower::{
    Drain, LastEventId, RelayLayer, Settings, Sse,
    hub::{Subscription, Topic},
    server::{Compression, Limits, StreamMetrics},
};

use crate::{Server, access::Client};

/// The number of topics that a stream may have.
const MAX_TOPICS: usize = 32;

/// The time that a browser waits before it reconnects.
const RECONNECTION_TIME: Duration = Duration::from_secs(2);

/// The limits of the streams, and their compression.
#[derive(Debug, Args)]
pub(crate) struct Streams {
    /// The number of streams that may be open at once
    #[arg(long, env = "STREAMS", value_name = "COUNT", default_value_t = 10_000)]
    streams: usize,
    /// The number of streams that one client address may have open
    #[arg(
        long,
        env = "STREAMS_PER_PEER",
        value_name = "COUNT",
        default_value_t = 100
    )]
    streams_per_peer: usize,
    /// The seconds after which a stream ends at the latest
    #[arg(long, env = "LIFETIME", value_name = "SECONDS", default_value_t = 3600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    lifetime: u64,
    /// Compresses the streams of clients that accept it; not for streams that mix secrets with the text of others
    #[arg(long, env = "HUB_COMPRESS")]
    compress: bool,
}

impl Streams {
    pub(crate) fn settings(&self, drain: &Drain) -> Settings {
        // Each response gives its key, because no layer computes it.
        let limits = Limits::each(self.streams_per_peer).total(self.streams);
        let settings = match self.compress {
            true => Settings::new().compression(Compression::new()),
            false => Settings::new(),
        };
        settings
            .retry(RECONNECTION_TIME)
            .lifetime(Duration::from_secs(self.lifetime))
            .limits(&limits)
            .drain(drain)
            .metrics(&StreamMetrics::new())
    }
}

/// Makes the route of streams with these settings.
pub(crate) fn router(streams: &Streams, settings: &Settings) -> Router<Server> {
    let events = get(subscribe);
    let events = match streams.compress {
        // An `Sse` does not know what its client accepts, but a layer does. The two share their settings, so
        // everything else is still done once.
        true => events.layer(RelayLayer::with(settings.clone())),
        false => events,
    };
    Router::new().route("/events", events)
}

async fn subscribe(
    State(server): State<Server>,
    client: Client,
    last: LastEventId,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Sse<Subscription>, Response> {
    let topics = topics(&parameters).map_err(IntoResponse::into_response)?;
    let client = client.or_token(value(&parameters, "access_token"));
    let allowed = server.access.may_subscribe(&client, &topics);
    allowed.map_err(IntoResponse::into_response)?;
    let address = client.address;
    let events = server.hub.subscribe(topics).after(last);
    // Administrators see the slowest clients by their addresses.
    let events = events.key(address.to_string());
    Ok(Sse::with(events, server.settings).limit_key(address))
}

/// Returns the topics of a query, without repetitions.
fn topics(parameters: &[(String, String)]) -> Result<Vec<Topic>, (StatusCode, String)> {
    let bad = |why: String| (StatusCode::BAD_REQUEST, why);
    let mut topics = Vec::new();
    for (_, name) in parameters.iter().filter(|(key, _)| key == "topic") {
        // The query is decoded with this character in place of bytes that are not UTF-8.
        if name.contains(char::REPLACEMENT_CHARACTER) {
            return Err(bad("invalid topic: its name is not UTF-8\n".to_owned()));
        }
        let topic = Topic::new(&**name).map_err(|error| bad(format!("{error}\n")))?;
        if !topics.contains(&topic) {
            topics.push(topic);
        }
        if topics.len() > MAX_TOPICS {
            return Err(bad(format!(
                "a stream may have at most {MAX_TOPICS} topics\n"
            )));
        }
    }
    match topics.is_empty() {
        true => Err(bad(
            "a topic is missing: /events?topic=NAME, or several as topic=A&topic=B\n".to_owned(),
        )),
        false => Ok(topics),
    }
}

fn value<'a>(parameters: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let mut pairs = parameters.iter();
    let (_, value) = pairs.find(|(name, _)| name == key)?;
    Some(value)
}
