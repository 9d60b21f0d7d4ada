//! What was seen of a server in one scene, or why there was nothing to see.

use std::fmt;
use std::time::Duration;

use crate::driver::recording::Recording;
use crate::driver::search::position;
use crate::event::Event;
use crate::model::Item;
use crate::suite::server::places;

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
    /// The answer to another request on the connection of a response that had ended.
    pub(super) kept: Option<Result<Recording, String>>,
    /// The IDs of the server's own that were not answered by a stream, each with the answer.
    pub(super) turned_away: Vec<(String, String)>,
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

    /// Returns why an event that did not come may have been lost without a fault of the server.
    pub(super) fn excuse(&self) -> Option<&str> {
        let recordings = self.recordings.iter().flatten();
        let resumed = self
            .resumptions
            .iter()
            .map(|resumption| &resumption.recording);
        recordings
            .chain(resumed)
            .find_map(|recording| recording.excuse.as_deref())
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
    /// Set if its ID is that of a heartbeat.
    pub(super) of_heartbeat: bool,
}

/// Why a scene could not be played: the server lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lacking {
    /// `None` where it is nothing that a target could be required to have.
    pub(super) capability: Option<super::Capability>,
    pub(super) why: String,
}

pub(super) type Seen = Result<Observation, Lacking>;

pub(super) fn lacking(capability: super::Capability, why: impl Into<String>) -> Lacking {
    Lacking {
        capability: Some(capability),
        why: why.into(),
    }
}

/// The same where no capability is missing: the case cannot be judged.
pub(super) fn not_judged(why: impl Into<String>) -> Lacking {
    Lacking {
        capability: None,
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
    /// Set if the reader had to come back for it: then the time is not the server's.
    pub(super) came_late: bool,
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
            Some(id) if self.token.is_empty() => read.has_own_id && read.id == *id,
            // Faster than `contains` on long data, above all where nothing is optimised.
            _ => position(read.data.as_bytes(), self.token.as_bytes()).is_some(),
        }
    }
}

/// An event as a reader sees it.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) event_type: String,
    pub(super) data: String,
    /// The last event ID.
    pub(super) id: String,
    /// Set if the event itself had the ID, and not an earlier one.
    pub(super) has_own_id: bool,
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Item::event(&self.event_type, &self.data, &self.id).fmt(f)
    }
}

impl Read {
    /// Returns whether both may be one event. An ID from an earlier event depends on where the
    /// reader began.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let both = self.has_own_id && other.has_own_id;
        self.event_type == other.event_type
            && self.data == other.data
            && (!both || self.id == other.id)
    }
}

/// Returns the events of an event source.
pub(super) fn events(recording: &Recording) -> Vec<Read> {
    places::read(recording).0
}
