//! The errors of a text that cannot be an event type, or an event ID.

use core::fmt;

/// The error of a text that cannot be an event type, because it is empty or contains a line end.
///
/// ```
/// use sse_proto::EventRef;
///
/// let error = EventRef::new("1").try_with_type("tick\n").unwrap_err();
/// assert_eq!((error.character(), error.position()), (Some('\n'), 4));
/// assert_eq!(
///     error.to_string(),
///     "U+000A (line feed) at byte 4 cannot be part of an event type; remove or escape it"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEventType(pub(crate) Option<Forbidden>);

impl InvalidEventType {
    pub(crate) const EMPTY: Self = Self(None);

    /// Returns the invalid character, or `None` if the text was empty.
    #[must_use]
    pub fn character(&self) -> Option<char> {
        self.0.map(|found| char::from(found.byte))
    }

    /// Returns the position of that character, in bytes from the start of the text.
    #[must_use]
    pub fn position(&self) -> usize {
        self.0.map_or(0, |found| found.position)
    }
}

impl fmt::Display for InvalidEventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(found) => write!(f, "{found} cannot be part of an event type; {ADVICE}"),
            None => f.write_str("an event type cannot be empty; leave it out for `message`"),
        }
    }
}

impl core::error::Error for InvalidEventType {}

/// The error of a text that cannot be an event ID.
///
/// ```
/// use sse_proto::EventRef;
///
/// let error = EventRef::new("1").try_with_id("a\07").unwrap_err();
/// assert_eq!((error.character(), error.position()), (Some('\0'), 1));
/// assert!(error.to_string().starts_with("U+0000 (null) at byte 1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEventId(pub(crate) Cause);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Character(Forbidden),
    /// A space at the start or the end.
    OuterSpace(Forbidden),
    TooLong {
        length: usize,
        max: usize,
    },
}

impl InvalidEventId {
    /// Returns the invalid character, or `None` if the text is too long.
    #[must_use]
    pub fn character(&self) -> Option<char> {
        match self.0 {
            Cause::Character(found) | Cause::OuterSpace(found) => Some(char::from(found.byte)),
            Cause::TooLong { .. } => None,
        }
    }

    /// Returns the position of the invalid character, in bytes from the start of the text. If the text
    /// is too long, returns [`EventId::MAX_LENGTH`](crate::EventId::MAX_LENGTH).
    #[must_use]
    pub const fn position(&self) -> usize {
        match self.0 {
            Cause::Character(found) | Cause::OuterSpace(found) => found.position,
            Cause::TooLong { max, .. } => max,
        }
    }
}

impl fmt::Display for InvalidEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cause::Character(found) if matches!(found.byte, b'\r' | b'\n' | 0) => {
                write!(f, "{found} cannot be part of an event ID; {ADVICE}")
            }
            Cause::Character(found) => write!(
                f,
                "{found} cannot be part of an event ID, because HTTP does not carry it in \
                 Last-Event-ID; {ADVICE}"
            ),
            Cause::OuterSpace(found) => write!(
                f,
                "{found} cannot begin or end an event ID, because HTTP strips it from \
                 Last-Event-ID; {ADVICE}"
            ),
            Cause::TooLong { length, max } => write!(
                f,
                "an event ID of {length} bytes is longer than {max} bytes, so that servers may refuse \
                 it in Last-Event-ID; shorten it"
            ),
        }
    }
}

impl core::error::Error for InvalidEventId {}

const ADVICE: &str = "remove or escape it";

/// A byte that a text must not contain. All forbidden bytes are ASCII, so each is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forbidden {
    pub(crate) byte: u8,
    pub(crate) position: usize,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.byte {
            0 => "null",
            b'\t' => "tab",
            b'\n' => "line feed",
            b'\r' => "carriage return",
            b' ' => "space",
            0x7F => "delete",
            _ => "control character",
        };
        write!(f, "U+{:04X} ({name}) at byte {}", self.byte, self.position)
    }
}
