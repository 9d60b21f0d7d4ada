//! The trait that a decoder under test implements.

use crate::model::Item;

/// A decoder of event streams, as the suite calls it.
///
/// A call that never returns hangs the run: a thread cannot be ended from outside, so calls in this
/// process are not timed. If a decoder may hang, judge it with the program, which ends a process
/// that does not answer within [`Options::timeout`](crate::suite::Options::timeout). Or run each
/// case with a test runner that has a time limit.
pub trait Decoder {
    /// Takes the next chunk of the stream and returns the items that it completes, in order.
    ///
    /// A chunk may be empty.
    ///
    /// # Errors
    ///
    /// An error fails the case. For a decoder no stream is an error, except one that exceeds a
    /// limit (see [`Capabilities::longest_block`]).
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String>;

    /// Takes the end of the stream. The standard discards a pending event, so a decoder that does
    /// nothing here is right.
    ///
    /// # Errors
    ///
    /// An error fails the case, as for [`feed`](Self::feed).
    fn end(&mut self) -> Result<Vec<Item>, String> {
        Ok(Vec::new())
    }

    /// Returns what this decoder reports. By default, that is everything except the current last
    /// event ID.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// Returns the current last event ID string, with which a client would reconnect. The suite
    /// calls this after [`end`](Self::end), and only if [`Capabilities::last_event_id`] is set.
    fn last_event_id(&self) -> String {
        String::new()
    }
}

/// The things that a decoder reports. The suite does not expect anything else, and a case that is only about
/// something else is unsupported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Reports comments. If the decoder keeps the space after the colon, the adapter removes it, so
    /// that comments are as [`Item::Comment`] has them.
    pub comments: bool,
    /// Reports that the reconnection time was set.
    pub retry: bool,
    /// Reports the last event ID string of each event, even if an earlier event set it.
    pub event_ids: bool,
    /// Can return the last event ID string, through [`Decoder::last_event_id`].
    pub last_event_id: bool,
    /// Reports each item from the call that feeds the chunk which completes it. A decoder that
    /// first reads the whole stream is asked only for the right items, not for the right moment.
    pub timing: bool,
    /// The number of bytes that it accepts from one blank line to the next, if it has a limit.
    /// Vectors that need more are unsupported.
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
