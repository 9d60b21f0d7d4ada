//! The service for test harnesses, driven through all its capabilities.

use std::{process::Stdio, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, post},
};
use futures_util::StreamExt;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex, mpsc},
    time::sleep,
};
use tokio_stream::wrappers::UnboundedReceiverStream;

use crate::demo::within;

/// The service, and the harness's own server.
struct Harness {
    service: String,
    process: Child,
    server: String,
    connections: mpsc::UnboundedReceiver<Connection>,
    messages: mpsc::UnboundedReceiver<(String, Value)>,
}

/// A request for a stream, and the means to answer it. Dropping it ends the response.
struct Connection {
    head: http::request::Parts,
    body: String,
    bytes: mpsc::UnboundedSender<Bytes>,
}

impl Connection {
    fn send(&self, text: &str) {
        self.bytes
            .send(Bytes::copy_from_slice(text.as_bytes()))
            .unwrap();
    }

    fn header(&self, name: &str) -> Option<&str> {
        Some(self.head.headers.get(name)?.to_str().unwrap())
    }
}

#[derive(Clone)]
struct Channels {
    connections: mpsc::UnboundedSender<Connection>,
    messages: mpsc::UnboundedSender<(String, Value)>,
    count: Arc<Mutex<u64>>,
}

/// `/stream` is an event stream, and `/status/CODE/LOCATION` something else.
async fn answer(State(channels): State<Channels>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let body = body.collect().await.unwrap().to_bytes();
    let (bytes, chunks) = mpsc::unbounded_channel();
    let connection = Connection {
        head,
        body: String::from_utf8(body.to_vec()).unwrap(),
        bytes,
    };
    channels.connections.send(connection).unwrap();
    if let Some(rest) = path.strip_prefix("/status/") {
        let (status, location) = rest.split_once('/').unwrap_or((rest, "-"));
        let mut headers = HeaderMap::new();
        if location != "-" {
            let location = location.replace("to-stream", "/stream");
            headers.insert(header::LOCATION, location.parse().unwrap());
        }
        let status = StatusCode::from_u16(status.parse().unwrap()).unwrap();
        return (status, headers).into_response();
    }
    let chunks = UnboundedReceiverStream::new(chunks).map(Ok::<_, std::convert::Infallible>);
    let content_type = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    (content_type, Body::from_stream(chunks)).into_response()
}

async fn callback(
    State(channels): State<Channels>,
    Path(number): Path<u64>,
    message: String,
) -> StatusCode {
    let mut count = channels.count.lock().await;
    *count += 1;
    assert_eq!(number, *count, "messages are numbered in order");
    let message: Value = serde_json::from_str(&message).unwrap();
    let kind = message["kind"].as_str().unwrap().to_owned();
    channels.messages.send((kind, message)).unwrap();
    StatusCode::ACCEPTED
}

impl Harness {
    async fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_client_service"))
            .args(["--port", "0"])
            .kill_on_drop(true)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        within(stdout.read_line(&mut line)).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let (connections, next_connection) = mpsc::unbounded_channel();
        let (messages, next_message) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/callback/{number}", post(callback))
            .fallback(any(answer))
            .with_state(Channels {
                connections,
                messages,
                count: Arc::default(),
            });
        tokio::spawn(async { axum::serve(listener, app).await });
        Self {
            service: line.trim().to_owned(),
            process,
            server,
            connections: next_connection,
            messages: next_message,
        }
    }

    /// Sends a request to the service. Returns the status, `Location` and the body.
    async fn request(&self, method: Method, url: &str, body: &str) -> (u16, String, String) {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let request = http::Request::builder().method(method).uri(url);
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let response = within(client.request(request)).await.unwrap();
        let (head, body) = response.into_parts();
        let location = head.headers.get("location");
        let location = location.map_or("", |location| location.to_str().unwrap());
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        (head.status.as_u16(), location.to_owned(), body)
    }

    /// Creates a stream with these further parameters. Returns its location.
    async fn create(&self, path: &str, mut params: Value) -> String {
        params["streamUrl"] = json!(format!("{}{path}", self.server));
        params["callbackUrl"] = json!(format!("{}/callback", self.server));
        params["tag"] = json!("a test");
        let service = &self.service;
        let created = self
            .request(Method::POST, service, &params.to_string())
            .await;
        let (status, location, body) = created;
        assert_eq!(status, 201, "{body}");
        location
    }

    async fn connection(&mut self) -> Connection {
        within(self.connections.recv()).await.unwrap()
    }

    /// The next message has this kind.
    async fn message(&mut self, expected: &str) -> Value {
        let (kind, message) = within(self.messages.recv()).await.unwrap();
        assert_eq!(kind, expected, "{message}");
        message
    }

    async fn event(&mut self) -> Value {
        self.message("event").await["event"].take()
    }
}

fn event(event_type: &str, data: &str, id: &str) -> Value {
    match id {
        "" => json!({ "type": event_type, "data": data }),
        _ => json!({ "type": event_type, "data": data, "id": id }),
    }
}

#[tokio::test]
async fn events_and_comments_are_reported_in_order() {
    let mut harness = Harness::start().await;
    let service = harness.service.clone();
    let (status, _, body) = harness.request(Method::GET, &service, "").await;
    let about: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    let tested = [
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
    assert_eq!(about["capabilities"], json!(tested));

    harness.create("/stream", json!({})).await;
    let connection = harness.connection().await;
    assert_eq!(connection.head.method, Method::GET);
    assert_eq!(connection.header("accept"), Some("text/event-stream"));
    assert_eq!(connection.header("cache-control"), Some("no-cache"));
    assert_eq!(connection.header("last-event-id"), None);
    connection
        .send("\u{feff}:one\ndata: a\n\n:two\nevent: greeting\nid: 7\ndata: b\r\n\r\ndata\n\n");
    assert_eq!(harness.message("comment").await["comment"], "one");
    assert_eq!(harness.event().await, event("message", "a", ""));
    assert_eq!(harness.message("comment").await["comment"], "two");
    assert_eq!(harness.event().await, event("greeting", "b", "7"));
    assert_eq!(harness.event().await, event("message", "", "7"));
    connection.send(":alone\n");
    assert_eq!(harness.message("comment").await["comment"], "alone");
}

#[tokio::test]
async fn each_event_is_reported_as_the_standard_reads_it() {
    let mut harness = Harness::start().await;
    harness.create("/stream", json!({})).await;
    let connection = harness.connection().await;
    for (text, event_type, data, id) in [
        ("data:Hello\ndata: World\n\n", "message", "Hello\nWorld", ""),
        ("data\ndata\n\n", "message", "\n", ""),
        (
            "event:  greeting\ndata:  Hello\n\n",
            " greeting",
            " Hello",
            "",
        ),
        ("id: a\0b\ndata: Hello\n\n", "message", "Hello", ""),
        (
            "data: Hello\nid: abc\nevent: greeting\n\n",
            "greeting",
            "Hello",
            "abc",
        ),
        ("color: blue\ndata: second\n\n", "message", "second", "abc"),
        ("id: \ndata: third\n\n", "message", "third", ""),
        ("data: €豆腐\r\n\r\n", "message", "€豆腐", ""),
        ("data: one\rdata: two\r\r", "message", "one\ntwo", ""),
    ] {
        connection.send(text);
        assert_eq!(
            harness.event().await,
            event(event_type, data, id),
            "{text:?}"
        );
        for byte in text.bytes() {
            connection.bytes.send(Bytes::from(vec![byte])).unwrap();
        }
        assert_eq!(
            harness.event().await,
            event(event_type, data, id),
            "{text:?}"
        );
    }
    for size in [1, 1023, 1024, 4096, 8189, 8192, 8195, 65_536, 1 << 20] {
        let data = "x".repeat(size);
        connection.send(&format!("data: {data}\n\n"));
        assert!(harness.event().await["data"] == data, "{size}");
    }
    let many: String = (0..100).map(|n| format!("data: {n}\n\n")).collect();
    connection.send(&many);
    for n in 0..100 {
        assert_eq!(harness.event().await["data"], n.to_string());
    }
}

#[tokio::test]
async fn a_lost_connection_loses_half_an_event_and_an_empty_id_resets_the_last_one() {
    let mut harness = Harness::start().await;
    let params = json!({ "initialDelayMs": 0 });
    harness.create("/stream", params).await;
    let mut last_event_id = None;
    for (text, id, next) in [
        (
            "id: abc\ndata: x\n\nid: def\ndata: half",
            "abc",
            Some("abc"),
        ),
        ("data: x\n\n", "abc", Some("abc")),
        ("id\ndata: x\n\n", "", None),
        ("data: x\n\n", "", None),
    ] {
        let connection = harness.connection().await;
        assert_eq!(
            connection.header("last-event-id"),
            last_event_id,
            "{text:?}"
        );
        connection.send(text);
        assert_eq!(harness.event().await, event("message", "x", id), "{text:?}");
        drop(connection);
        harness.message("error").await;
        last_event_id = next;
    }
}

#[tokio::test]
async fn the_request_is_the_one_that_was_given_and_is_sent_again() {
    for method in ["POST", "REPORT"] {
        let mut harness = Harness::start().await;
        let params = json!({
            "method": method,
            "body": "{\"hello\":\"world\"}",
            "headers": { "content-type": "application/json", "x-name": "value" },
            "lastEventId": "abc",
            "initialDelayMs": 0,
        });
        let location = harness.create("/stream", params).await;
        for last_event_id in ["abc", "def"] {
            let connection = harness.connection().await;
            assert_eq!(connection.head.method.as_str(), method);
            assert_eq!(connection.body, "{\"hello\":\"world\"}");
            assert_eq!(connection.header("content-type"), Some("application/json"));
            assert_eq!(connection.header("x-name"), Some("value"));
            assert_eq!(connection.header("last-event-id"), Some(last_event_id));
            connection.send("id: def\ndata: x\n\nid: half\n");
            assert_eq!(harness.event().await, event("message", "x", "def"));
            drop(connection);
            assert_eq!(
                harness.message("error").await["error"],
                "the server ended the stream"
            );
        }
        let (status, ..) = harness.request(Method::DELETE, &location, "").await;
        assert_eq!(status, 204);
        let (status, ..) = harness.request(Method::DELETE, &location, "").await;
        assert_eq!(status, 404, "it is closed");
    }
}

#[tokio::test]
async fn a_restart_opens_another_connection_without_an_error() {
    let mut harness = Harness::start().await;
    let location = harness
        .create("/stream", json!({ "initialDelayMs": 0 }))
        .await;
    let first = harness.connection().await;
    first.send("id: 1\ndata: a\n\n");
    assert_eq!(harness.event().await["data"], "a");
    let restart = json!({ "command": "restart" }).to_string();
    let (status, ..) = harness.request(Method::POST, &location, &restart).await;
    assert_eq!(status, 202);
    let second = harness.connection().await;
    assert_eq!(second.header("last-event-id"), Some("1"));
    assert!(
        within(async {
            first.bytes.closed().await;
            true
        })
        .await,
        "the first is closed"
    );
    second.send("data: b\n\n");
    assert_eq!(harness.event().await["data"], "b");

    for (command, expected) in [("{\"command\":\"fly\"}", 400), ("", 400)] {
        let (status, ..) = harness.request(Method::POST, &location, command).await;
        assert_eq!(status, expected, "{command}");
    }
    let none = format!("{}streams/99", harness.service);
    assert_eq!(harness.request(Method::POST, &none, &restart).await.0, 404);
    assert_eq!(harness.request(Method::DELETE, &location, "").await.0, 204);
    second.bytes.closed().await;
}

#[tokio::test]
async fn silence_is_an_error_and_leads_to_another_connection() {
    let mut harness = Harness::start().await;
    let params = json!({ "initialDelayMs": 0, "readTimeoutMs": 300 });
    harness.create("/stream", params).await;
    let connection = harness.connection().await;
    connection.send("data: a\n\n");
    assert_eq!(harness.event().await["data"], "a");
    let error = harness.message("error").await;
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("silent for 300ms"),
        "{error}"
    );
    harness.connection().await;
}

#[tokio::test]
async fn final_answers_and_redirects() {
    for (path, connections, error) in [
        ("/status/204", 1, "for good"),
        ("/status/404", 1, "404 Not Found"),
        ("/status/503", 1, "503 Service Unavailable"),
        ("/status/301/", 21, "more than 20 redirects"),
        ("/status/307/", 21, "more than 20 redirects"),
        ("/status/301", 1, "no Location"),
        ("/status/307", 1, "no Location"),
    ] {
        let mut harness = Harness::start().await;
        harness.create(path, json!({ "initialDelayMs": 0 })).await;
        let message = harness.message("error").await;
        assert!(
            message["error"].as_str().unwrap().contains(error),
            "{message}"
        );
        sleep(Duration::from_millis(50)).await;
        let mut count = 0;
        while harness.connections.try_recv().is_ok() {
            count += 1;
        }
        assert_eq!(count, connections, "{path}");
    }
    for status in [301, 307] {
        let mut harness = Harness::start().await;
        harness
            .create(&format!("/status/{status}/to-stream"), json!({}))
            .await;
        assert!(
            harness
                .connection()
                .await
                .head
                .uri
                .path()
                .starts_with("/status")
        );
        let redirected = harness.connection().await;
        redirected.send("data: a\n\n");
        assert_eq!(harness.event().await["data"], "a");
    }
}

#[tokio::test]
async fn invalid_parameters_are_refused_and_delete_stops_the_service() {
    let mut harness = Harness::start().await;
    let service = harness.service.clone();
    for params in [
        "",
        "{}",
        r#"{"streamUrl":"/relative","callbackUrl":"http://a.test/"}"#,
        r#"{"streamUrl":"http://a.test/","callbackUrl":"ftp://a.test/"}"#,
        r#"{"streamUrl":"http://a.test/","callbackUrl":"http://a.test/","headers":{"a b":"c"}}"#,
        r#"{"streamUrl":"http://a.test/","callbackUrl":"http://a.test/","method":"A B"}"#,
        r#"{"streamUrl":"http://a.test/","callbackUrl":"http://a.test/","lastEventId":"a\nb"}"#,
    ] {
        let (status, _, body) = harness.request(Method::POST, &service, params).await;
        assert_eq!(status, 400, "{params}: {body}");
        assert!(!body.is_empty(), "{params}");
    }
    assert_eq!(harness.request(Method::DELETE, &service, "").await.0, 204);
    assert!(within(harness.process.wait()).await.unwrap().success());
}
