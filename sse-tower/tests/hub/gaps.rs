//! Resuming from an ID, and the gaps that are reported.

use std::time::Duration;

use sse_tower::{Event, EventId, LastEventId, hub::Hub};

use crate::support::Client;

fn last_event_id(text: &str) -> LastEventId {
    LastEventId::from(EventId::new(text).unwrap())
}

fn hub_of(max_events: usize) -> Hub {
    Hub::builder().max_events(max_events).build()
}

fn publish(hub: &Hub, topic: &str, data: impl ToString) -> String {
    let id = hub
        .publish_now(topic, Event::new(data.to_string()))
        .unwrap();
    id.as_str().to_owned()
}

#[test]
fn a_subscription_begins_with_its_position_and_follows() {
    let hub = Hub::new();
    publish(&hub, "a", "before");
    let mut subscription = hub.subscribe("a");
    publish(&hub, "a", "between");
    let mut client = Client::default();
    assert_eq!(client.read(&mut subscription), ["between"]);
    assert_eq!(client.wakes.count(), 0);
    publish(&hub, "b", "other");
    assert_eq!(client.wakes.count(), 0);
    publish(&hub, "a", "after");
    assert_eq!(client.wakes.count(), 1);
    assert_eq!(client.read(&mut subscription), ["after"]);
}

#[test]
fn a_client_resumes_after_each_id_it_may_have() {
    let hub = Hub::new();
    let topic = |n: u64| if n.is_multiple_of(3) { "b" } else { "a" };
    let head = hub.head();
    let mut ids = vec![head.as_str().to_owned()];
    ids.extend((1..=20).map(|n| publish(&hub, topic(n), n)));
    for (position, id) in ids.iter().enumerate() {
        for topics in [&["a"][..], &["b"], &["a", "b"], &["a", "c"]] {
            let mut client = Client::default();
            let read = client.read(&mut hub.subscribe(topics).after(last_event_id(id)));
            let expected = (position as u64 + 1..=20).filter(|n| topics.contains(&topic(*n)));
            let expected: Vec<_> = expected.map(|n| n.to_string()).collect();
            assert_eq!(read, expected, "{topics:?} after {id}");
        }
        let mut client = Client::default();
        let read = client.read(&mut hub.subscribe_all().after(last_event_id(id)));
        assert_eq!(read.len(), 20 - position);
    }
}

#[test]
fn what_the_log_has_lost_is_a_gap_only_for_its_topic() {
    let hub = hub_of(4);
    let quiet = publish(&hub, "quiet", 1);
    let ids: Vec<_> = (2..=10).map(|n| publish(&hub, "busy", n)).collect();
    let read = |topic, id: &str| {
        let mut client = Client::default();
        let read = client.read(&mut hub.subscribe(topic).after(last_event_id(id)));
        (read, client.last_event_id)
    };
    assert_eq!(read("quiet", &quiet).0, [""; 0]);
    assert_eq!(
        read("busy", &quiet).0,
        ["gap: trimmed", "7", "8", "9", "10"]
    );
    assert_eq!(
        read("busy", &ids[3]).0,
        ["gap: trimmed", "7", "8", "9", "10"]
    );
    assert_eq!(read("busy", &ids[4]).0, ["7", "8", "9", "10"]);
    assert_eq!(read("quiet", hub_of(1).head().as_str()).0, ["gap: epoch"]);
    assert_eq!(
        read("busy", "abc").0,
        ["gap: malformed", "7", "8", "9", "10"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_old_when_a_subscription_begins_is_no_gap() {
    let hub = Hub::builder().max_age(Duration::from_secs(10)).build();
    publish(&hub, "a", "old");
    tokio::time::advance(Duration::from_secs(9)).await;
    publish(&hub, "a", "new");
    tokio::time::advance(Duration::from_secs(9)).await;
    let read = |subscription| Client::default().read(&mut { subscription });
    assert_eq!(read(hub.subscribe("a").from_start()), ["new"]);
    let malformed = hub.subscribe("a").after(last_event_id("abc"));
    assert_eq!(read(malformed), ["gap: malformed", "new"]);
}
