//! Frames put one after another, once for all subscriptions at the same position.

use bytes::BytesMut;

use crate::frame::EventFrame;

/// The size in bytes from which on no further frame is joined to others.
pub(crate) const JOIN_SIZE: usize = 16 * 1024;

/// The frames of some entries, joined.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    /// The position of the first entry.
    pub(crate) first: u64,
    /// The position of the last entry.
    pub(crate) last: u64,
    pub(crate) frame: EventFrame,
}

/// Joins frames. A single one is shared, not copied.
pub(crate) fn join(frames: &[EventFrame]) -> EventFrame {
    if let [frame] = frames {
        return frame.clone();
    }
    let length = frames.iter().map(|frame| frame.as_bytes().len()).sum();
    let mut bytes = BytesMut::with_capacity(length);
    let mut events = 0;
    for frame in frames {
        bytes.extend_from_slice(frame.as_bytes());
        events += frame.events();
    }
    EventFrame::from_encoded(bytes.freeze(), events)
}
