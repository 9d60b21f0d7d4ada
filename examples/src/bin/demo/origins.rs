//! `GET /origins/…`: streams that pages of other origins may read, with or without cookies.
//!
//! An origin is scheme, host and port. A site has no port: `localhost:3000` and `localhost:3001` are two
//! origins of one site. By CORS headers, the server says which origins may read. Cookies are sent if
//! three sides agree: the page asks for them (`withCredentials`), the server allows them, and the
//! cookie's own `SameSite` allows it. `SameSite` is about sites, not origins.

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::{
        HeaderMap, HeaderName,
        header::{COOKIE, ORIGIN},
    },
    response::IntoResponse,
    routing::get,
};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sse_tower::{CorsLayer, Event, EventType, cors::Origin};

use crate::streams::Streams;

const SEEN: EventType = EventType::from_static("seen");

/// The addresses of the two listeners: this server, and the other origin.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) server: SocketAddr,
    pub(crate) other: SocketAddr,
}

/// The same stream under three policies.
pub(crate) fn router(streams: &Streams, addresses: Addresses) -> anyhow::Result<Router> {
    let any = CorsLayer::any();
    let listed = CorsLayer::origins(other_origins(addresses)?).allow_credentials();
    let closed = CorsLayer::origins([Origin::from_static("https://elsewhere.example")]);
    Ok(Router::new()
        .route("/origins/any", get(seen).layer(any))
        .route("/origins/listed", get(seen).layer(listed))
        .route("/origins/closed", get(seen).layer(closed))
        .with_state(streams.clone()))
}

/// `GET /ports`, on both listeners: tells a page the port of the other one.
pub(crate) fn ports(addresses: Addresses) -> Router {
    #[derive(Clone, Copy, Serialize)]
    struct Ports {
        server: u16,
        other: u16,
    }
    let ports = Ports {
        server: addresses.server.port(),
        other: addresses.other.port(),
    };
    Router::new().route("/ports", get(move || async move { Json(ports) }))
}

/// Returns the origins of the other listener. Each name of this machine makes another origin.
fn other_origins(Addresses { other, .. }: Addresses) -> anyhow::Result<Vec<Origin>> {
    // Browsers leave out the scheme's default port.
    let port = match other.port() {
        80 => String::new(),
        port => format!(":{port}"),
    };
    let bound = SocketAddr::new(other.ip(), 0).to_string();
    let bound = bound.strip_suffix(":0").unwrap_or(&bound);
    ["localhost", "127.0.0.1", bound]
        .iter()
        .map(|host| Ok(Origin::new(&format!("http://{host}{port}"))?))
        .collect()
}

/// Sends the origin and the cookie of the request. Then only heartbeats follow.
async fn seen(
    State(streams): State<Streams>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> impl IntoResponse {
    #[derive(Serialize)]
    struct Seen<'a> {
        origin: Option<&'a str>,
        cookie: Option<&'a str>,
    }
    let seen = Seen {
        origin: text(&headers, ORIGIN),
        cookie: visitor(&headers),
    };
    let event = serde_json::to_string(&seen).map(|json| Event::new(json).with_type(SEEN));
    let events = stream::iter([event]).chain(stream::pending());
    streams.answer("origins", peer, events)
}

/// Returns the cookie that the page at `/` has set. Other cookies of this host are private.
fn visitor(headers: &HeaderMap) -> Option<&str> {
    text(headers, COOKIE)?
        .split("; ")
        .find(|cookie| cookie.starts_with("visitor="))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
