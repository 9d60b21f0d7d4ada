//! The subscribers of this node.

use std::{collections::BTreeMap, sync::Arc};

use crate::hub::topic::Topic;

/// The subscriptions to a topic on this node. See [`Hub::presence`](crate::hub::Hub::presence).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    pub(crate) subscriptions: usize,
    pub(crate) keys: BTreeMap<Arc<str>, usize>,
}

impl Presence {
    /// Returns the number of subscriptions that name the topic, with a key or without one.
    #[must_use]
    pub const fn subscriptions(&self) -> usize {
        self.subscriptions
    }

    /// Returns the keys, sorted, each with the number of its subscriptions. A user with three tabs
    /// has three.
    pub fn keys(&self) -> impl Iterator<Item = (&str, usize)> {
        self.keys.iter().map(|(key, count)| (&**key, *count))
    }
}

/// A subscription that has a key. See [`Hub::kick_where`](crate::hub::Hub::kick_where).
#[derive(Clone, Debug)]
pub struct Subscriber {
    pub(crate) key: Arc<str>,
    pub(crate) topics: Option<Vec<Topic>>,
    pub(crate) serial: u64,
}

impl Subscriber {
    /// Returns the key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the topics, or `None` for all topics.
    #[must_use]
    pub fn topics(&self) -> Option<&[Topic]> {
        self.topics.as_deref()
    }
}
