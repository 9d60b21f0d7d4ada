//! Limits and lifetimes of streams, and the server's record of ended streams.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use sse_tower::testing::{EventReader, Received};

use crate::demo::{Demo, data, get, rest, within};

/// Waits until `count` streams have ended, and returns the latest.
async fn latest(demo: &Demo, count: usize) -> Value {
    let has_ended = |overview: &Value| overview["ended"].as_array().unwrap().len() == count;
    demo.overview(has_ended).await["ended"][0].clone()
}

#[tokio::test]
async fn a_stream_beyond_the_limit_is_told_to_reconnect_later() {
    for option in ["--streams", "--streams-per-peer"] {
        let demo = Demo::start_with(&[option, "2"]).await;
        let mut first = demo.listen("/chat").await;
        within(first.event()).await;
        let mut second = demo.listen("/clock").await;
        within(second.event()).await;

        // EventSource gives up after any status except 200, and reconnects after an end.
        let refused = demo.send(get("/chat")).await;
        assert_eq!(refused.status(), StatusCode::OK, "{option}");
        assert_eq!(refused.headers()["content-type"], "text/event-stream");
        let mut refused = EventReader::new(refused);
        let Some(Received::Retry(time)) = within(refused.next()).await else {
            panic!("{option}: a stream beyond the limit starts with a reconnection time");
        };
        let range = Duration::from_secs(2)..=Duration::from_secs(10);
        assert!(range.contains(&time), "{option}: {time:?}");
        assert!(within(refused.next()).await.is_none(), "{option}");
        assert_eq!(latest(&demo, 1).await["reason"], "refused: limit");
        demo.open_streams(2).await;

        // The refused stream has not joined the chat. There is room once another one leaves.
        drop(second);
        demo.open_streams(1).await;
        let mut third = demo.listen("/chat?name=Grace").await;
        let here = data(&within(third.event()).await);
        assert_eq!(here["listeners"], 2);
        let joined = data(&within(first.event()).await);
        assert_eq!(joined, here, "{option}");
    }
}

#[tokio::test]
async fn a_stream_ends_cleanly_when_its_lifetime_is_over() {
    let demo = Demo::start_with(&["--lifetime", "1"]).await;
    let mut clock = demo.listen("/clock").await;
    rest(&mut clock).await;
    let ended = latest(&demo, 1).await;
    assert_eq!(ended["reason"], "lifetime over");
    // It ends at a random moment in the last tenth of its lifetime.
    let seconds = ended["seconds"].as_f64().unwrap();
    assert!(seconds >= 0.9, "{seconds}");
}

#[tokio::test]
async fn the_overview_says_which_stream_ended_and_why() {
    let demo = Demo::start().await;
    let mut ticks = demo.listen("/ticks?page=ours").await;
    within(ticks.event()).await;
    demo.post("/ticks/stop?page=ours", "").await;
    let events = 1 + rest(&mut ticks).await.len();
    let ended = latest(&demo, 1).await;
    assert_eq!(ended["demonstration"], "ticks");
    assert_eq!(ended["reason"], "at its end");
    assert_eq!(ended["events"], events);
    assert_eq!(ended["bytes"], ticks.raw().len());

    let mut raw = demo.listen("/raw").await;
    within(raw.event()).await;
    drop(raw);
    let ended = latest(&demo, 2).await;
    assert_eq!(ended["demonstration"], "raw");
    assert_eq!(ended["reason"], "client gone");
    assert!(ended["events"].as_u64().unwrap() >= 1, "{ended}");
}

#[tokio::test]
async fn the_overview_has_the_latest_twelve() {
    let demo = Demo::start_with(&["--streams", "0"]).await;
    for _ in 0..14 {
        rest(&mut demo.listen("/clock").await).await;
    }
    latest(&demo, 12).await;
}
