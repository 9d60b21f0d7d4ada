//! The trait that an encoder under test implements.

use crate::event::Event;

/// The largest integer up to which a double holds every integer exactly: 2^53 - 1. Many languages
/// read JSON numbers as doubles.
pub(crate) const MAX_EXACT_DOUBLE: u64 = (1 << 53) - 1;

/// The reason why there are no bytes.
///
/// The enum is exhaustive on purpose: the reason is the value, a missing operation, or a defect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The value cannot be written. The text says why.
    Refused(String),
    /// The encoder has no such operation.
    Unsupported,
    /// The encoder failed: an exception, a crash, or an invalid answer. It counts like a panic.
    Broken(String),
}

/// The result of an encoder: the bytes of one block, or the reason why there are none.
pub type Encoded = Result<Vec<u8>, Refusal>;

/// An encoder of event streams, as the suite calls it.
///
/// If an encoder validates its values in constructors, the adapter returns their errors as a
/// refusal.
///
/// A call that never returns hangs the run, as with a [decoder](crate::suite::decoder::Decoder):
/// calls in this process are not timed.
pub trait Encoder {
    /// Writes an event, with the blank line that dispatches it.
    ///
    /// # Errors
    ///
    /// Fails if the event type or the ID cannot be written, or the encoder has no such field.
    fn event(&mut self, event: &Event<'_>) -> Encoded;

    /// Writes a comment, which may have several lines.
    ///
    /// # Errors
    ///
    /// Fails if the encoder has no comments. That is the default.
    fn comment(&mut self, text: &str) -> Encoded {
        let _ = text;
        Err(Refusal::Unsupported)
    }

    /// Writes a reconnection time in milliseconds.
    ///
    /// A time above 2^31 - 1 may be refused. A time that is written must not be rounded or wrapped.
    ///
    /// # Errors
    ///
    /// Fails if the encoder cannot set a reconnection time. That is the default.
    fn retry(&mut self, milliseconds: u64) -> Encoded {
        let _ = milliseconds;
        Err(Refusal::Unsupported)
    }

    /// Writes a heartbeat, which keeps an idle connection open.
    ///
    /// # Errors
    ///
    /// Fails if the encoder has no heartbeat. That is the default.
    fn heartbeat(&mut self) -> Encoded {
        Err(Refusal::Unsupported)
    }

    /// Writes a block that sets the last event ID without an event.
    ///
    /// # Errors
    ///
    /// Fails if the ID cannot be written, or the encoder has no such block. The latter is the
    /// default.
    fn last_event_id(&mut self, id: &str) -> Encoded {
        let _ = id;
        Err(Refusal::Unsupported)
    }
}
