//! An event as an entry of a log: its lines, and the frame that they become with an ID.

use bytes::Bytes;
use sse_proto::{Event, EventRef, EventType};

use crate::{
    frame::{EventFrame, encode_lines},
    hub::{
        entry_id::EntryId,
        publish::{error::PublishError, id::PublishId},
        topic::{IntoTopics, Topics},
    },
};

/// The room that an entry's ID takes: `id: `, its text, and two line ends.
const ID_LINES: usize = 4 + EntryId::MAX_LENGTH + 2;

/// An event that is ready to be appended to a log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) topics: Topics,
    /// The event's lines without its ID and without the blank line.
    pub(crate) text: String,
    pub(crate) publish_id: Option<PublishId>,
}

impl Entry {
    /// Encodes an event.
    pub(crate) fn new(
        topics: impl IntoTopics,
        event: &Event,
        gap_type: &EventType,
    ) -> Result<Self, PublishError> {
        let topics = topics.into_topics().map_err(PublishError::invalid_topic)?;
        if event.id().is_some() {
            return Err(PublishError::has_id());
        }
        if event.event_type() == gap_type {
            return Err(PublishError::reserved_type(gap_type));
        }
        // The blank line follows the ID.
        let text = encode_lines(EventRef::from(event), ID_LINES);
        Ok(Self {
            topics,
            text,
            publish_id: None,
        })
    }
}

/// Ends the lines of an event with its ID.
pub(crate) fn frame(mut lines: String, id: EntryId) -> EventFrame {
    lines.push_str("id: ");
    id.push_to(&mut lines);
    lines.push_str("\n\n");
    EventFrame::from_encoded(Bytes::from(lines), 1)
}
