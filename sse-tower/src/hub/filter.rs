//! Filters: what a subscription leaves out.

use std::fmt;

use sse_proto::{Chunk, Decoder, EventRef, Item};

use crate::{frame::EventFrame, hub::topic::Topic};

/// An event that was published, as a filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    topics: &'a [Topic],
    event: EventRef<'a>,
}

impl<'a> Published<'a> {
    /// Returns the topics of the event, without repetitions.
    #[must_use]
    pub const fn topics(&self) -> &'a [Topic] {
        self.topics
    }

    /// Returns the type of the event, which is `message` if none was set.
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        self.event.event_type()
    }

    /// Returns the data of the event.
    #[must_use]
    pub const fn data(&self) -> &'a str {
        self.event.data()
    }
}

/// An entry that a filter is asked about.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) position: u64,
    pub(crate) frame: EventFrame,
    pub(crate) topics: Vec<Topic>,
}

/// The filter of a subscription.
pub(crate) struct Filter {
    accepts: Box<dyn FnMut(&Published<'_>) -> bool + Send>,
    decoder: Decoder,
}

impl Filter {
    pub(crate) fn new(accepts: impl FnMut(&Published<'_>) -> bool + Send + 'static) -> Self {
        Self {
            accepts: Box::new(accepts),
            // The hub has bounded the events that it took.
            decoder: Decoder::builder().limit(usize::MAX).build(),
        }
    }

    pub(crate) fn accepts(&mut self, candidate: &Candidate) -> bool {
        let Candidate { frame, topics, .. } = candidate;
        // A frame of an entry is one whole event, so it always decodes to one.
        match self.decoder.decode(&mut Chunk::new(frame.as_bytes())) {
            Ok(Some(Item::Event(event))) => (self.accepts)(&Published { topics, event }),
            _ => false,
        }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}
