//! A service by which a test harness drives this project's client:
//! `cargo run -p examples --bin client_service -- --port PORT`.
//!
//! It has the interface of LaunchDarkly's
//! [sse-contract-tests](https://github.com/launchdarkly/sse-contract-tests), which its `docs/service_spec.md`
//! describes. The harness asks it to read an event stream, and gets each event, comment and error as a POST to
//! its own server.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | tells the capabilities |
//! | `POST /` | reads a stream; `Location` names it |
//! | `POST` to that location | `{"command": "restart"}` opens another connection |
//! | `DELETE` to that location | closes the stream |
//! | `DELETE /` | stops the program |
#![forbid(unsafe_code)]

mod callbacks;
mod params;
mod stream;

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
    serve::ListenerExt,
};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use sse_tower::{
    client::HttpClient,
    connection::{ConnectionGuard, SocketOptions},
};
use tokio::{net::TcpListener, sync::Notify};

use crate::{params::Params, stream::Handle};

/// A service by which a test harness drives this project's client.
#[derive(Debug, Parser)]
struct Options {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
}

/// All that this service declares is supported; a harness runs only the tests for it.
const CAPABILITIES: [&str; 12] = [
    "204",
    "bom",
    "comments",
    "empty-or-missing-location",
    "headers",
    "last-event-id",
    "payload-size-stress-testable",
    "post",
    "read-timeout",
    "report",
    "restart",
    "server-directed-shutdown-request",
];

struct Service {
    client: HttpClient,
    streams: Mutex<Streams>,
    stop: Notify,
}

#[derive(Default)]
struct Streams {
    last: u64,
    open: HashMap<u64, Handle>,
}

impl Service {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Shared = State<Arc<Service>>;
type Refusal = (StatusCode, String);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Options { port } = Options::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.with_context(|| format!("cannot listen on port {port}"))?;
    println!("http://{}/", listener.local_addr()?);
    let service = Arc::new(Service {
        client: HttpClient::new()?,
        streams: Mutex::default(),
        stop: Notify::new(),
    });
    let stopped = service.clone();
    let app = Router::new()
        .route("/", get(capabilities).post(create).delete(stop))
        .route("/streams/{id}", post(command).delete(close))
        .with_state(service);
    let options = SocketOptions::new();
    let listener = listener.tap_io(move |socket| drop(options.apply(socket)));
    let listener = ConnectionGuard::new().listen(listener);
    let serving = axum::serve(listener, app);
    Ok(serving
        .with_graceful_shutdown(async move { stopped.stop.notified().await })
        .await?)
}

async fn capabilities() -> Json<Value> {
    Json(json!({ "name": "sse-tower", "capabilities": CAPABILITIES }))
}

async fn create(
    State(service): Shared,
    headers: HeaderMap,
    params: String,
) -> Result<impl IntoResponse, Refusal> {
    let refuse = |error: anyhow::Error| (StatusCode::BAD_REQUEST, format!("{error:#}"));
    let params = Params::read(&params).map_err(refuse)?;
    let stream = stream::open(service.client.clone(), params);
    let mut streams = service.streams();
    streams.last += 1;
    let id = streams.last;
    streams.open.insert(id, stream);
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin = host
        .map(|host| format!("http://{host}"))
        .unwrap_or_default();
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, format!("{origin}/streams/{id}"))],
    ))
}

#[derive(Deserialize)]
struct Command {
    command: String,
}

async fn command(
    State(service): Shared,
    Path(id): Path<u64>,
    command: String,
) -> Result<StatusCode, Refusal> {
    let refuse = |error: String| (StatusCode::BAD_REQUEST, error);
    let streams = service.streams();
    let stream = streams.open.get(&id).ok_or_else(|| no_stream(id))?;
    let command: Command =
        serde_json::from_str(&command).map_err(|error| refuse(error.to_string()))?;
    match &*command.command {
        "restart" => stream.restart(),
        other => return Err(refuse(format!("the command {other:?} is not known"))),
    }
    Ok(StatusCode::ACCEPTED)
}

async fn close(State(service): Shared, Path(id): Path<u64>) -> Result<StatusCode, Refusal> {
    // Dropping it closes its connection.
    let closed = service.streams().open.remove(&id);
    closed
        .map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(|| no_stream(id))
}

fn no_stream(id: u64) -> Refusal {
    (StatusCode::NOT_FOUND, format!("there is no stream {id}"))
}

async fn stop(State(service): Shared) -> StatusCode {
    service.streams().open.clear();
    service.stop.notify_one();
    StatusCode::NO_CONTENT
}
