//! The event that says that events are missing.

use std::fmt;

use serde::{Deserialize, Serialize};
use sse_proto::{Event, EventType};

use crate::{
    frame::EventFrame,
    hub::entry_id::{EntryId, Epoch},
};

/// The data of a gap event: some events before this place are missing, or may be.
///
/// A hub sends it as JSON. The event's type is `gap`, unless
/// [`HubBuilder::gap_type`](crate::hub::HubBuilder::gap_type) has set another. The event that follows is
/// the oldest one that the log still has for the subscription's topics. A client that loses the gap event
/// is sent it again, since its last event ID is still the old one.
///
/// A page should load its state anew, or say that something is missing:
///
/// ```js
/// events.addEventListener("gap", (event) => {
///     const gap = JSON.parse(event.data);
///     console.warn(`events are missing: ${gap.reason}`);
///     reload();
/// });
/// ```
///
/// A client in Rust reads the data with serde:
///
/// ```
/// use sse_tower::hub::{Gap, GapReason};
///
/// let data = r#"{"reason":"trimmed","first_available":"00000000000000ff-8","head":"00000000000000ff-9"}"#;
/// let gap: Gap = serde_json::from_str(data)?;
/// assert_eq!(gap.reason(), GapReason::Trimmed);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    reason: GapReason,
    first_available: Option<String>,
    head: String,
}

/// Why events are missing, or may be missing.
///
/// More reasons may be added, so treat an unknown one like [`Epoch`](Self::Epoch).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GapReason {
    /// The log no longer has the events that follow the client's last event ID.
    Trimmed,
    /// The client's last event ID is of another log. The usual cause is that the server was restarted
    /// and its log was in memory.
    Epoch,
    /// The client's last event ID is not one that a hub has made.
    Malformed,
    /// The client reads so slowly that the log lost events before they were sent.
    Slow,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

impl GapReason {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Trimmed => "trimmed",
            Self::Epoch => "epoch",
            Self::Malformed => "malformed",
            Self::Slow => "slow",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Gap {
    /// Returns why events are missing.
    #[must_use]
    pub const fn reason(&self) -> GapReason {
        self.reason
    }

    /// Returns the ID of the oldest entry that the log still had when it sent this, whatever its topics.
    /// `None` if the log was empty.
    #[must_use]
    pub fn first_available(&self) -> Option<&str> {
        self.first_available.as_deref()
    }

    /// Returns the ID of the newest entry at that time.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Makes a gap event. A client that got it resumes after the position `next - 1`.
    pub(crate) fn frame(
        reason: GapReason,
        event_type: &EventType,
        log: &Extent,
        resume_after: EntryId,
    ) -> EventFrame {
        let (epoch, check) = (log.epoch, None);
        let is_empty = log.floor > log.head.position;
        let gap = Self {
            reason,
            first_available: (!is_empty).then(|| {
                let position = log.floor;
                let first = EntryId {
                    epoch,
                    position,
                    check,
                };
                first.text()
            }),
            head: log.head.text(),
        };
        // A struct of strings always becomes JSON.
        let data = serde_json::to_string(&gap).unwrap_or_default();
        let event = Event::new(data).with_type(event_type.clone());
        EventFrame::from(event.with_id(resume_after.to_event_id()))
    }
}

/// The first and the last entry of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) epoch: Epoch,
    /// The position of the oldest entry. In an empty log it is one more than the head's.
    pub(crate) floor: u64,
    /// The newest entry. Its position is 0 if there was none yet.
    pub(crate) head: EntryId,
}
