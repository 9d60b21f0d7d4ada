//! Publishing: the futures that append entries to a log.

pub(crate) mod error;
pub(crate) mod id;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use sse_proto::EventId;

use crate::hub::{
    entry::Entry,
    entry_id::{EntryId, Epoch},
    log::{Appended, LogFuture, LogName},
    notice::HubNotice,
    publish::{error::PublishError, id::PublishId},
    shared::Shared,
};

/// The future of [`Hub::publish`](crate::hub::Hub::publish): the ID of the published event.
///
/// It does nothing until it is polled. In a hub in memory it is ready at its first poll.
///
/// # Cancel safety
///
/// If it is dropped before it is ready, the event may or may not be published. With a
/// [publish ID](Self::publish_id), it can be published again without being doubled.
#[must_use = "an event is published when the future is polled"]
pub struct Publish(PublishBatch);

/// The future of [`Hub::publish_batch`](crate::hub::Hub::publish_batch): one result for each event.
///
/// It does nothing until it is polled. In a hub in memory it is ready at its first poll.
///
/// # Cancel safety
///
/// If it is dropped before it is ready, each of the events may or may not be published.
#[must_use = "events are published when the future is polled"]
pub struct PublishBatch {
    shared: Arc<Shared>,
    state: State,
}

enum State {
    Prepared(Vec<Result<Entry, PublishError>>),
    /// The log appends the entries. The others are the lengths of these, and the results of events that are not
    /// among them.
    Appending(
        LogFuture<Vec<Result<Appended, PublishError>>>,
        Vec<Result<usize, PublishError>>,
    ),
    Done,
}

impl Publish {
    pub(crate) fn new(shared: Arc<Shared>, entry: Result<Entry, PublishError>) -> Self {
        Self(PublishBatch::new(shared, vec![entry]))
    }

    /// Gives the event a publish ID, so that it can be published again after an error of the kind
    /// [`Unknown`](crate::hub::PublishErrorKind::Unknown).
    ///
    /// If an event with the same publish ID was published within the last two minutes, whatever its topics and text,
    /// nothing is published. The result is then the ID of that event, which a log that has begun a new epoch since
    /// may not have any more. The window is set by
    /// [`HubBuilder::publish_id_window`](crate::hub::HubBuilder::publish_id_window), or by the store of the log. A hub
    /// in memory remembers the newest 10,000 publish IDs at most.
    ///
    /// Text that is not a [`PublishId`] is an error of the future.
    ///
    /// ```
    /// use sse_tower::{Event, hub::Hub};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sse_tower::hub::PublishError> {
    /// let hub = Hub::new();
    /// let first = hub.publish("orders", Event::new("paid")).publish_id("order-7-paid").await?;
    /// let again = hub.publish("orders", Event::new("paid")).publish_id("order-7-paid").await?;
    /// assert_eq!(first, again);
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish_id(mut self, id: impl Into<Arc<str>>) -> Self {
        if let State::Prepared(entries) = &mut self.0.state
            && let Some(result) = entries.first_mut()
            && let Ok(entry) = result
        {
            match PublishId::new(id) {
                Ok(id) => entry.publish_id = Some(id),
                Err(error) => *result = Err(PublishError::invalid_publish_id(error)),
            }
        }
        self
    }
}

impl Future for Publish {
    type Output = Result<EventId, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let results = Pin::new(&mut self.0).poll(cx);
        // There is one result for one event.
        results.map(|results| {
            results
                .into_iter()
                .next()
                .unwrap_or_else(|| Err(no_answer()))
        })
    }
}

impl PublishBatch {
    pub(crate) fn new(shared: Arc<Shared>, entries: Vec<Result<Entry, PublishError>>) -> Self {
        let state = State::Prepared(entries);
        Self { shared, state }
    }
}

impl Future for PublishBatch {
    type Output = Vec<Result<EventId, PublishError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Prepared(entries) => {
                    let Some(store) = self.shared.store() else {
                        return Poll::Ready(self.shared.append(entries));
                    };
                    let (mut accepted, mut results) = (Vec::new(), Vec::new());
                    for entry in entries {
                        results.push(entry.map(|entry| {
                            let bytes = entry.text.len();
                            accepted.push(self.shared.check(entry));
                            bytes
                        }));
                    }
                    let append = store.log.append(&store.name, accepted);
                    self.state = State::Appending(append, results);
                }
                State::Appending(mut append, results) => {
                    let name = self.shared.store().map(|store| store.name.clone());
                    let Poll::Ready(appended) = append.as_mut().poll(cx) else {
                        self.state = State::Appending(append, results);
                        return Poll::Pending;
                    };
                    let mut appended = appended.into_iter();
                    let result = |accepted: Result<usize, PublishError>| {
                        let bytes = accepted?;
                        let appended = appended.next().unwrap_or_else(|| Err(no_answer()));
                        let (appended, name) = (appended?, name.as_ref().ok_or_else(no_answer)?);
                        self.shared.hook.call(HubNotice::Published { bytes });
                        Ok(appended.id(name).to_event_id())
                    };
                    return Poll::Ready(results.into_iter().map(result).collect());
                }
                // Polled after it was ready.
                State::Done => return Poll::Ready(Vec::new()),
            }
        }
    }
}

impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish").finish_non_exhaustive()
    }
}

impl fmt::Debug for PublishBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishBatch").finish_non_exhaustive()
    }
}

fn no_answer() -> PublishError {
    PublishError::unknown("the log has not answered for this event")
}

impl Appended {
    fn id(self, log: &LogName) -> EntryId {
        EntryId {
            epoch: Epoch::of(log.as_str(), self.epoch),
            position: self.position,
            check: Some(self.check),
        }
    }
}
