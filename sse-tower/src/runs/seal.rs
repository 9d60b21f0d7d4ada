//! The ends of runs.

use std::fmt;

use serde::{Deserialize, Serialize};
use sse_proto::{Event, EventType};

/// The end of a run. A run has one seal, and nothing follows it.
///
/// Followers get it as an event whose type and data are its [name](Self::name), unless
/// [`RunsBuilder::seal_event`](crate::runs::RunsBuilder::seal_event) says otherwise.
///
/// ```
/// use sse_tower::runs::Seal;
///
/// assert_eq!(Seal::TooLarge.name(), "too_large");
/// assert_eq!(Seal::from_name("too_large"), Some(Seal::TooLarge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Seal {
    /// The producer's stream is complete.
    End,
    /// The run was stopped, or nobody watched it for the time of
    /// [`stop_when_unwatched`](crate::runs::Start::stop_when_unwatched).
    Stopped,
    /// The producer has vanished, or the store has lost events. The answer may be incomplete.
    Interrupted,
    /// The run has reached a bound of the [`RunsBuilder`](crate::runs::RunsBuilder).
    TooLarge,
    /// The producer's stream has failed or panicked.
    Failed,
}

impl Seal {
    const ALL: [Self; 5] = [
        Self::End,
        Self::Stopped,
        Self::Interrupted,
        Self::TooLarge,
        Self::Failed,
    ];

    /// Returns the name: `end`, `stopped`, `interrupted`, `too_large` or `failed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
            Self::Failed => "failed",
        }
    }

    /// Returns the seal with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|seal| seal.name() == name)
    }

    /// Returns the event that followers get by default.
    pub(crate) fn event(self) -> Event {
        let event_type = match self {
            Self::End => EventType::from_static("end"),
            Self::Stopped => EventType::from_static("stopped"),
            Self::Interrupted => EventType::from_static("interrupted"),
            Self::TooLarge => EventType::from_static("too_large"),
            Self::Failed => EventType::from_static("failed"),
        };
        Event::from_static(self.name()).with_type(event_type)
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
