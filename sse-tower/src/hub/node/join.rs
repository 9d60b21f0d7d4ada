//! Frames put one after another, once for all subscriptions at the same position.

use bytes::BytesMut;

use crate::frame::EventFrame;

/// The size in bytes from which on no further frame is joined to others.
const JOIN_SIZE: usize = 16 * 1024;

/// The frames of some entries, joined.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    /// The position of the first entry.
    pub(crate) first: u64,
    /// The position of the last entry.
    pub(crate) last: u64,
    pub(crate) frame: EventFrame,
}

/// Frames of entries that are to be joined.
#[derive(Debug, Default)]
pub(crate) struct Joining {
    frames: Vec<EventFrame>,
    length: usize,
    last: u64,
}

impl Join {
    /// Returns whether it would not grow if entries were added to the log.
    pub(crate) fn is_full(&self) -> bool {
        self.frame.as_bytes().len() >= JOIN_SIZE
    }
}

impl Joining {
    /// Returns whether no further frame should be added.
    pub(crate) const fn is_full(&self) -> bool {
        self.length >= JOIN_SIZE
    }

    /// Returns whether frames will be copied, instead of sharing a single one.
    pub(crate) fn copies(&self) -> bool {
        self.frames.len() > 1
    }

    /// Adds the frame of the entry at `position`.
    pub(crate) fn push(&mut self, frame: EventFrame, position: u64) {
        self.length += frame.as_bytes().len();
        self.last = position;
        self.frames.push(frame);
    }

    /// Joins the frames, and returns the position of the last one. `None` if there is no frame.
    pub(crate) fn finish(mut self) -> Option<(EventFrame, u64)> {
        let joined = match self.frames.len() {
            0 | 1 => self.frames.pop()?,
            _ => {
                let mut bytes = BytesMut::with_capacity(self.length);
                let mut events = 0;
                for frame in &self.frames {
                    bytes.extend_from_slice(frame.as_bytes());
                    events += frame.events();
                }
                EventFrame::from_encoded(bytes.freeze(), events)
            }
        };
        Some((joined, self.last))
    }
}
