//! The trait that an encoder under test implements.

use crate::event::Event;

/// The largest of the whole numbers that a double holds exactly: 2^53 - 1. Many languages read JSON
/// numbers as doubles.
pub(crate) const MAX_EXACT_DOUBLE: u64 = (1 << 53) - 1;

/// Why there are no bytes.
///
/// The enum is exhaustive on purpose: it is about the value, about all values, or a mistake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The value cannot be written; the text says why.
    Refused(String),
    /// The encoder has no such operation.
    Unsupported,
    /// The encoder broke: an exception, a crash, an answer that is none. As bad as a panic.
    Broken(String),
}

/// What an encoder gives back: the bytes of one block, or why there are none.
pub type Encoded = Result<Vec<u8>, Refusal>;

/// A writer of event streams, as the suite drives it.
///
/// An encoder that validates its values where they are made refuses here, in the adapter, with what
/// its constructors say.
///
/// A call that never returns hangs the run, as it does of a
/// [decoder](crate::suite::decoder::Decoder): what is called in this process is not timed.
pub trait Encoder {
    /// Writes an event, with the blank line that dispatches it.
    ///
    /// # Errors
    ///
    /// Where the event type or the ID cannot be written, or the encoder has no such field.
    fn event(&mut self, event: &Event<'_>) -> Encoded;

    /// Writes a comment, which may hold several lines.
    ///
    /// # Errors
    ///
    /// Where the encoder has no comments, as by default.
    fn comment(&mut self, text: &str) -> Encoded {
        let _ = text;
        Err(Refusal::Unsupported)
    }

    /// Writes a reconnection time in milliseconds.
    ///
    /// A time above 2^31 - 1 may be refused. One that is written must not be rounded or wrapped.
    ///
    /// # Errors
    ///
    /// Where the encoder cannot set one, as by default.
    fn retry(&mut self, milliseconds: u64) -> Encoded {
        let _ = milliseconds;
        Err(Refusal::Unsupported)
    }

    /// Writes what keeps an idle connection open.
    ///
    /// # Errors
    ///
    /// Where the encoder has no heartbeat, as by default.
    fn heartbeat(&mut self) -> Encoded {
        Err(Refusal::Unsupported)
    }

    /// Writes a block that commits a last event ID without an event.
    ///
    /// # Errors
    ///
    /// Where the ID cannot be written, or the encoder has no such block, as by default.
    fn last_event_id(&mut self, id: &str) -> Encoded {
        let _ = id;
        Err(Refusal::Unsupported)
    }
}
