//! A reader that comes back.

use crate::driver::recording::Recording;
use crate::suite::server::observation::event::{Published, Read};
use crate::suite::server::observation::places::events;

/// A reader that came back with a last event ID.
#[derive(Debug)]
pub(crate) struct Resumption {
    pub(crate) recording: Recording,
    /// How many of the published events it says it has.
    pub(crate) after: usize,
    /// How many had been published when it was read no further.
    pub(crate) upto: usize,
    /// Set if its ID is that of a heartbeat.
    pub(crate) of_heartbeat: bool,
}

impl Resumption {
    /// Which of the published events it has, in the order in which they came.
    pub(crate) fn indices(&self, published: &[Published]) -> Vec<usize> {
        let find = |read: &Read| published.iter().position(|event| event.is(read));
        events(&self.recording).iter().filter_map(find).collect()
    }

    pub(crate) fn expected(&self) -> Vec<usize> {
        (self.after..self.upto).collect()
    }
}

/// Returns whether anything that was missed has been sent again.
pub(crate) fn replays(resumptions: &[Resumption], published: &[Published]) -> bool {
    resumptions.iter().any(|resumption| {
        let had = resumption.indices(published);
        missed(resumption).any(|missed| had.contains(&missed))
    })
}

/// The events that were published while the reader was away: the last one came afterwards.
pub(crate) fn missed(resumption: &Resumption) -> std::ops::Range<usize> {
    resumption.after..resumption.upto - 1
}
