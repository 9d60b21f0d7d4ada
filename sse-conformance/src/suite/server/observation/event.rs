//! Published events, and events that were read.

use std::fmt;
use std::time::Duration;

use crate::driver::search::position;
use crate::event::Event;
use crate::model::Item;

/// An event that the suite made the server publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Published {
    /// The text that identifies this event. Its data contains it.
    pub(crate) token: String,
    pub(crate) data: String,
    pub(crate) event_type: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) refused: bool,
    /// The time until the event arrived, if it did.
    pub(crate) arrived: Option<Duration>,
    /// Set if the client had to come back for the event. In that case, the server is not the cause
    /// of the delay.
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

    /// Returns the event as the control hook takes it.
    pub(crate) fn to_publish(&self) -> Event<'_> {
        Event {
            event_type: self.event_type.as_deref(),
            data: &self.data,
            id: self.id.as_deref(),
        }
    }

    /// Returns whether this is the event that was read. An event that the server published by
    /// itself is identified by its ID.
    pub(crate) fn is(&self, read: &Read) -> bool {
        match &self.id {
            Some(id) if self.token.is_empty() => read.has_own_id && read.id == *id,
            // This is faster than `contains` on long data, above all without optimisation.
            _ => position(read.data.as_bytes(), self.token.as_bytes()).is_some(),
        }
    }
}

/// An event as a client reads it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) event_type: String,
    pub(crate) data: String,
    /// The last event ID.
    pub(crate) id: String,
    /// Set if the event has the ID itself. Otherwise the ID comes from an earlier event.
    pub(crate) has_own_id: bool,
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Item::event(&self.event_type, &self.data, &self.id).fmt(f)
    }
}

impl Read {
    /// Returns whether both may be the same event. An ID from an earlier event depends on where the
    /// client began.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let both = self.has_own_id && other.has_own_id;
        self.event_type == other.event_type
            && self.data == other.data
            && (!both || self.id == other.id)
    }
}
