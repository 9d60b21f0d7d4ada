//! Notifications: none is lost, none comes twice, and a gap is always reported.

use std::time::Duration;

use http::{Request, StatusCode};
use hyper::body::Incoming;
use sse_tower::{
    Event,
    testing::{Disconnected, EventReader, Received},
};
use tokio::time::timeout;

use crate::demo::{Demo, get, rest, within};

fn id(event: &Event) -> u64 {
    event.id().unwrap().as_str().parse().unwrap()
}

/// Returns the IDs of the next `count` notifications.
async fn ids(reader: &mut EventReader<Incoming>, count: usize) -> Vec<u64> {
    let mut ids = Vec::new();
    while ids.len() < count {
        ids.push(id(&within(reader.event()).await));
    }
    ids
}

async fn resume_at(demo: &Demo, last_event_id: &[u8]) -> EventReader<Incoming> {
    let request = Request::get("/notifications").header("last-event-id", last_event_id);
    EventReader::new(demo.send(request.body(String::new()).unwrap()).await)
}

#[tokio::test]
async fn a_cut_stream_is_resumed_without_loss_or_duplicate() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications").await;
    let mut seen = ids(&mut reader, 2).await;
    for _ in 0..3 {
        let (status, _) = demo.post("/notifications/cut", "").await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        // These are published while the client is disconnected…
        for _ in 0..5 {
            demo.post("/notifications", "").await;
        }
        // …and these were on their way when the stream was cut.
        seen.extend(rest(&mut reader).await.iter().map(id));
        let request = reader.disconnect().resume(get("/notifications"));
        reader = EventReader::new(demo.send(request).await);
        let resumed = within(reader.event()).await;
        assert_eq!(resumed.event_type().as_str(), "resumed");
        assert!(
            resumed
                .data()
                .contains(&format!(r#""after":{}"#, seen.last().unwrap()))
        );
        // Five come from the log, and two are live.
        seen.extend(ids(&mut reader, 7).await);
    }
    let dense: Vec<u64> = (seen[0]..).take(seen.len()).collect();
    assert_eq!(seen, dense);
}

#[tokio::test]
async fn a_stream_that_is_cut_before_its_first_event_is_resumed_too() {
    let demo = Demo::start().await;
    let client = before_the_first_event(&demo).await;
    for _ in 0..3 {
        demo.post("/notifications", "").await;
    }
    let mut reader = EventReader::new(demo.send(client.resume(get("/notifications"))).await);
    let resumed = within(reader.event()).await;
    assert_eq!(resumed.event_type().as_str(), "resumed");
    let newest: u64 = client.last_event_id().as_str().parse().unwrap();
    let dense: Vec<u64> = (newest + 1..).take(3).collect();
    assert_eq!(ids(&mut reader, 3).await, dense);
}

/// Disconnects a client that knows where its stream begins and has received no event.
async fn before_the_first_event(demo: &Demo) -> Disconnected {
    'listening: loop {
        let mut reader = demo.listen("/notifications").await;
        // The first bytes say where the stream begins. On a busy machine an event comes with them.
        while !str::from_utf8(reader.raw()).unwrap().contains("id: ") {
            let next = timeout(Duration::from_millis(100), reader.next());
            if let Ok(Some(Received::Event(_))) = next.await {
                continue 'listening;
            }
        }
        return reader.disconnect();
    }
}

#[tokio::test]
async fn notifications_are_named_and_their_data_has_several_lines() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications").await;
    demo.post("/notifications", "").await;
    let event = loop {
        let event = within(reader.event()).await;
        if event.data().contains("You pressed the button") {
            break event;
        }
    };
    assert_eq!(event.event_type().as_str(), "mention");
    assert!(event.data().lines().count() > 1);
    serde_json::from_str::<serde_json::Value>(event.data()).unwrap();
    let wire = str::from_utf8(reader.raw()).unwrap();
    assert!(
        wire.contains("data: {\ndata:   \"title\": \"You pressed the button\",\ndata:   \"at\"")
    );
}

#[tokio::test]
async fn an_id_that_is_not_in_the_log_is_a_gap_and_never_an_error() {
    let demo = Demo::start().await;
    let newest = ids(&mut demo.listen("/notifications").await, 1).await[0];
    let long = vec![b'9'; 5000];
    let ahead = (newest + 1000).to_string();
    for malformed in [
        "1".as_bytes(),
        ahead.as_bytes(),
        b"18446744073709551615",
        b"18446744073709551616",
        b"-1",
        b"1.5",
        b"not an id",
        "größer".as_bytes(),
        b"\xFF\xFE",
        &long,
    ] {
        let mut reader = resume_at(&demo, malformed).await;
        let gap = within(reader.event()).await;
        assert_eq!(
            gap.event_type().as_str(),
            "gap",
            "{}",
            malformed.escape_ascii()
        );
        demo.post("/notifications", "").await;
        let live = ids(&mut reader, 1).await;
        assert!(live[0] > newest);
    }
}

#[tokio::test]
async fn a_client_without_an_id_starts_with_new_events() {
    let demo = Demo::start().await;
    for _ in 0..5 {
        demo.post("/notifications", "").await;
    }
    let newest = ids(&mut demo.listen("/notifications").await, 1).await[0];
    let mut reader = resume_at(&demo, b"").await;
    assert!(ids(&mut reader, 1).await[0] > newest);
}

#[tokio::test]
async fn an_id_that_has_left_the_log_is_a_gap() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications").await;
    let oldest = ids(&mut reader, 1).await[0];
    for _ in 0..256 {
        demo.post("/notifications", "").await;
    }
    let request = Request::get(format!("/notifications?lastEventId={}", oldest - 1));
    let mut reader = EventReader::new(demo.send(request.body(String::new()).unwrap()).await);
    assert_eq!(within(reader.event()).await.event_type().as_str(), "gap");
}
