//! Tests of the memory of a hub. They have a test binary of their own, because the crate that
//! counts allocations replaces the allocator.
#![forbid(unsafe_code)]

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use allocation_counter::measure;
use sse_tower::{
    Event,
    hub::{Hub, Subscription},
};
use tokio_stream::Stream;

const SUBSCRIBERS: usize = 19_000;
const STOPPED: usize = 1_000;

struct Task;

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

/// Polls until the subscription is pending. Returns the number of events.
fn read(subscription: &mut Subscription, waker: &Waker) -> u32 {
    let mut events = 0;
    let cx = &mut Context::from_waker(waker);
    while let Poll::Ready(Some(frame)) = Pin::new(&mut *subscription).poll_next(cx) {
        events += frame.unwrap().events();
    }
    events
}

fn subscribe(hub: &Hub, count: usize, waker: &Waker) -> Vec<Pin<Box<Subscription>>> {
    let mut subscriptions = Vec::with_capacity(count);
    for _ in 0..count {
        let mut subscription = Box::pin(hub.subscribe("topic"));
        read(&mut subscription, waker);
        subscriptions.push(subscription);
    }
    subscriptions
}

#[test]
fn a_subscription_takes_little() {
    let (hub, waker) = (Hub::new(), Waker::from(Arc::new(Task)));
    let _first = subscribe(&hub, 1, &waker);
    let mut subscriptions = Vec::new();
    let taken = measure(|| subscriptions = subscribe(&hub, SUBSCRIBERS, &waker));
    let vector = SUBSCRIBERS * size_of::<Pin<Box<Subscription>>>();
    let each = (taken.bytes_current as usize - vector) / SUBSCRIBERS;
    println!("{each} bytes for each subscription of one topic");
    assert!(each <= 160, "{each} bytes");

    // Measure again after an event, when all subscriptions have registered again.
    let news = measure(|| {
        hub.publish_now("topic", Event::new("1")).unwrap();
        for subscription in &mut subscriptions {
            assert_eq!(read(subscription, &waker), 1);
        }
    });
    let grown = news.bytes_current / SUBSCRIBERS as i64;
    assert!(each as i64 + grown <= 160, "{each} and then {grown} more");
}

#[test]
fn clients_that_have_stopped_reading_take_nothing() {
    let hub = Hub::builder().max_bytes(1024 * 1024).build();
    let waker = Waker::from(Arc::new(Task));
    let mut subscriptions = subscribe(&hub, SUBSCRIBERS, &waker);
    let event = Event::new("x".repeat(180));
    let mut publish = |count: usize| {
        for _ in 0..count {
            hub.publish_now("topic", event.clone()).unwrap();
            // A task is polled when it is woken. Here, each event wakes one of a hundred.
            for subscription in subscriptions[STOPPED..].iter_mut().step_by(100) {
                read(subscription, &waker);
            }
        }
    };
    publish(5_000);
    let grown = measure(|| publish(5_000)).bytes_current;
    println!("{grown} bytes more after 5,000 events");
    assert!(grown.abs() < 64 * 1024, "{grown} bytes");
}
