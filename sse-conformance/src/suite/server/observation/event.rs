//! Events, as they are published and as they are read.

use std::fmt;
use std::time::Duration;

use crate::driver::search::position;
use crate::event::Event;
use crate::model::Item;

/// An event that the suite made the server publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Published {
    /// What tells this event from all others: it stands in the data.
    pub(crate) token: String,
    pub(crate) data: String,
    pub(crate) event_type: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) refused: bool,
    /// How long it took to arrive, if it did.
    pub(crate) arrived: Option<Duration>,
    /// Set if the reader had to come back for it: then the time is not the server's.
    pub(crate) came_late: bool,
}

impl Published {
    pub(crate) fn new(token: String) -> Self {
        Self {
            data: token.clone(),
            token,
            ..Self::default()
        }
    }

    /// The event, as the control hook takes it.
    pub(crate) fn to_publish(&self) -> Event<'_> {
        Event {
            event_type: self.event_type.as_deref(),
            data: &self.data,
            id: self.id.as_deref(),
        }
    }

    /// Whether this is the event that was read. One that the server published by itself is known by
    /// its id.
    pub(crate) fn is(&self, read: &Read) -> bool {
        match &self.id {
            Some(id) if self.token.is_empty() => read.has_own_id && read.id == *id,
            // Faster than `contains` on long data, above all where nothing is optimised.
            _ => position(read.data.as_bytes(), self.token.as_bytes()).is_some(),
        }
    }
}

/// An event as a reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) event_type: String,
    pub(crate) data: String,
    /// The last event ID.
    pub(crate) id: String,
    /// Set if the event itself had the ID, and not an earlier one.
    pub(crate) has_own_id: bool,
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Item::event(&self.event_type, &self.data, &self.id).fmt(f)
    }
}

impl Read {
    /// Returns whether both may be one event. An ID from an earlier event depends on where the
    /// reader began.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let both = self.has_own_id && other.has_own_id;
        self.event_type == other.event_type
            && self.data == other.data
            && (!both || self.id == other.id)
    }
}
