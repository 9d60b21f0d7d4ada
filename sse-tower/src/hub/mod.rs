//! A hub: publish once, and every subscriber gets the event, also one that was away.

mod driver;
mod entry_id;
mod filter;
mod gap;
pub mod log;
mod node;
mod pages;
mod publish;
mod settings;
mod shared;
mod subscription;
mod topic;

use std::{fmt, sync::Arc};

use sse_proto::{Event, EventId};

pub use driver::Driver;
pub use filter::Published;
pub use gap::{Gap, GapReason};
pub use publish::{Publish, PublishBatch, PublishError, PublishErrorKind};
pub use settings::HubBuilder;
pub use subscription::{Subscription, Unavailable};
pub use topic::{IntoTopics, InvalidTopic, Topic};

use shared::{HubEnd, Shared};

/// A log of events, and those who follow it. A clone is another handle of the same hub.
#[derive(Clone)]
pub struct Hub(Arc<Handle>);

/// All clones of a hub. The streams end with it, since nobody can publish any more.
struct Handle(Arc<Shared>);

impl Hub {
    /// Makes a hub whose log is in memory, with the default bounds.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to set bounds.
    pub fn builder() -> HubBuilder {
        HubBuilder::new()
    }

    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        Self(Arc::new(Handle(shared)))
    }

    /// Publishes an event to one topic or several.
    pub fn publish(&self, topics: impl IntoTopics, event: impl Into<Event>) -> Publish {
        let shared = &self.0.0;
        Publish::new(shared.clone(), shared.prepare(topics, &event.into()))
    }

    /// Publishes an event at once, in a hub whose log is in memory.
    ///
    /// # Errors
    ///
    /// See [`PublishErrorKind`].
    pub fn publish_now(
        &self,
        topics: impl IntoTopics,
        event: impl Into<Event>,
    ) -> Result<EventId, PublishError> {
        let shared = &self.0.0;
        if shared.store().is_some() {
            return Err(PublishError::not_in_memory());
        }
        shared.append_one(shared.prepare(topics, &event.into())?)
    }

    /// Publishes events in their order.
    pub fn publish_batch<T, E>(&self, events: impl IntoIterator<Item = (T, E)>) -> PublishBatch
    where
        T: IntoTopics,
        E: Into<Event>,
    {
        let shared = &self.0.0;
        let prepare = |(topics, event): (T, E)| shared.prepare(topics, &event.into());
        PublishBatch::new(shared.clone(), events.into_iter().map(prepare).collect())
    }

    /// Subscribes to one topic or several.
    pub fn subscribe(&self, topics: impl IntoTopics) -> Subscription {
        Subscription::new(self.0.0.clone(), topics.into_topics().map(Some))
    }

    /// Subscribes to all topics.
    pub fn subscribe_all(&self) -> Subscription {
        Subscription::new(self.0.0.clone(), Ok(None))
    }

    /// Returns the ID of the newest event.
    #[must_use]
    pub fn head(&self) -> EventId {
        self.0.0.state().node.head().to_event_id()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.end(HubEnd::Closed);
    }
}
