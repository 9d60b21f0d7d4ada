//! The suite for writers of event streams.

use super::{Options, Report};

/// An event to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event<'a> {
    /// The event type; `None` writes none.
    pub event_type: Option<&'a str>,
    /// The data. CR, LF and CRLF are line breaks.
    pub data: &'a str,
    /// The event ID; `None` writes none, an empty one resets the reader's.
    pub id: Option<&'a str>,
}

/// Why there are no bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The value cannot be written; the text says why.
    Refused(String),
    /// The encoder has no such operation.
    Unsupported,
}

/// What an encoder gives back: the bytes of one block, or why there are none.
pub type Encoded = Result<Vec<u8>, Refusal>;

/// A writer of event streams, as the suite drives it.
///
/// An encoder that validates its values where they are made refuses here, in the adapter, with what
/// its constructors say.
pub trait Encoder {
    /// Writes an event, with the blank line that dispatches it.
    fn event(&mut self, event: &Event<'_>) -> Encoded;

    /// Writes a comment, which may hold several lines.
    fn comment(&mut self, text: &str) -> Encoded {
        let _ = text;
        Err(Refusal::Unsupported)
    }

    /// Writes a reconnection time in milliseconds.
    fn retry(&mut self, milliseconds: u64) -> Encoded {
        let _ = milliseconds;
        Err(Refusal::Unsupported)
    }

    /// Writes what keeps an idle connection open.
    fn heartbeat(&mut self) -> Encoded {
        Err(Refusal::Unsupported)
    }

    /// Writes a block that commits a last event ID without an event.
    fn last_event_id(&mut self, id: &str) -> Encoded {
        let _ = id;
        Err(Refusal::Unsupported)
    }
}

/// Runs the suite against the encoders that `fresh` makes, a new one for each case.
pub fn run<E: Encoder>(options: &Options, fresh: impl Fn() -> E) -> Report {
    let _ = fresh;
    Report::new("encoder", options.seed)
}
