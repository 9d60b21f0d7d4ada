//! Hubs whose log is anywhere, and reading subscriptions without a runtime.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake},
    time::Duration,
};

use sse_proto::{Chunk, Decoder, Item};
use sse_tower::{
    Event, EventFrame,
    error::BoxError,
    hub::{Hub, Subscription},
};
use tokio::time::{Instant, sleep};
use tokio_stream::Stream;

/// Time that an event may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time in which an event would come that must not come.
const SETTLING: Duration = Duration::from_millis(5);

/// Where the hubs of a test have their logs.
pub(crate) trait Backend {
    /// Makes a hub whose log keeps `max_events` events.
    async fn hub_of(&self, max_events: usize) -> Hub;

    /// Makes a hub whose log keeps more events than a test has.
    async fn hub(&self) -> Hub {
        self.hub_of(10_000).await
    }
}

/// Publishes an event, and waits until the node has it. Returns its ID.
pub(crate) async fn publish(hub: &Hub, topic: &str, data: impl ToString) -> String {
    let id = hub.publish(topic, Event::new(data.to_string())).await;
    let id = id.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while hub.head() != id {
        assert!(
            Instant::now() < deadline,
            "{} is not {}",
            hub.head().as_str(),
            id.as_str()
        );
        sleep(Duration::from_millis(1)).await;
    }
    id.as_str().to_owned()
}

/// Counts how often it is woken.
#[derive(Debug, Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A client: the events that it has received, and its last event ID.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pub(crate) received: Vec<Received>,
    pub(crate) last_event_id: String,
    decoder: Decoder,
    pub(crate) wakes: Arc<Wakes>,
}

/// An event as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) event_type: String,
    pub(crate) data: String,
}

impl Client {
    /// Reads until the subscription is pending or has ended. Returns the data of the events, with
    /// `gap: REASON` for a gap.
    pub(crate) fn read(&mut self, subscription: &mut Subscription) -> Vec<String> {
        let before = self.received.len();
        while let Poll::Ready(Some(frame)) = self.poll(subscription) {
            self.decode(&frame);
        }
        let read = self.received[before..]
            .iter()
            .map(|event| match &*event.event_type {
                "gap" => {
                    let gap: sse_tower::hub::Gap = serde_json::from_str(&event.data).unwrap();
                    format!("gap: {}", gap.reason())
                }
                _ => event.data.clone(),
            });
        read.collect()
    }

    /// Reads these events, with `gap: REASON` for a gap. No further event must follow.
    pub(crate) async fn receive(
        &mut self,
        subscription: &mut Subscription,
        expected: &[impl AsRef<str>],
    ) {
        let expected: Vec<_> = expected.iter().map(AsRef::as_ref).collect();
        let deadline = Instant::now() + PATIENCE;
        let mut received = self.read(subscription);
        while received.len() < expected.len() && Instant::now() < deadline {
            sleep(Duration::from_millis(1)).await;
            received.extend(self.read(subscription));
        }
        sleep(SETTLING).await;
        received.extend(self.read(subscription));
        assert_eq!(received, expected);
    }

    pub(crate) fn poll(&self, subscription: &mut Subscription) -> Poll<Option<EventFrame>> {
        let polled = self.poll_item(subscription);
        polled.map(|item| item.map(|frame| frame.unwrap()))
    }

    pub(crate) fn poll_item(
        &self,
        subscription: &mut Subscription,
    ) -> Poll<Option<Result<EventFrame, BoxError>>> {
        let waker = self.wakes.clone().into();
        Pin::new(subscription).poll_next(&mut Context::from_waker(&waker))
    }

    fn decode(&mut self, frame: &EventFrame) {
        let mut chunk = Chunk::new(frame.as_bytes());
        let mut events = 0;
        while let Some(item) = self.decoder.decode(&mut chunk).unwrap() {
            let Item::Event(event) = item else {
                panic!("{item:?}")
            };
            events += 1;
            self.received.push(Received {
                event_type: event.event_type().to_owned(),
                data: event.data().to_owned(),
            });
        }
        assert_eq!(events, frame.events());
        self.last_event_id = self.decoder.last_event_id().to_owned();
    }
}
