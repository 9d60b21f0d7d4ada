//! The suite for readers of event streams.

use super::{Options, Report};
use crate::model::Item;

/// A reader of event streams, as the suite drives it.
pub trait Decoder {
    /// Takes the next chunk of the stream and returns what it completed, in order.
    ///
    /// A chunk may be empty. An error fails the case: no stream is in error for a decoder, save one
    /// that exceeds a limit (see [`Capabilities::longest_line`]).
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String>;

    /// What this decoder reports. By default everything but the current last event ID.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// The last event ID string as of now: what a client would reconnect with. Asked for only
    /// where [`Capabilities::last_event_id`] is set.
    fn last_event_id(&self) -> String {
        String::new()
    }
}

/// What a decoder reports. What it does not report is left out of what is expected of it, and a
/// case that is about nothing else is unsupported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Reports comments.
    pub comments: bool,
    /// Reports that the reconnection time was set.
    pub retry: bool,
    /// Gives each event the last event ID string, also when it was set by an earlier one.
    pub event_ids: bool,
    /// Can say what the last event ID string is, through [`Decoder::last_event_id`].
    pub last_event_id: bool,
    /// The longest line, and the longest event, in bytes; `None` for no limit.
    pub longest_line: Option<usize>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            comments: true,
            retry: true,
            event_ids: true,
            last_event_id: false,
            longest_line: None,
        }
    }
}

/// Runs the suite against the decoders that `fresh` makes, a new one for each stream.
pub fn run<D: Decoder>(options: &Options, fresh: impl Fn() -> D) -> Report {
    let _ = fresh;
    Report::new("decoder", options.seed)
}
