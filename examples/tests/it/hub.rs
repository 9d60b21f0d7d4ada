//! The program `hub`: starts it, and a client for it.

mod access;
#[cfg(unix)]
mod cluster;
#[cfg(unix)]
mod ledger;
#[cfg(unix)]
mod network;
mod program;
#[cfg(unix)]
#[path = "../../../sse-tower/tests/redis/proxy.rs"]
mod proxy;
#[cfg(unix)]
#[path = "../../../sse-tower/tests/random/mod.rs"]
mod random;
pub(crate) mod readme;
#[cfg(unix)]
pub(crate) mod redis;
mod requests;

use std::{fs, path::PathBuf, process::Stdio};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::HOST};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sse_tower::testing::{EventReader, Received};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command},
};

use crate::{
    demo::{text, within},
    program::exchange,
};

// Tokens.
const ORDERS: &str = "token-for-orders-0";
const READER: &str = "token-for-reader-0";
const ADMIN: &str = "token-for-admins-0";
const UNKNOWN: &str = "token-for-orders-1";

/// A running hub, or another program with the same last line of greeting. It is killed when this value is dropped.
pub(crate) struct Hub {
    /// Host and port.
    pub(crate) address: String,
    /// The lines that it has printed before it serves.
    pub(crate) greeting: String,
    process: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

impl Hub {
    async fn start(options: &[&str]) -> Self {
        Self::run(command().args(["--port", "0"]).args(options)).await
    }

    pub(crate) async fn run(command: &mut Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.ends_with("stops the server.\n") {
            let read = within(stdout.read_line(&mut greeting)).await.unwrap();
            assert_ne!(read, 0, "the program has ended: {greeting}");
        }
        let (_, address) = greeting.split_once("http://").unwrap();
        Self {
            address: address.split('/').next().unwrap().to_owned(),
            greeting,
            stderr: process.stderr.take().unwrap(),
            process,
            stdout,
        }
    }

    /// Sends a request over a new connection, which lives as long as the response.
    pub(crate) async fn send(&self, request: Request<String>) -> Response<Incoming> {
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        let host = self.address.parse().unwrap();
        request.headers_mut().entry(HOST).or_insert(host);
        let stream = within(TcpStream::connect(&self.address)).await.unwrap();
        exchange(TokioIo::new(stream), request).await
    }

    /// Sends a request, and returns the status and the text of the answer.
    pub(crate) async fn answer(&self, request: Request<String>) -> (StatusCode, String) {
        let response = self.send(request).await;
        (response.status(), text(response).await)
    }

    /// Publishes an event, and returns its ID.
    async fn publish(&self, topic: &str, data: &str) -> String {
        let (status, answer) = self.answer(post(&format!("/topics/{topic}"), data)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        id(&answer)
    }

    /// Opens a stream, and waits until its first block has arrived.
    pub(crate) async fn listen(&self, request: Request<String>) -> EventReader<Incoming> {
        let response = self.send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let mut reader = EventReader::new(response);
        let first = within(reader.next()).await;
        assert!(matches!(first, Some(Received::Retry(_))), "{first:?}");
        reader
    }

    pub(crate) async fn signal(&self, name: &str) {
        let id = self.process.id().unwrap().to_string();
        let kill = Command::new("kill").args([name, &id]).status();
        assert!(within(kill).await.unwrap().success());
    }

    /// Stops the program, and returns everything that it has printed since its start.
    pub(crate) async fn stop(mut self) -> String {
        self.signal("-TERM").await;
        let mut words = self.greeting;
        within(self.stdout.read_to_string(&mut words))
            .await
            .unwrap();
        within(self.stderr.read_to_string(&mut words))
            .await
            .unwrap();
        let status = within(self.process.wait()).await.unwrap();
        assert!(status.success(), "{status}: {words}");
        words
    }
}

/// Makes a command that starts the program, which is killed when its handle is dropped.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hub"));
    command.kill_on_drop(true);
    for variable in [
        "BIND",
        "PORT",
        "STREAMS",
        "STREAMS_PER_PEER",
        "LIFETIME",
        "HUB_TOKENS",
        "HUB_TOKEN",
        "HUB_ALLOW_ORIGIN",
        "HUB_BEHIND_PROXY",
        "HUB_COMPRESS",
        "HUB_DRAIN",
        "HUB_REDIS",
        "HUB_REDIS_CA",
        "HUB_LOG",
        "HUB_MAX_BYTES",
        "HUB_MAX_EVENTS",
        "HUB_MAX_AGE",
    ] {
        command.env_remove(variable);
    }
    command
}

pub(crate) fn get(path: &str) -> Request<String> {
    Request::get(path).body(String::new()).unwrap()
}

fn post(path: &str, body: &str) -> Request<String> {
    Request::post(path).body(body.to_owned()).unwrap()
}

/// Adds header fields to a request.
pub(crate) fn with(
    mut request: Request<String>,
    fields: &[(&'static str, &str)],
) -> Request<String> {
    for (name, value) in fields {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

/// Returns the ID of an answer to a published event.
fn id(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// Returns type, ID and data of the next event.
async fn next(reader: &mut EventReader<Incoming>) -> (String, String, String) {
    let event = within(reader.event()).await;
    let id = event.id().map(|id| id.as_str().to_owned());
    (
        event.event_type().as_str().to_owned(),
        id.unwrap_or_default(),
        event.data().to_owned(),
    )
}

fn message(id: &str, data: &str) -> (String, String, String) {
    ("message".to_owned(), id.to_owned(), data.to_owned())
}

/// Writes a file of this test run, and returns its path.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = path.join(format!("hub-{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}
