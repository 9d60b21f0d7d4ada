//! CORS under real names: `cargo run -p examples --bin tls_origins [ADDRESS]`.
//!
//! The API is `api.example.test`. Pages of its own site (`app.example.test`, `branch.example.test`) and of
//! other sites (`partner.test`, `other.test`) read it. One server has all these names, over TLS, since a
//! cookie with `SameSite=None` must be `Secure`. In `tests/browser/cors.test.js`, a browser reads it that
//! resolves the names to this machine.
#![forbid(unsafe_code)]

use axum::{
    Router,
    http::{
        HeaderMap, HeaderName,
        header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, COOKIE, RETRY_AFTER, SET_COOKIE},
    },
    middleware,
    response::{AppendHeaders, Html, IntoResponse},
    routing::{MethodRouter, get, post},
};
use examples::{listen, tls};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sse_tower::{CorsLayer, Drain, Event, LastEventId, RelayLayer, Settings, Sse, cors::Origin};

mod requests;

use requests::{Requests, remember, take};

const NAMES: [&str; 6] = [
    "api.example.test",
    "app.example.test",
    "branch.example.test",
    "partner.test",
    "other.test",
    "localhost",
];

/// It contains an icon, so that the browser does not request one.
const PAGE: Html<&str> = Html("<!doctype html><title>A page</title><link rel=icon href=data:,>");

const EXPOSED: HeaderName = HeaderName::from_static("x-exposed");
const HIDDEN: HeaderName = HeaderName::from_static("x-hidden");

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let tls = tls::certified(&NAMES)?;
    let listener = listen("https://*/").await?;
    let port = listener.local_addr()?.port();
    let requests = Requests::default();
    let drain = Drain::new();
    let app = streams(port)?
        .route("/", get(PAGE))
        .route("/sandboxed", get(sandboxed))
        .route("/cookies", get(cookies))
        .layer(middleware::from_fn_with_state(requests.clone(), remember))
        .route("/requests", post(take).with_state(requests))
        .layer(RelayLayer::with(Settings::new().drain(&drain)));
    tls::serve(listener, tls, app, drain).await;
    Ok(())
}

/// The same stream under each policy.
fn streams(port: u16) -> anyhow::Result<Router> {
    let origin = |name: &str| Origin::new(&format!("https://{name}:{port}"));
    let app = origin("app.example.test")?;
    let partner = origin("partner.test")?;
    let site = format!(".example.test:{port}");

    let any = CorsLayer::any().expose_headers([EXPOSED]);
    let anonymous = CorsLayer::origins([app.clone()]);
    let listed = CorsLayer::origins([app, partner]).allow_credentials();
    let matching = CorsLayer::matching(move |origin| {
        let host = origin.strip_prefix("https://");
        host.is_some_and(|host| host.ends_with(&site))
    });
    Ok(Router::new()
        .route("/any", stream().layer(any))
        .route("/anonymous", stream().layer(anonymous))
        .route("/listed", stream().layer(listed.clone()))
        .route("/matching", stream().layer(matching.allow_credentials()))
        .route("/refusing", stream().layer(listed.refuse_foreign())))
}

fn stream() -> MethodRouter {
    get(seen).post(seen)
}

/// Sends the origin and the cookies of the request. Then the stream stays open.
#[derive(Serialize)]
struct Seen<'a> {
    cookies: Vec<&'a str>,
    last_event_id: Option<&'a str>,
    authorization: Option<&'a str>,
}

async fn seen(last: LastEventId, headers: HeaderMap) -> impl IntoResponse {
    // Over HTTP/2 each cookie may have a field of its own.
    let fields = headers.get_all(COOKIE).iter();
    let cookies = fields.filter_map(|field| field.to_str().ok());
    let seen = Seen {
        cookies: cookies.flat_map(|cookies| cookies.split("; ")).collect(),
        last_event_id: last.get().map(|id| id.as_str()),
        authorization: text(&headers, AUTHORIZATION),
    };
    let event = serde_json::to_string(&seen).map(Event::new);
    let fields = [(EXPOSED, "yes"), (HIDDEN, "yes"), (RETRY_AFTER, "1")];
    let events = stream::iter([event]).chain(stream::pending());
    (AppendHeaders(fields), Sse::new(events))
}

/// Sets a cookie of each kind, for this host only.
async fn cookies() -> impl IntoResponse {
    let cookies = [
        "strict=1; SameSite=Strict; Secure",
        "lax=1; SameSite=Lax; Secure",
        "none=1; SameSite=None; Secure",
        "insecure=1; SameSite=None",
    ];
    (
        AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie))),
        PAGE,
    )
}

/// A page whose origin is `null`, like any sandboxed page.
async fn sandboxed() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, "sandbox allow-scripts")], PAGE)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
