//! Starts the demo, and a client for it.

use std::{process::Stdio, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sse_tower::{
    Event,
    testing::{EventReader, Received},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

/// The time after which a test gives up waiting.
const DEADLINE: Duration = Duration::from_secs(20);

/// A running demo. It is killed when this value is dropped.
pub(crate) struct Demo {
    /// Host and port of the page.
    pub(crate) server: String,
    /// Host and port of the second origin.
    pub(crate) other: String,
    pub(crate) process: Child,
    stdout: BufReader<ChildStdout>,
}

impl Demo {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let mut process = command()
            .args(["--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut demo = Self {
            server: String::new(),
            other: String::new(),
            process,
            stdout,
        };
        demo.server = address(&demo.line().await);
        demo.other = address(&demo.line().await);
        assert_eq!(demo.line().await, "Ctrl-C stops both.\n");
        demo
    }

    /// Returns the next line that the demo prints.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        within(self.stdout.read_line(&mut line)).await.unwrap();
        line
    }

    /// Returns all further output, and checks that the demo ends successfully.
    pub(crate) async fn last_words(&mut self) -> String {
        let mut words = String::new();
        within(self.stdout.read_to_string(&mut words))
            .await
            .unwrap();
        let status = within(self.process.wait()).await.unwrap();
        assert!(status.success(), "{status}: {words}");
        words
    }

    /// Sends a request over a new connection, which lives as long as the response.
    pub(crate) async fn send(&self, request: Request<String>) -> Response<Incoming> {
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        request
            .headers_mut()
            .insert(HOST, self.server.parse().unwrap());
        let stream = TcpStream::connect(&self.server).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        within(sender.send_request(request)).await.unwrap()
    }

    pub(crate) async fn listen(&self, path: &str) -> EventReader<Incoming> {
        EventReader::new(self.send(get(path)).await)
    }

    /// Posts a form. Returns the status and the text of the answer.
    pub(crate) async fn post(&self, path: &str, form: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .unwrap();
        let response = self.send(request).await;
        (response.status(), text(response).await)
    }

    /// Waits until the server counts this many open streams of all demonstrations together.
    pub(crate) async fn open_streams(&self, expected: u64) {
        self.overview(|overview| {
            let counts = overview["open"].as_object().unwrap().values();
            counts.map(|count| count.as_u64().unwrap()).sum::<u64>() == expected
        })
        .await;
    }

    /// Waits until the server's overview of its streams is as `expected`, and returns it.
    pub(crate) async fn overview(&self, expected: impl Fn(&Value) -> bool) -> Value {
        within(async {
            loop {
                let json = text(self.send(get("/streams")).await).await;
                let overview = serde_json::from_str(&json).unwrap();
                if expected(&overview) {
                    return overview;
                }
                sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }
}

/// Returns host and port from a line with an address.
fn address(line: &str) -> String {
    let (_, address) = line.split_once("http://").expect("a line with an address");
    address.trim_end().trim_end_matches('/').to_owned()
}

/// Starts the program, which is killed when its handle is dropped.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.kill_on_drop(true);
    for variable in [
        "BIND",
        "PORT",
        "SECOND_PORT",
        "STREAMS",
        "STREAMS_PER_PEER",
        "LIFETIME",
        "REDIS",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Sends the signal that Ctrl-C sends.
pub(crate) async fn interrupt(process: &Child) {
    let id = process.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(within(kill).await.unwrap().success());
}

pub(crate) fn get(path: &str) -> Request<String> {
    Request::get(path).body(String::new()).unwrap()
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let bytes = within(response.collect()).await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Returns the events up to the end of the stream.
pub(crate) async fn rest(reader: &mut EventReader<Incoming>) -> Vec<Event> {
    let mut events = Vec::new();
    within(async {
        while let Some(received) = reader.next().await {
            if let Received::Event(event) = received {
                events.push(event);
            }
        }
    })
    .await;
    events
}

/// Returns the data of an event as JSON.
pub(crate) fn data(event: &Event) -> Value {
    serde_json::from_str(event.data()).unwrap()
}

/// Returns the result of `future`, and panics if it takes too long.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future)
        .await
        .expect("an answer within the deadline")
}
