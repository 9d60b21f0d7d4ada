//! Publishing, subscribing, and the pages.

use http::StatusCode;
use serde_json::Value;

use super::{Hub, get, id, message, next, post, with};
use crate::demo::{text, within};

#[tokio::test]
async fn a_client_gets_the_events_of_its_topics_and_resumes() {
    let hub = Hub::start(&[]).await;
    let path = "/events?topic=a&topic=b/c";
    let mut stream = hub.listen(get(path)).await;
    let first = hub.publish("a", "one").await;
    hub.publish("other", "not for this client").await;
    assert_eq!(next(&mut stream).await, message(&first, "one"));
    drop(stream);

    let second = hub.publish("b/c", "two\nlines").await;
    let third = hub.publish("a", "three").await;
    for request in [
        with(get(path), &[("last-event-id", &first)]),
        get(&format!("{path}&lastEventId={first}")),
    ] {
        let mut stream = hub.listen(request).await;
        assert_eq!(next(&mut stream).await, message(&second, "two\nlines"));
        assert_eq!(next(&mut stream).await, message(&third, "three"));
    }
    let mut stream = hub.listen(with(get(path), &[("last-event-id", "7")])).await;
    let (event_type, _, data) = next(&mut stream).await;
    assert_eq!(event_type, "gap");
    assert!(data.contains("malformed"), "{data}");
}

#[tokio::test]
async fn bodies_are_text_or_json() {
    let hub = Hub::start(&[]).await;
    let mut stream = hub.listen(get("/events?topic=a")).await;
    for (content_type, query, body, event_type) in [
        ("text/plain", "", "x=1", "message"),
        ("text/plain; charset=utf-8", "", "€", "message"),
        (
            "application/x-www-form-urlencoded",
            "",
            "a=b%20c",
            "message",
        ),
        ("application/json", "?type=paid", "{\"n\": 1}", "paid"),
        (
            "Application/JSON; charset=utf-8",
            "?type=a%20b",
            "[]",
            "a b",
        ),
        ("text/plain", "", "", "message"),
    ] {
        let request = post(&format!("/topics/a{query}"), body);
        let request = with(request, &[("content-type", content_type)]);
        let (status, answer) = hub.answer(request).await;
        assert_eq!(status, StatusCode::OK, "{content_type}: {answer}");
        let expected = (event_type.to_owned(), id(&answer), body.to_owned());
        assert_eq!(next(&mut stream).await, expected);
    }
}

#[tokio::test]
async fn an_event_that_is_published_again_is_not_doubled() {
    let hub = Hub::start(&[]).await;
    let mut stream = hub.listen(get("/events?topic=a&topic=b")).await;
    let first = hub.publish("a?publish_id=7", "one").await;
    assert_eq!(hub.publish("a?publish_id=7", "one").await, first);
    // In another topic, the same publish ID is that of another event.
    let other = hub.publish("b?publish_id=7", "two").await;
    let last = hub.publish("a?publish_id=8", "three").await;
    for expected in [
        message(&first, "one"),
        message(&other, "two"),
        message(&last, "three"),
    ] {
        assert_eq!(next(&mut stream).await, expected);
    }
}

#[tokio::test]
async fn bad_requests_are_explained() {
    let hub = Hub::start(&["--max-bytes", "4000"]).await;
    let many: String = (0..33).map(|n| format!("&topic={n}")).collect();
    let json = |body| {
        with(
            post("/topics/a", body),
            &[("content-type", "application/json")],
        )
    };
    let image = with(post("/topics/a", "x"), &[("content-type", "image/png")]);
    for (request, status, says) in [
        (
            get("/events"),
            400,
            "a topic is missing: /events?topic=NAME",
        ),
        (get("/events?topics=a"), 400, "a topic is missing"),
        (
            get("/events?topic=a&topic="),
            400,
            "invalid topic: its name is empty",
        ),
        (
            get("/events?topic=a%0Ab"),
            400,
            "a control character at byte 1",
        ),
        (get("/events?topic=%FF"), 400, "its name is not UTF-8"),
        (
            get(&format!("/events?topic={}", "x".repeat(256))),
            400,
            "has 256 bytes",
        ),
        (get(&format!("/events?{many}")), 400, "at most 32 topics"),
        (
            post("/topics/%00", ""),
            400,
            "a control character at byte 0",
        ),
        (post("/topics/%FF", ""), 400, "UTF-8"),
        (
            post("/topics/a?type=", ""),
            400,
            "an event type cannot be empty",
        ),
        (
            post("/topics/a?publish_id=", ""),
            400,
            "a publish ID has 1 to 128 bytes",
        ),
        (post("/topics/a?type=%0A", ""), 400, "event type"),
        (
            post("/topics/a?type=gap", ""),
            400,
            "the server itself sends events of this type",
        ),
        (
            post("/topics/a", &"x".repeat(5000)),
            413,
            "larger than the server's log",
        ),
        (
            post("/topics/a", &"x".repeat(256 * 1024 + 1)),
            413,
            "more than 262144 bytes",
        ),
        (json("{\"n\": "), 400, "the body is not JSON: EOF"),
        (json(""), 400, "the body is not JSON"),
        (image, 415, "text/plain or application/json"),
        (post("/topics", ""), 404, ""),
        (get("/topics/a"), 405, ""),
        (post("/events?topic=a", ""), 405, ""),
    ] {
        let line = format!("{} {:.60}", request.method(), request.uri().to_string());
        let (answered, text) = hub.answer(request).await;
        assert_eq!(answered, status, "{line}: {text}");
        assert!(text.contains(says), "{line}: {text}");
    }
}

#[tokio::test]
async fn administrators_see_the_hub() {
    let hub = Hub::start(&[]).await;
    let mut stream = hub.listen(get("/events?topic=a&topic=b")).await;
    let published = hub.publish("a", "x").await;
    next(&mut stream).await;
    let response = hub.send(get("/admin/snapshot")).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let snapshot: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(snapshot["log"], "healthy");
    assert_eq!(snapshot["head"], *published);
    assert_eq!(snapshot["subscriptions"], 1);
    assert_eq!(snapshot["subscribers"][0]["key"], "127.0.0.1");
    for (path, content_type, says) in [
        ("/", "text/html; charset=utf-8", "<title>Hub</title>"),
        (
            "/admin",
            "text/html; charset=utf-8",
            "<title>Hub: administration</title>",
        ),
        ("/hub.css", "text/css; charset=utf-8", "color-scheme"),
        (
            "/index.js",
            "text/javascript; charset=utf-8",
            "new EventSource",
        ),
        (
            "/admin.js",
            "text/javascript; charset=utf-8",
            "/admin/snapshot",
        ),
        ("/token.js", "text/javascript; charset=utf-8", "Bearer"),
    ] {
        let response = hub.send(get(path)).await;
        assert_eq!(response.headers()["content-type"], content_type);
        assert!(response.headers().contains_key("content-security-policy"));
        assert!(text(response).await.contains(says), "{path}");
    }
}

/// Returns a value of the metrics. Each metric exists from the start.
async fn metric(hub: &Hub, name: &str) -> f64 {
    let (status, text) = hub.answer(get("/metrics")).await;
    assert_eq!(status, StatusCode::OK);
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let value = lines.find(|(key, _)| *key == name);
    let (_, value) = value.unwrap_or_else(|| panic!("{name} is missing in {text}"));
    value.parse().expect("a number")
}

#[tokio::test]
async fn prometheus_sees_the_streams_and_the_hub() {
    let hub = Hub::start(&["--streams", "3"]).await;
    let response = hub.send(get("/metrics")).await;
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(response.headers()["content-type"], content_type);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let says = text(response).await;
    assert!(
        says.contains("# TYPE sse_stream_duration_seconds histogram"),
        "{says}"
    );
    assert!(says.contains("# HELP sse_streams_open Streams that are open now."));

    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(hub.listen(get("/events?topic=a")).await);
    }
    hub.publish("a", "one").await;
    for stream in &mut streams {
        assert_eq!(next(stream).await.2, "one");
    }
    // The fourth is refused.
    let mut refused = hub.listen(get("/events?topic=a")).await;
    while within(refused.next()).await.is_some() {}
    for (name, value) in [
        ("sse_streams_open", 3.0),
        ("sse_streams_opened_total", 3.0),
        ("sse_streams_refused_total{reason=\"limit\"}", 1.0),
        ("sse_hub_subscriptions", 3.0),
        ("sse_hub_published_total", 1.0),
        ("sse_hub_gaps_total{reason=\"slow\"}", 0.0),
    ] {
        assert_eq!(metric(&hub, name).await, value, "{name}");
    }
    let received: usize = streams.iter().map(|stream| stream.raw().len()).sum();
    let bytes = metric(&hub, "sse_stream_bytes_total").await;
    assert_eq!(bytes, received as f64);

    drop(streams.pop());
    let gone = "sse_streams_ended_total{reason=\"client_gone\"}";
    let left = async {
        while metric(&hub, gone).await != 1.0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    within(left).await;
    assert_eq!(metric(&hub, "sse_streams_open").await, 2.0);
    let counted = metric(&hub, "sse_stream_duration_seconds_count").await;
    assert_eq!(counted, 1.0);
}

#[tokio::test]
async fn streams_are_compressed_by_option_for_clients_that_accept_it() {
    for (options, accepted, coding, vary) in [
        (&[][..], "br", None, "origin"),
        (&["--compress"], "br", Some("br"), "accept-encoding, origin"),
        (
            &["--compress"],
            "gzip",
            Some("gzip"),
            "accept-encoding, origin",
        ),
        (&["--compress"], "identity", None, "accept-encoding, origin"),
    ] {
        let hub = Hub::start(&[options, &["--streams-per-peer", "1"]].concat()).await;
        let accepting = || with(get("/events?topic=a"), &[("accept-encoding", accepted)]);
        let stream = hub.send(accepting()).await;
        let fields = stream.headers();
        let sent = fields
            .get("content-encoding")
            .map(|value| value.to_str().unwrap());
        assert_eq!(sent, coding, "{options:?} {accepted}");
        let varies: Vec<_> = fields.get_all("vary").iter().collect();
        assert_eq!(
            varies,
            vary.split(", ").collect::<Vec<_>>(),
            "{options:?} {accepted}"
        );
        // Each stream is counted once, also by the limits. A refusal is not compressed.
        let refused = hub.send(accepting()).await;
        assert!(!refused.headers().contains_key("content-encoding"));
        assert!(text(refused).await.contains("retry: "));
        assert_eq!(metric(&hub, "sse_streams_opened_total").await, 1.0);
        let limit = "sse_streams_refused_total{reason=\"limit\"}";
        assert_eq!(metric(&hub, limit).await, 1.0);
        drop(stream);
    }
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let hub = Hub::start(&[]).await;
    for (path, says) in [("/healthz", "healthy\n"), ("/readyz", "ready\n")] {
        let answer = hub.answer(get(path)).await;
        assert_eq!(answer, (StatusCode::OK, says.to_owned()));
    }
}
