//! The trait that a decoder under test implements.

use crate::model::Item;

/// A reader of event streams, as the suite drives it.
///
/// A call that never returns hangs the run: a thread cannot be ended from outside, so that what is
/// called in this process is not timed. A decoder that may hang is put under the program, which ends
/// a process that keeps silent for [`Options::timeout`](crate::suite::Options::timeout), or each case is run with a test runner that
/// has a time limit.
pub trait Decoder {
    /// Takes the next chunk of the stream and returns what it completed, in order.
    ///
    /// A chunk may be empty.
    ///
    /// # Errors
    ///
    /// An error fails the case: to a decoder no stream is in error, save one that exceeds a limit
    /// (see [`Capabilities::longest_block`]).
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String>;

    /// The stream has ended. What is pending is to be discarded, so that a decoder that does
    /// nothing here is right.
    ///
    /// # Errors
    ///
    /// As for [`feed`](Self::feed).
    fn end(&mut self) -> Result<Vec<Item>, String> {
        Ok(Vec::new())
    }

    /// What this decoder reports. By default everything but the current last event ID.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// The last event ID string as of now: what a client would reconnect with. Asked for after
    /// [`end`](Self::end), and only where [`Capabilities::last_event_id`] is set.
    fn last_event_id(&self) -> String {
        String::new()
    }
}

/// What a decoder reports. What it does not report is left out of what is expected of it, and a
/// case that is about nothing else is unsupported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Reports comments. Where it leaves the space behind the colon in them, the adapter takes it
    /// away, so that they are as [`Item::Comment`] has them.
    pub comments: bool,
    /// Reports that the reconnection time was set.
    pub retry: bool,
    /// Gives each event the last event ID string, also when it was set by an earlier one.
    pub event_ids: bool,
    /// Can say what the last event ID string is, through [`Decoder::last_event_id`].
    pub last_event_id: bool,
    /// Reports an item while it is fed the chunk that completes it. One that reads a whole stream
    /// before it says anything is asked for the right items only, not for the right moment.
    pub timing: bool,
    /// How many bytes it takes from one blank line to the next, where it has a limit. Vectors that
    /// need more are unsupported.
    pub longest_block: Option<usize>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            comments: true,
            retry: true,
            event_ids: true,
            last_event_id: false,
            timing: true,
            longest_block: None,
        }
    }
}
