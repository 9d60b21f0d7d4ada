//! Measures the cost of publishing for different numbers of topics. It should not grow with the
//! number of other topics.
//!
//! ```text
//! cargo bench -p sse-tower --features hub --bench hub_topics
//! ```
//!
//! Each topic has one subscriber. An event is published to one topic, and its subscriber reads it.
#![forbid(unsafe_code)]

use std::{
    hint::black_box,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use sse_tower::{
    Event,
    hub::{Hub, Subscription, Topic},
};
use tokio_stream::Stream;

const EVENTS: usize = 100_000;
const ROUNDS: usize = 5;

#[derive(Default)]
struct Wakes(AtomicU64);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn main() {
    println!(
        "| topics | ns to publish | ns to deliver | wakes for each event |\n|---|---|---|---|"
    );
    for topics in [10, 100, 1_000, 10_000, 100_000] {
        let mut rounds: Vec<_> = (0..ROUNDS).map(|_| measure(topics)).collect();
        rounds.sort();
        let (publish, deliver, wakes) = rounds[ROUNDS / 2];
        println!(
            "| {topics} | {} | {} | {:.3} |",
            publish.as_nanos() / EVENTS as u128,
            deliver.as_nanos() / EVENTS as u128,
            wakes as f64 / EVENTS as f64
        );
    }
}

fn measure(count: usize) -> (Duration, Duration, u64) {
    let hub = Hub::new();
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let topics: Vec<_> = (0..count)
        .map(|n| Topic::new(format!("topic/{n}")).expect("a name"))
        .collect();
    let mut subscriptions: Vec<_> = topics.iter().map(|topic| hub.subscribe(topic)).collect();
    for subscription in &mut subscriptions {
        read(subscription, &waker);
    }
    let event = Event::new("x".repeat(180));
    let (mut publish, mut deliver) = (Duration::ZERO, Duration::ZERO);
    for n in 0..EVENTS {
        // Choose topics that are far apart in memory.
        let at = n.wrapping_mul(0x9E37_79B9) % count;
        let start = Instant::now();
        black_box(
            hub.publish_now(&topics[at], event.clone())
                .expect("an event"),
        );
        let published = Instant::now();
        read(&mut subscriptions[at], &waker);
        publish += published - start;
        deliver += published.elapsed();
    }
    (publish, deliver, wakes.0.load(Ordering::Relaxed))
}

fn read(subscription: &mut Subscription, waker: &Waker) {
    let cx = &mut Context::from_waker(waker);
    while let Poll::Ready(Some(frame)) = Pin::new(&mut *subscription).poll_next(cx) {
        black_box(frame.expect("a frame"));
    }
}
