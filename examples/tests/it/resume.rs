//! Notifications: none is lost, none comes twice, and a gap is always reported.

use std::{collections::BTreeMap, time::Duration};

use http::{Request, StatusCode};
use hyper::body::Incoming;
use sse_tower::{
    Event,
    testing::{Disconnected, EventReader, Received},
};
use tokio::time::timeout;

use crate::demo::{Demo, data, get, rest, text, within};

/// The numbers of the received notifications, by their topics.
#[derive(Default)]
struct Seen(BTreeMap<String, Vec<u64>>);

impl Seen {
    fn add(&mut self, event: &Event) {
        let data = data(event);
        let topic = data["topic"].as_str().unwrap().to_owned();
        let number = data["number"].as_u64().unwrap();
        self.0.entry(topic).or_default().push(number);
    }

    /// Receives the next `count` notifications.
    async fn receive(&mut self, reader: &mut EventReader<Incoming>, count: usize) {
        for _ in 0..count {
            self.add(&within(reader.event()).await);
        }
    }

    /// Checks that no topic has a hole or a repetition.
    fn are_dense(&self) {
        for (topic, numbers) in &self.0 {
            let dense: Vec<u64> = (numbers[0]..).take(numbers.len()).collect();
            assert_eq!(*numbers, dense, "{topic}");
        }
    }
}

async fn resume_at(demo: &Demo, last_event_id: &[u8]) -> EventReader<Incoming> {
    let request = Request::get("/notifications").header("last-event-id", last_event_id);
    EventReader::new(demo.send(request.body(String::new()).unwrap()).await)
}

/// Checks that the next event is a gap with this reason.
async fn is_gap(reader: &mut EventReader<Incoming>, reason: &str) {
    let gap = within(reader.event()).await;
    assert_eq!(gap.event_type().as_str(), "gap", "{gap:?}");
    assert_eq!(data(&gap)["reason"], reason);
}

#[tokio::test]
async fn a_cut_stream_is_resumed_without_loss_or_duplicate() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications").await;
    let mut seen = Seen::default();
    seen.receive(&mut reader, 2).await;
    for _ in 0..3 {
        let (status, _) = demo.post("/notifications/cut", "").await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        // These are published while the client is disconnected…
        for _ in 0..5 {
            demo.post("/notifications", "").await;
        }
        // …and these were on their way when the stream was cut.
        rest(&mut reader)
            .await
            .iter()
            .for_each(|event| seen.add(event));
        let request = reader.disconnect().resume(get("/notifications"));
        reader = EventReader::new(demo.send(request).await);
        // Five come from the log, and two are live.
        seen.receive(&mut reader, 7).await;
    }
    seen.are_dense();
    assert!(seen.0["mentions"].len() >= 15, "{:?}", seen.0);
}

#[tokio::test]
async fn a_stream_that_is_cut_before_its_first_event_is_resumed_too() {
    let demo = Demo::start().await;
    let client = before_the_first_event(&demo).await;
    for _ in 0..3 {
        demo.post("/notifications", "").await;
    }
    let request = client.resume(get("/notifications?topic=mentions"));
    let mut reader = EventReader::new(demo.send(request).await);
    let mut seen = Seen::default();
    seen.receive(&mut reader, 3).await;
    seen.are_dense();
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
async fn a_connection_carries_the_topics_that_it_names() {
    let demo = Demo::start().await;
    let mut two = demo
        .listen("/notifications?topic=builds&topic=alerts")
        .await;
    let mut seen = Seen::default();
    seen.receive(&mut two, 4).await;
    assert_eq!(seen.0.keys().collect::<Vec<_>>(), ["alerts", "builds"]);

    // The IDs are those of all topics, so the client may come back for another one.
    let client = two.disconnect();
    demo.post("/notifications", "").await;
    let request = client.resume(get("/notifications?topic=mentions"));
    let mut one = EventReader::new(demo.send(request).await);
    let mut mentions = Seen::default();
    mentions.receive(&mut one, 2).await;
    assert_eq!(mentions.0.keys().collect::<Vec<_>>(), ["mentions"]);
    mentions.are_dense();

    let refused = demo
        .send(get("/notifications?topic=builds&topic=secrets"))
        .await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(text(refused).await, r#"there is no topic "secrets""#);
}

#[tokio::test]
async fn notifications_are_named_by_their_types() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications?topic=mentions").await;
    demo.post("/notifications", "").await;
    let event = loop {
        let event = within(reader.event()).await;
        if event.data().contains("You pressed the button") {
            break event;
        }
    };
    assert_eq!(event.event_type().as_str(), "mention");
    assert_eq!(data(&event)["topic"], "mentions");
}

#[tokio::test]
async fn an_id_that_the_hub_has_not_made_is_a_gap_and_never_an_error() {
    let demo = Demo::start().await;
    let newest = within(demo.listen("/notifications").await.event()).await;
    let newest = newest.id().unwrap().as_str();
    let (epoch, _) = newest.split_once('-').unwrap();
    let ahead = format!("{epoch}-18446744073709551615");
    let long = vec![b'9'; 5000];
    for (id, reason) in [
        (ahead.as_bytes(), "epoch"),
        (b"0000000000000000-1", "epoch"),
        (b"1", "malformed"),
        (b"18446744073709551616", "malformed"),
        (b"-1", "malformed"),
        (b"not an id", "malformed"),
        ("größer".as_bytes(), "malformed"),
        (b"\xFF\xFE", "malformed"),
        (&long, "malformed"),
    ] {
        let mut reader = resume_at(&demo, id).await;
        is_gap(&mut reader, reason).await;
        // The stream goes on with the oldest notification of the log.
        let oldest = within(reader.event()).await;
        assert_eq!(data(&oldest)["number"], 1, "{}", id.escape_ascii());
    }
}

#[tokio::test]
async fn a_client_without_an_id_starts_with_new_events() {
    let demo = Demo::start().await;
    for _ in 0..5 {
        demo.post("/notifications", "").await;
    }
    for id in [b"".as_slice(), b" "] {
        let mut reader = resume_at(&demo, id).await;
        demo.post("/notifications", "").await;
        loop {
            let event = data(&within(reader.event()).await);
            if event["topic"] == "mentions" {
                assert!(event["number"].as_u64().unwrap() > 5, "{event}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_id_that_has_left_the_log_is_a_gap() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications").await;
    let first = within(reader.event()).await;
    let oldest = first.id().unwrap().as_str();
    for _ in 0..257 {
        demo.post("/notifications", "").await;
    }
    let request = Request::get(format!("/notifications?lastEventId={oldest}"));
    let mut reader = EventReader::new(demo.send(request.body(String::new()).unwrap()).await);
    is_gap(&mut reader, "trimmed").await;
}

#[tokio::test]
async fn a_server_that_was_started_again_tells_of_a_gap_and_goes_on() {
    let demo = Demo::start().await;
    let mut reader = demo.listen("/notifications").await;
    within(reader.event()).await;
    let client = reader.disconnect();
    drop(demo);

    let demo = Demo::start().await;
    let request = client.resume(get("/notifications"));
    let mut reader = EventReader::new(demo.send(request).await);
    is_gap(&mut reader, "epoch").await;
    let mut seen = Seen::default();
    seen.receive(&mut reader, 2).await;
    assert!(
        seen.0.values().all(|numbers| numbers[0] == 1),
        "{:?}",
        seen.0
    );
}
