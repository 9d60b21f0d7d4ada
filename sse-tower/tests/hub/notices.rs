//! The hook of a hub: what it is told, and that it may do anything.

use std::sync::{Arc, Mutex, OnceLock};

use sse_tower::{
    Event, EventId,
    hub::{GapReason, Hub, HubBuilder, HubNotice},
};

use crate::support::Client;

/// Collects the notices of a hub.
fn observed(builder: HubBuilder) -> (Hub, Arc<Mutex<Vec<HubNotice>>>) {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let seen = notices.clone();
    let hub = builder.on_notice(move |notice| seen.lock().unwrap().push(*notice));
    (hub.build(), notices)
}

#[tokio::test]
async fn each_event_subscription_and_gap_is_told_once() {
    let (hub, notices) = observed(Hub::builder().max_events(2));
    let take = || std::mem::take(&mut *notices.lock().unwrap());
    let (one, three) = (
        HubNotice::Published {
            bytes: "data: 1\n".len(),
        },
        HubNotice::Published {
            bytes: "data: 333\n".len(),
        },
    );

    hub.publish_now("a", Event::new("1")).unwrap();
    assert_eq!(take(), [one]);
    hub.publish(["a", "b"], Event::new("333")).await.unwrap();
    assert_eq!(take(), [three]);
    let refused = Event::new("2").with_id(7);
    let batch = [Event::new("1"), refused, Event::new("333")];
    hub.publish_batch(batch.map(|event| ("a", event))).await;
    assert_eq!(take(), [one, three]);

    let mut client = Client::default();
    let mut slow = hub.subscribe("a");
    assert_eq!(take(), []);
    client.read(&mut slow);
    assert_eq!(take(), [HubNotice::Subscribed]);
    for _ in 0..3 {
        hub.publish_now("a", Event::new("1")).unwrap();
    }
    assert_eq!(client.read(&mut slow)[0], "gap: slow");
    assert_eq!(take(), [one, one, one, HubNotice::Gap(GapReason::Slow)]);
    drop(slow);
    assert_eq!(take(), [HubNotice::Unsubscribed]);

    let mut foreign = hub.subscribe("a").after(EventId::from(7));
    client.read(&mut foreign);
    let malformed = HubNotice::Gap(GapReason::Malformed);
    assert_eq!(take(), [HubNotice::Subscribed, malformed]);

    // Neither of these ever began.
    drop(hub.subscribe("a"));
    assert!(client.poll_item(&mut hub.subscribe("")).is_ready());
    assert_eq!(take(), []);
}

#[test]
fn the_hook_may_use_the_hub_and_panic() {
    let handle = Arc::new(OnceLock::<Hub>::new());
    let own = handle.clone();
    let hub = Hub::builder()
        .on_notice(move |notice| {
            let _uses_the_hub = own.get().map(|hub| hub.snapshot(1));
            assert_ne!(*notice, HubNotice::Unsubscribed, "the hook panics here");
        })
        .build();
    handle.set(hub.clone()).unwrap();
    let mut client = Client::default();
    let mut subscription = hub.subscribe("a").checkpoints(false);
    client.read(&mut subscription);
    hub.publish_now("a", Event::new("1")).unwrap();
    assert_eq!(client.read(&mut subscription), ["1"]);
    drop(subscription);
    assert_eq!(hub.snapshot(1).subscriptions, 0);
}
