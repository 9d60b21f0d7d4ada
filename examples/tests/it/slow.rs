//! The readings: a client that does not read gets a gap event, and then the newest events.

use std::time::Duration;

use sse_tower::testing::EventReader;
use tokio::time::sleep;

use crate::demo::{Demo, data, get, text, within};

#[tokio::test]
async fn a_client_that_stops_reading_gets_a_gap_and_catches_up() {
    let demo = Demo::start().await;
    let mut reader = EventReader::new(demo.send(get("/readings?name=Ada")).await);
    let first = data(&within(reader.event()).await)["number"]
        .as_u64()
        .unwrap();

    // The hub says when this client is behind the log. Until then the client reads nothing.
    let figures = within(async {
        loop {
            let figures = text(demo.send(get("/readings/hub")).await).await;
            let figures: serde_json::Value = serde_json::from_str(&figures).unwrap();
            let own = &figures["subscribers"][0];
            assert_eq!(own["key"], "Ada");
            if own["position"].as_u64() < figures["floor"].as_u64().map(|floor| floor - 1) {
                return figures;
            }
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // All that is left for it is what the log has.
    assert_eq!(figures["subscribers"][0]["lag"], 40, "{figures}");

    let mut last = first;
    let gap = loop {
        let event = within(reader.event()).await;
        if event.event_type().as_str() == "gap" {
            break data(&event);
        }
        last += 1;
        assert_eq!(data(&event)["number"], last);
    };
    assert_eq!(gap["reason"], "slow");
    let next = within(reader.event()).await;
    assert!(data(&next)["number"].as_u64().unwrap() > last + 1);
    let mut id = next.id().unwrap().as_str().to_owned();
    while gap["head"] != *id {
        id = within(reader.event())
            .await
            .id()
            .unwrap()
            .as_str()
            .to_owned();
    }
}
