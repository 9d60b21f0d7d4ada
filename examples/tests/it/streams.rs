//! Promises of every stream: first bytes at once, the right headers, an end when the client goes away.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use sse_tower::testing::Received;
use tokio::time::timeout;

use crate::demo::{Demo, get, within};

const STREAMS: [&str; 9] = [
    "/clock",
    "/chat",
    "/notifications",
    "/readings",
    "/ticks",
    "/raw",
    "/origins/any",
    "/origins/listed",
    "/origins/closed",
];

fn field<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn first_bytes_come_at_once_with_the_headers_of_an_event_stream() {
    let demo = Demo::start().await;
    for path in STREAMS {
        let response = demo.send(get(path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            field(response.headers(), "content-type"),
            "text/event-stream",
            "{path}"
        );
        assert_eq!(
            field(response.headers(), "cache-control"),
            "no-store, no-transform",
            "{path}"
        );
        assert_eq!(
            field(response.headers(), "x-accel-buffering"),
            "no",
            "{path}"
        );
        assert_eq!(field(response.headers(), "content-length"), "", "{path}");

        // Each stream sends something at once, before its first event and its first heartbeat interval.
        let mut body = response.into_body();
        let first = timeout(Duration::from_secs(1), body.frame())
            .await
            .expect(path);
        assert!(
            !first.unwrap().unwrap().into_data().unwrap().is_empty(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_count_of_open_streams_returns_to_zero_when_the_clients_go_away() {
    let demo = Demo::start().await;
    demo.open_streams(0).await;
    let mut clients = Vec::new();
    for path in STREAMS {
        clients.push(demo.listen(path).await);
    }
    demo.open_streams(STREAMS.len() as u64).await;
    clients.pop();
    demo.open_streams(STREAMS.len() as u64 - 1).await;
    drop(clients);
    demo.open_streams(0).await;
}

#[tokio::test]
async fn the_clock_sends_the_reconnection_time_to_the_browser_and_to_the_page() {
    let demo = Demo::start().await;
    let mut clock = demo.listen("/clock").await;
    assert_eq!(
        within(clock.next()).await,
        Some(Received::Retry(Duration::from_secs(2)))
    );
    let mut ticks = Vec::new();
    while ticks.len() < 2 {
        let event = within(clock.event()).await;
        if event.event_type().as_str() == "tick" {
            assert!(
                event.data().contains(r#""reconnection_time":2000"#),
                "{event:?}"
            );
            ticks.push(event.id().unwrap().as_str().parse::<u64>().unwrap());
        }
    }
    assert!(ticks[0] < ticks[1]);
}

#[tokio::test]
async fn the_raw_stream_has_one_of_each() {
    let demo = Demo::start().await;
    let mut raw = demo.listen("/raw").await;
    let text = loop {
        within(raw.next()).await.unwrap();
        let text = str::from_utf8(raw.raw()).unwrap();
        if text.contains("resume from\nid: 0\n\n") {
            break text;
        }
    };
    for part in [
        "retry: 3000\n",
        ": a comment: no client shows it, every client skips it\n",
        "data: a message, the type of an event that names none\n\n:\n",
        "event: greeting\ndata: two lines of data,\ndata: one event\nid: 0\n\n:\n",
        ": an id alone: no event, but the place to resume from\nid: 0\n\n",
    ] {
        assert!(text.contains(part), "{part:?} in {text:?}");
    }
}
