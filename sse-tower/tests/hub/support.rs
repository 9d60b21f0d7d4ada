//! Reading subscriptions without a runtime.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake},
};

use sse_proto::{Chunk, Decoder, Item};
use sse_tower::{EventFrame, error::BoxError, hub::Subscription};
use tokio_stream::Stream;

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
