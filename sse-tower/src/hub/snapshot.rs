//! The contents of a hub, for people who run it.

use serde::Serialize;

/// The contents of a hub on this node, for people who run it. See
/// [`Hub::snapshot`](crate::hub::Hub::snapshot).
///
/// It can be serialized as JSON. More fields may be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HubSnapshot {
    /// The ID of the newest event.
    pub head: String,
    /// The number of events that were published to the log in its present epoch.
    pub published: u64,
    /// The position of the oldest event that the log has.
    pub floor: u64,
    /// The number of events whose text this node keeps.
    pub events: u64,
    /// The memory that they take, in bytes, as counted for
    /// [`HubBuilder::max_bytes`](crate::hub::HubBuilder::max_bytes).
    pub bytes: usize,
    /// The number of subscriptions.
    pub subscriptions: usize,
    /// The number of topics that have events or subscriptions, or are remembered.
    pub topic_count: usize,
    /// The topics with the most subscriptions.
    pub topics: Vec<TopicSnapshot>,
    /// The subscriptions that have a key, the slowest first.
    pub subscribers: Vec<SubscriberSnapshot>,
}

/// A topic of a [`HubSnapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TopicSnapshot {
    /// The topic's name.
    pub name: String,
    /// The number of its events that the log has, as far as this node knows.
    pub events: usize,
    /// The number of subscriptions that name it.
    pub subscriptions: usize,
}

/// A subscription of a [`HubSnapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubscriberSnapshot {
    /// The subscription's key.
    pub key: String,
    /// The names of its topics. `None` for all topics.
    pub topics: Option<Vec<String>>,
    /// The position of the last event that was sent.
    pub position: u64,
    /// The number of events that it has still to send, as far as this node knows.
    pub lag: u64,
}
