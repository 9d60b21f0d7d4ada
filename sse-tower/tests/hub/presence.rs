//! Who is subscribed, and how streams are ended.

use std::{task::Poll, time::Duration};

use sse_tower::{
    error::BoxError,
    hub::{Hub, Subscription},
    server::{Expired, Kicked, Lagged},
};

use tokio::time::Instant;
use tokio_stream::StreamExt;

use crate::support::{Backend, Client, publish};

/// Returns the error with which the stream ends, after what it has to send.
fn end(client: &Client, subscription: &mut Subscription) -> BoxError {
    loop {
        match client.poll_item(subscription) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => {
                assert!(
                    client
                        .poll_item(subscription)
                        .map(|item| item.is_none())
                        .is_ready()
                );
                return error;
            }
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn subscriptions_are_present_while_they_are_polled(backend: &impl Backend) {
    let hub = backend.hub().await;
    let client = Client::default();
    let mut open = Vec::new();
    for (topics, key) in [
        (&["a"][..], Some("alice")),
        (&["a", "b"], Some("alice")),
        (&["b"], Some("bob")),
        (&["a"], None),
    ] {
        let mut subscription = hub.subscribe(topics);
        if let Some(key) = key {
            subscription = subscription.key(key);
        }
        assert!(client.poll(&mut subscription).is_ready());
        open.push(subscription);
    }
    let mut all = hub.subscribe_all().key("admin");
    assert!(client.poll(&mut all).is_ready());
    let present = |topic| {
        let presence = hub.presence(topic);
        let keys = presence.keys().map(|(key, count)| format!("{key} {count}"));
        (presence.subscriptions(), keys.collect::<Vec<_>>())
    };
    assert_eq!(present("a"), (3, vec!["alice 2".to_owned()]));
    assert_eq!(
        present("b"),
        (2, vec!["alice 1".to_owned(), "bob 1".to_owned()])
    );
    assert_eq!(present("c"), (0, vec![]));
    drop(open.remove(0));
    assert_eq!(present("a"), (2, vec!["alice 1".to_owned()]));
    open.clear();
    assert_eq!(present("a"), (0, vec![]));
}

pub(crate) async fn only_the_subscriptions_that_are_meant_are_ended(backend: &impl Backend) {
    let hub = backend.hub().await;
    let clients: [Client; 4] = Default::default();
    let keys = [Some("alice"), Some("alice"), Some("bob"), None];
    let subscribe = |(client, key): (&Client, Option<&'static str>)| {
        let mut subscription = hub.subscribe("a");
        if let Some(key) = key {
            subscription = subscription.key(key);
        }
        assert!(client.poll(&mut subscription).is_ready());
        assert!(client.poll(&mut subscription).is_pending());
        subscription
    };
    let mut open: Vec<_> = clients.iter().zip(keys).map(subscribe).collect();
    assert_eq!(hub.kick("alice"), 2);
    assert_eq!(hub.kick("alice"), 0);
    let woken = clients.each_ref().map(|client| client.wakes.count());
    assert_eq!(woken, [1, 1, 0, 0]);
    for (client, subscription) in clients.iter().zip(&mut open).take(2) {
        assert!(end(client, subscription).is::<Kicked>());
    }
    assert!(clients[2].poll(&mut open[2]).is_pending());

    // The user's code may use the hub.
    let is_bob = |subscriber: &sse_tower::hub::Subscriber| {
        let _presence = hub.presence("a");
        subscriber.key() == "bob" && subscriber.topics().unwrap()[0] == *"a"
    };
    assert_eq!(hub.kick_where(is_bob), 1);
    assert!(end(&clients[2], &mut open[2]).is::<Kicked>());
    assert!(clients[3].poll(&mut open[3]).is_pending());
}

pub(crate) async fn a_slow_subscription_can_be_ended(backend: &impl Backend) {
    let hub = backend.hub_of(2).await;
    let client = Client::default();
    let mut subscription = hub.subscribe("a").end_if_slow();
    assert!(client.poll(&mut subscription).is_ready());
    assert!(client.poll(&mut subscription).is_pending());
    for n in 0..5 {
        publish(&hub, "a", n).await;
    }
    let error = end(&client, &mut subscription);
    assert_eq!(error.downcast::<Lagged>().unwrap().missed(), 3);
}

#[tokio::test(start_paused = true)]
async fn streams_end_a_little_before_their_clients_permission() {
    let hub = Hub::new();
    let start = Instant::now();
    let mut ends = Vec::new();
    for _ in 0..20 {
        let expires_at = Instant::now() + Duration::from_secs(100);
        let mut subscription = hub.subscribe("a").expires_at(expires_at.into_std());
        let started = Instant::now();
        let ended = loop {
            match subscription.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break error,
                None => panic!("the stream ended without an error"),
            }
        };
        assert!(ended.is::<Expired>());
        ends.push(started.elapsed());
    }
    let possible = Duration::from_secs(90)..=Duration::from_millis(100_010);
    assert!(ends.iter().all(|end| possible.contains(end)), "{ends:?}");
    // They are spread.
    let (first, last) = (ends.iter().min().unwrap(), ends.iter().max().unwrap());
    assert!(*last - *first > Duration::from_secs(3), "{ends:?}");
    assert!(start.elapsed() > Duration::from_secs(1800));
}

pub(crate) async fn a_snapshot_tells_who_is_behind(backend: &impl Backend) {
    let hub = backend.hub_of(3).await;
    let (alice, bob) = (Client::default(), Client::default());
    let mut fast = hub.subscribe(["a", "b"]).key("alice");
    let mut slow = hub.subscribe("a").key("bob");
    for (client, subscription) in [(&alice, &mut fast), (&bob, &mut slow)] {
        assert!(client.poll(subscription).is_ready());
        assert!(client.poll(subscription).is_pending());
    }
    for topic in ["a", "a", "b", "c"] {
        publish(&hub, topic, 1).await;
    }
    // A gap, since the first event is gone, and then two events at once.
    for _ in 0..2 {
        assert!(alice.poll(&mut fast).is_ready());
    }
    let snapshot = serde_json::to_value(hub.snapshot(2)).unwrap();
    let bytes = &snapshot["bytes"];
    assert!(
        bytes
            .as_u64()
            .is_some_and(|bytes| (300..3_000).contains(&bytes)),
        "{bytes}"
    );
    let expected = serde_json::json!({
        "head": hub.head().as_str(),
        "published": 4,
        "floor": 2,
        "events": 3,
        "bytes": bytes,
        "subscriptions": 2,
        "topic_count": 3,
        "topics": [
            {"name": "a", "events": 1, "subscriptions": 2},
            {"name": "b", "events": 1, "subscriptions": 1},
        ],
        "subscribers": [
            {"key": "bob", "topics": ["a"], "position": 0, "lag": 1},
            {"key": "alice", "topics": ["a", "b"], "position": 3, "lag": 0},
        ],
    });
    assert_eq!(snapshot, expected);
}

pub(crate) async fn a_subscription_that_never_began_does_not_count(backend: &impl Backend) {
    let hub = backend.hub().await;
    let client = Client::default();
    let mut open = hub.subscribe("a");
    assert!(client.poll(&mut open).is_ready());
    drop(hub.subscribe("a"));
    let mut invalid = hub.subscribe("\n");
    assert!(end(&client, &mut invalid).is::<sse_tower::hub::InvalidTopic>());
    drop(invalid);
    assert_eq!(hub.snapshot(0).subscriptions, 1);
    drop(open);
    assert_eq!(hub.snapshot(0).subscriptions, 0);
}
