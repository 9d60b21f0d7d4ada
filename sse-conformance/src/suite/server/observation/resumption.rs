//! A client that comes back.

use crate::driver::recording::Recording;
use crate::suite::server::observation::event::{Published, Read};
use crate::suite::server::observation::places::events;

/// A client that came back with a last event ID.
#[derive(Debug)]
pub(crate) struct Resumption {
    pub(crate) recording: Recording,
    /// The number of published events that the client had, by its ID.
    pub(crate) after: usize,
    /// The number of events that were published by the end of reading.
    pub(crate) upto: usize,
    /// Set if the ID is that of a heartbeat.
    pub(crate) of_heartbeat: bool,
}

impl Resumption {
    /// Returns the published events that the client got, in the order in which they arrived.
    pub(crate) fn indices(&self, published: &[Published]) -> Vec<usize> {
        let find = |read: &Read| published.iter().position(|event| event.is(read));
        events(&self.recording).iter().filter_map(find).collect()
    }

    pub(crate) fn expected(&self) -> Vec<usize> {
        (self.after..self.upto).collect()
    }
}

/// Returns whether any missed event was sent again.
pub(crate) fn replays(resumptions: &[Resumption], published: &[Published]) -> bool {
    resumptions.iter().any(|resumption| {
        let had = resumption.indices(published);
        missed(resumption).any(|missed| had.contains(&missed))
    })
}

/// Returns the events that were published while the client was away. The last one was published
/// afterwards.
pub(crate) fn missed(resumption: &Resumption) -> std::ops::Range<usize> {
    resumption.after..resumption.upto - 1
}
