//! What was seen of a server in one scene, or why there was nothing to see.

use std::fmt;
use std::time::Duration;

use crate::driver::reader::Recording;
use crate::model::{self, Item};
use crate::suite::encoder::Event;

/// What was seen of the server in one scene.
#[derive(Debug, Default)]
pub(super) struct Observation {
    /// What came of each request.
    pub(super) recordings: Vec<Result<Recording, String>>,
    pub(super) published: Vec<Published>,
    pub(super) resumptions: Vec<Resumption>,
    /// How many streams were open at certain moments.
    pub(super) counts: Vec<u64>,
    /// What followed a body on its connection, or did not.
    pub(super) after_end: Option<String>,
}

impl Observation {
    /// The events that were published, in words.
    pub(super) fn published(&self) -> Option<String> {
        match self.published.len() {
            0 => None,
            1 => Some("one published event".to_owned()),
            count => Some(format!("{count} published events")),
        }
    }
}

/// A reader that came back with a last event ID.
#[derive(Debug)]
pub(super) struct Resumption {
    pub(super) recording: Recording,
    /// How many of the published events it says it has.
    pub(super) after: usize,
    /// How many had been published when it was read no further.
    pub(super) upto: usize,
}

/// Why a scene could not be played: the server lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lacking {
    pub(super) capability: super::Capability,
    pub(super) why: String,
}

pub(super) type Seen = Result<Observation, Lacking>;

pub(super) fn lacking(capability: super::Capability, why: impl Into<String>) -> Lacking {
    Lacking {
        capability,
        why: why.into(),
    }
}

/// An event that the suite made the server publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Published {
    /// What tells this event from all others: it stands in the data.
    pub(super) token: String,
    pub(super) data: String,
    pub(super) event_type: Option<String>,
    pub(super) id: Option<String>,
    pub(super) refused: bool,
    /// How long it took to arrive, if it did.
    pub(super) arrived: Option<Duration>,
}

impl Published {
    pub(super) fn new(token: String) -> Self {
        Self {
            data: token.clone(),
            token,
            ..Self::default()
        }
    }

    /// The event, as the control hook takes it.
    pub(super) fn to_publish(&self) -> Event<'_> {
        Event {
            event_type: self.event_type.as_deref(),
            data: &self.data,
            id: self.id.as_deref(),
        }
    }

    /// Whether this is the event that was read. One that the server published by itself is known by
    /// its id.
    pub(super) fn is(&self, read: &Read) -> bool {
        match &self.id {
            Some(id) if self.token.is_empty() => read.id == *id,
            _ => read.data.contains(&self.token),
        }
    }
}

/// An event as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) event_type: String,
    pub(super) data: String,
    pub(super) id: String,
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Item::event(&self.event_type, &self.data, &self.id).fmt(f)
    }
}

/// The events of a recording.
pub(super) fn events(recording: &Recording) -> Vec<Read> {
    let decoded = recording.decoded();
    let event = |due: &model::Due| match due.item.clone() {
        Item::Event {
            event_type,
            data,
            last_event_id,
        } => Some(Read {
            event_type,
            data,
            id: last_event_id,
        }),
        _ => None,
    };
    decoded.items.iter().filter_map(event).collect()
}
