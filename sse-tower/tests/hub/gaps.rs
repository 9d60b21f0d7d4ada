//! Resuming from an ID, and the gaps that are reported.

use std::time::Duration;

use sse_tower::{EventId, LastEventId, hub::Hub};

use crate::support::{Backend, Client, publish};

fn last_event_id(text: &str) -> LastEventId {
    LastEventId::from(EventId::new(text).unwrap())
}

pub(crate) async fn a_subscription_begins_with_its_position_and_follows(backend: &impl Backend) {
    let hub = backend.hub().await;
    publish(&hub, "a", "before").await;
    let mut subscription = hub.subscribe("a");
    publish(&hub, "a", "between").await;
    let mut client = Client::default();
    client.receive(&mut subscription, &["between"]).await;
    assert_eq!(client.wakes.count(), 0);
    publish(&hub, "b", "other").await;
    assert_eq!(client.wakes.count(), 0);
    publish(&hub, "a", "after").await;
    assert_eq!(client.wakes.count(), 1);
    client.receive(&mut subscription, &["after"]).await;
}

pub(crate) async fn a_client_resumes_after_each_id_it_may_have(backend: &impl Backend) {
    let hub = backend.hub().await;
    let topic = |n: u64| if n.is_multiple_of(3) { "b" } else { "a" };
    let mut ids = vec![hub.head().as_str().to_owned()];
    for n in 1..=20 {
        ids.push(publish(&hub, topic(n), n).await);
    }
    for (position, id) in ids.iter().enumerate() {
        for topics in [&["a"][..], &["b"], &["a", "b"], &["a", "c"]] {
            let mut subscription = hub.subscribe(topics).after(last_event_id(id));
            let expected = (position as u64 + 1..=20).filter(|n| topics.contains(&topic(*n)));
            let expected: Vec<_> = expected.map(|n| n.to_string()).collect();
            Client::default()
                .receive(&mut subscription, &expected)
                .await;
        }
        let mut subscription = hub.subscribe_all().after(last_event_id(id));
        let expected: Vec<_> = (position + 1..=20).map(|n| n.to_string()).collect();
        Client::default()
            .receive(&mut subscription, &expected)
            .await;
    }
}

pub(crate) async fn what_the_log_has_lost_is_a_gap_only_for_its_topic(backend: &impl Backend) {
    let hub = backend.hub_of(4).await;
    let quiet = publish(&hub, "quiet", 1).await;
    let mut ids = Vec::new();
    for n in 2..=10 {
        ids.push(publish(&hub, "busy", n).await);
    }
    let other = backend.hub_of(1).await;
    for (topic, id, expected) in [
        ("quiet", &*quiet, &[][..]),
        ("busy", &quiet, &["gap: trimmed", "7", "8", "9", "10"]),
        ("busy", &ids[3], &["gap: trimmed", "7", "8", "9", "10"]),
        ("busy", &ids[4], &["7", "8", "9", "10"]),
        ("quiet", other.head().as_str(), &["gap: epoch"]),
        ("busy", "abc", &["gap: malformed", "7", "8", "9", "10"]),
    ] {
        let mut subscription = hub.subscribe(topic).after(last_event_id(id));
        Client::default().receive(&mut subscription, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_old_when_a_subscription_begins_is_no_gap() {
    let hub = Hub::builder().max_age(Duration::from_secs(10)).build();
    publish(&hub, "a", "old").await;
    tokio::time::advance(Duration::from_secs(9)).await;
    publish(&hub, "a", "new").await;
    tokio::time::advance(Duration::from_secs(9)).await;
    let read = |subscription| Client::default().read(&mut { subscription });
    assert_eq!(read(hub.subscribe("a").from_start()), ["new"]);
    let malformed = hub.subscribe("a").after(last_event_id("abc"));
    assert_eq!(read(malformed), ["gap: malformed", "new"]);
}
