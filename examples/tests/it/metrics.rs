//! The metrics of the demo, with exact values.

use http::StatusCode;

use crate::demo::{Demo, get, rest, text, within};

/// Returns a value of the metrics. Each metric exists from the start.
async fn metric(demo: &Demo, name: &str) -> f64 {
    let response = demo.send(get("/metrics")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let text = text(response).await;
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let value = lines.find(|(key, _)| *key == name);
    let (_, value) = value.unwrap_or_else(|| panic!("{name} is missing in {text}"));
    value.parse().expect("a number")
}

fn ended(reason: &str) -> String {
    format!("sse_streams_ended_total{{reason=\"{reason}\"}}")
}

#[tokio::test]
async fn three_streams_that_end_in_different_ways_are_counted() {
    let demo = Demo::start_with(&["--streams", "3"]).await;
    let mut ticks = demo.listen("/ticks?page=a").await;
    assert_eq!(within(ticks.event()).await.data(), "tick 1");
    let mut notifications = demo.listen("/notifications").await;
    within(notifications.event()).await;
    let clock = demo.listen("/clock").await;
    demo.open_streams(3).await;
    // The fourth is refused.
    rest(&mut demo.listen("/raw").await).await;
    for (name, value) in [
        ("sse_streams_open", 3.0),
        ("sse_streams_opened_total", 3.0),
        ("sse_streams_refused_total{reason=\"limit\"}", 1.0),
        ("sse_hub_subscriptions{hub=\"notifications\"}", 1.0),
        ("sse_hub_subscriptions{hub=\"chat\"}", 0.0),
    ] {
        assert_eq!(metric(&demo, name).await, value, "{name}");
    }

    drop(clock);
    demo.post("/ticks/stop?page=a", "").await;
    rest(&mut ticks).await;
    demo.post("/notifications/cut", "").await;
    rest(&mut notifications).await;
    demo.open_streams(0).await;
    for reason in ["client_gone", "completed", "kick"] {
        assert_eq!(metric(&demo, &ended(reason)).await, 1.0, "{reason}");
    }
    for (name, value) in [
        ("sse_streams_open", 0.0),
        ("sse_stream_duration_seconds_count", 3.0),
        ("sse_hub_subscriptions{hub=\"notifications\"}", 0.0),
    ] {
        assert_eq!(metric(&demo, name).await, value, "{name}");
    }
}
