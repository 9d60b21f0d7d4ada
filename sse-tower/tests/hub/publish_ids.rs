//! Publish IDs: an event that is published again is not doubled.

use std::time::Duration;

use sse_tower::Event;
use tokio::time::timeout;

use crate::support::{Backend, Client};

pub(crate) async fn an_event_that_is_published_again_is_not_doubled(backend: &impl Backend) {
    let hub = backend.hub_of(100).await;
    let mut subscription = hub.subscribe_all().checkpoints(false);
    let mut client = Client::default();
    client.receive(&mut subscription, &[""; 0]).await;
    let publish = async |topic: &str, data: &str, id: &str| {
        let published = hub.publish(topic, Event::new(data)).publish_id(id);
        published.await.unwrap()
    };
    let first = publish("a", "1", "one").await;
    assert_eq!(publish("a", "1", "one").await, first);
    // The publish ID alone decides.
    assert_eq!(publish("b", "other", "one").await, first);
    // Some that a store might take apart or read otherwise.
    let mut ids = vec![first.clone()];
    for id in ["One", "one ", "one\n", "{one}", "0", "\u{e4}", "-", "*"] {
        let published = publish("a", id, id).await;
        assert!(!ids.contains(&published), "{id:?}");
        assert_eq!(publish("a", id, id).await, published, "{id:?}");
        ids.push(published);
    }
    let without = hub.publish("a", Event::new("1")).await.unwrap();
    assert!(!ids.contains(&without));
    let delivered = [
        "1", "One", "one ", "one\n", "{one}", "0", "\u{e4}", "-", "*", "1",
    ];
    client.receive(&mut subscription, &delivered).await;

    // A batch has no publish IDs, and does not disturb them.
    let results = hub.publish_batch([("a", Event::new("2")), ("a", Event::new("3"))]);
    assert!(results.await.iter().all(Result::is_ok));
    assert_eq!(publish("a", "1", "one").await, first);
    client.receive(&mut subscription, &["2", "3"]).await;

    // The entry may be gone meanwhile.
    for number in 0..100 {
        hub.publish("a", Event::new(number.to_string()))
            .await
            .unwrap();
    }
    assert_eq!(publish("a", "1", "one").await, first);
}

pub(crate) async fn an_event_whose_publisher_gave_up_can_be_published_again(
    backend: &impl Backend,
) {
    let hub = backend.hub().await;
    let mut subscription = hub.subscribe_all().checkpoints(false);
    let mut client = Client::default();
    client.receive(&mut subscription, &[""; 0]).await;
    let mut published = Vec::new();
    // The futures are dropped before, during and after the log appends.
    for microseconds in (0..1000).step_by(5) {
        let data = microseconds.to_string();
        let publish = || hub.publish("a", Event::new(&*data)).publish_id(&*data);
        let time = Duration::from_micros(microseconds);
        let first = timeout(time, publish()).await.ok();
        let again = publish().await.unwrap();
        assert!(first.is_none_or(|id| id.unwrap() == again), "{data}");
        published.push(data);
    }
    client.receive(&mut subscription, &published).await;
}
