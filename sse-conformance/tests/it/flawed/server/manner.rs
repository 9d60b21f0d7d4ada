//! Decides when the streams of a server end by themselves, and which events have IDs.

use std::time::Duration;

use super::Flaw;

/// The way in which a server sends its streams.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// The number of events after which a stream ends.
    pub(super) events: Option<usize>,
    /// The time after which a stream ends.
    pub(super) time: Option<Duration>,
    /// The reconnection time at the start of each stream.
    pub(super) retry: Option<u32>,
    /// Every event with a number divisible by this one has an ID.
    pub(super) id_every: Option<u64>,
    /// Set if the ID is in a separate block.
    pub(super) id_in_block: bool,
}

impl Flaw {
    pub(super) fn manner(self) -> Manner {
        let endless = Manner {
            events: None,
            time: None,
            retry: None,
            id_every: Some(1),
            id_in_block: false,
        };
        let each = Manner {
            events: Some(1),
            ..endless
        };
        let in_time = Manner {
            time: Some(Duration::from_millis(300)),
            ..endless
        };
        match self {
            Flaw::EndsAfterEach
            | Flaw::EndsByClosing
            | Flaw::EndsAfterEachShortLog
            | Flaw::EndsAfterEachAndLoses
            | Flaw::TicksAndEnds
            | Flaw::HalfAtEachEnd
            | Flaw::MoreAfterEachEnd
            | Flaw::GarbageWhenKept
            | Flaw::NotLetInAgain => each,
            Flaw::InsistsOnRetry => Manner {
                retry: Some(600),
                ..each
            },
            Flaw::EndsAfterThree | Flaw::EndsThenStops | Flaw::TicksThenStops => Manner {
                events: Some(3),
                ..endless
            },
            Flaw::EndsInTime => in_time,
            Flaw::EndsWithRetry => Manner {
                retry: Some(3000),
                ..each
            },
            Flaw::EndsWithoutIds => Manner {
                id_every: None,
                ..each
            },
            Flaw::EndsInTimeWithoutIds => Manner {
                id_every: None,
                ..in_time
            },
            Flaw::Checkpoints => Manner {
                id_every: Some(3),
                ..endless
            },
            Flaw::CheckpointBlocks => Manner {
                id_every: Some(3),
                id_in_block: true,
                ..endless
            },
            Flaw::EndsBetweenCheckpoints => Manner {
                // So many events that each stream has an ID.
                events: Some(4),
                id_every: Some(3),
                ..endless
            },
            Flaw::IdAfterEvent => Manner {
                id_in_block: true,
                ..endless
            },
            Flaw::Minimal => Manner {
                id_every: None,
                ..endless
            },
            _ => endless,
        }
    }

    /// Returns whether the server publishes by itself and has no hook.
    pub(super) fn ticks(self) -> bool {
        let ticking = [
            Flaw::Ticks,
            Flaw::TicksAndEnds,
            Flaw::TicksWithCheckpoints,
            Flaw::TicksThenStops,
        ];
        ticking.contains(&self)
    }
}
