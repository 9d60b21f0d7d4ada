//! Where a subscription begins.

use std::sync::Arc;

use crate::{
    hub::{
        entry_id::EntryId,
        gap::GapReason,
        node::{Check, Node},
        topic::{InvalidTopic, Topics},
    },
    last_event_id::LastEventId,
};

/// Data for the beginning of a subscription.
pub(super) struct Beginning {
    /// `None` for all topics.
    pub(super) topics: Result<Option<Topics>, InvalidTopic>,
    pub(super) start: Start,
    pub(super) resume: Resume,
    pub(super) key: Option<Arc<str>>,
}

/// Where a client without a last event ID begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// After the newest entry at the time of the subscription.
    Now(EntryId),
    /// With the oldest entry.
    Oldest,
}

/// The last event ID of the client.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resume {
    Absent,
    Malformed,
    After(EntryId),
}

impl Resume {
    pub(super) fn after(last_event_id: &LastEventId) -> Self {
        match last_event_id.get() {
            Some(id) => EntryId::parse(id.as_str()).map_or(Self::Malformed, Self::After),
            None if last_event_id.is_malformed() => Self::Malformed,
            None => Self::Absent,
        }
    }
}

/// The position where a subscription begins, or the reason for a gap event.
#[derive(Debug)]
pub(super) enum Begin {
    At {
        id: EntryId,
        /// True if the client does not have this ID yet.
        is_new: bool,
    },
    Gap(GapReason),
    /// The log has to show that this is the entry which the client has received.
    Verify(EntryId),
}

impl Beginning {
    /// Finds the position. `generation` is that of the log at the time of the subscription.
    pub(super) fn find(&self, node: &Node, generation: u32, is_in_memory: bool) -> Begin {
        let id = match (self.resume, self.start) {
            (Resume::Malformed, _) => return Begin::Gap(GapReason::Malformed),
            (Resume::After(id), _) => id,
            (Resume::Absent, Start::Now(_)) if generation != node.generation() => {
                return Begin::Gap(GapReason::Epoch);
            }
            (Resume::Absent, Start::Now(id)) => return Begin::At { id, is_new: true },
            (Resume::Absent, Start::Oldest) => {
                let id = node.id_at(node.extent().floor - 1);
                return Begin::At { id, is_new: true };
            }
        };
        if id.epoch != node.head().epoch {
            return match is_in_memory {
                true => Begin::Gap(GapReason::Epoch),
                // Another node may already know a log that is new to this one.
                false => Begin::Verify(id),
            };
        }
        match node.check(id.position) {
            Check::Is(check) if !id.may_have(check) => Begin::Gap(GapReason::Epoch),
            Check::InLog if id.check.is_some() => Begin::Verify(id),
            Check::Ahead if is_in_memory => Begin::Gap(GapReason::Epoch),
            Check::Ahead => Begin::Verify(id),
            // The check bits of a lost entry cannot be compared. There is a gap if the log has lost later
            // entries of these topics as well.
            Check::Is(_) | Check::InLog | Check::Gone => Begin::At { id, is_new: false },
        }
    }
}
