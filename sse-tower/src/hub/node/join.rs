//! Frames put one after another, once for all subscriptions at the same position.

use bytes::BytesMut;

use crate::{
    frame::EventFrame,
    hub::node::{
        Next, Node,
        selection::{Selected, Selection},
    },
};

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

impl Node {
    /// Returns the frame and the position of the newest entry, if that is the only one after `after`. A
    /// subscription that sends each event as it comes needs nothing else, unless it has several topics.
    pub(super) fn only_entry(
        &self,
        selection: &Selection,
        after: u64,
    ) -> Option<(&EventFrame, u64)> {
        let position = match &selection.selected {
            Selected::All(_) => (after + 1 == self.head).then_some(self.head)?,
            Selected::Topics(topics) => match &**topics {
                [(key, _)] => self.topics.only(*key, after)?,
                _ => return None,
            },
        };
        Some((self.frame(position)?, position))
    }

    /// Joins the frames of the entries from the one at `first` on, up to about 16 KiB.
    pub(super) fn joined(&mut self, selection: &Selection, first: u64) -> Next {
        let cached = match &selection.selected {
            Selected::All(_) => self.join.as_ref(),
            Selected::Topics(topics) => match &**topics {
                [(key, _)] => self
                    .topics
                    .state(*key)
                    .and_then(|state| state.join.as_ref()),
                _ => None,
            },
        };
        if let Some(join) = cached
            && join.first == first
        {
            let has_more = self.has_news(selection, join.last);
            if join.is_full() || !has_more {
                let (frame, last) = (join.frame.clone(), join.last);
                return Next::Send {
                    frame,
                    last,
                    has_more,
                };
            }
        }
        let mut joining = Joining::default();
        let mut next = Some(first);
        while !joining.is_full()
            && let Some(position) = next
            && let Some(frame) = self.frame(position)
        {
            joining.push(frame.clone(), position);
            next = self.next_position(selection, position);
        }
        let is_copied = joining.copies();
        let Some((frame, last)) = joining.finish() else {
            return Next::Nothing;
        };
        if is_copied {
            let frame = frame.clone();
            let join = Some(Join { first, last, frame });
            match &selection.selected {
                Selected::All(_) => self.join = join,
                Selected::Topics(topics) => {
                    if let [(key, _)] = &**topics
                        && let Some(state) = self.topics.state_mut(*key)
                    {
                        state.join = join;
                    }
                }
            }
        }
        Next::Send {
            frame,
            last,
            has_more: next.is_some(),
        }
    }
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
