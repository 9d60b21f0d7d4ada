//! The ID of an event.

#[cfg(feature = "alloc")]
use alloc::{string::ToString, sync::Arc};

use super::text::Text;
#[cfg(feature = "alloc")]
use super::text::find_forbidden;
use crate::error::{Cause, Forbidden, InvalidEventId};

/// The ID of an event. A client sends it as [`Last-Event-ID`][header] to resume after that event.
///
/// A server makes IDs with [`new`](Self::new), [`from_static`](Self::from_static) or `parse`. They check
/// that the client can send the ID back in a header field. It must not contain control characters, which
/// HTTP does not allow ([RFC 9110, 5.5][field]), nor begin or end with a space, which HTTP strips. It has at
/// most [`MAX_LENGTH`](Self::MAX_LENGTH) bytes. Characters outside of ASCII are sent back as UTF-8. The empty
/// ID resets the client's last event ID.
///
/// A client [decodes](Self::decoded) IDs from a stream, and keeps them as they are.
///
/// IDs of at most 128 characters from `[A-Za-z0-9_-]` work best. For others, browsers send a preflight
/// request first if the stream is from another origin. A clone needs no allocation.
///
/// ```
/// use sse_proto::EventId;
///
/// const FIRST: EventId = EventId::from_static("1");
/// # #[cfg(feature = "alloc")] {
/// assert_eq!(EventId::new("1")?, FIRST);
/// let error = EventId::new("a\u{1}b").unwrap_err();
/// assert_eq!((error.character(), error.position()), (Some('\u{1}'), 1));
/// # }
/// # Ok::<(), sse_proto::InvalidEventId>(())
/// ```
///
/// [header]: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
/// [field]: https://www.rfc-editor.org/rfc/rfc9110#section-5.5
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub(super) Text);

impl EventId {
    /// The largest length of an ID that a server can make, in bytes: 4096.
    ///
    /// Common servers and proxies accept header fields of up to 8 KiB, some of them for all fields of
    /// a request together. Half of that leaves room for cookies. It is also enough for IDs that contain
    /// positions in several logs, such as those of Wikimedia's streams.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// use sse_proto::EventId;
    ///
    /// assert!(EventId::new("7".repeat(EventId::MAX_LENGTH)).is_ok());
    /// assert!(EventId::new("7".repeat(EventId::MAX_LENGTH + 1)).is_err());
    /// # }
    /// ```
    pub const MAX_LENGTH: usize = 4096;

    /// Makes an ID from text. Checks that a client can send it back, in time linear in its length.
    ///
    /// ```
    /// use sse_proto::EventId;
    ///
    /// assert_eq!(EventId::new(format!("{:04x}-{}", 255, 7))?.as_str(), "00ff-7");
    /// for text in ["7\n", " 7", "7\t", "\u{7F}"] {
    ///     assert!(EventId::new(text).is_err());
    /// }
    /// # Ok::<(), sse_proto::InvalidEventId>(())
    /// ```
    ///
    /// # Errors
    /// Fails if `text` contains an ASCII control character, begins or ends with a space, or has more than
    /// [`MAX_LENGTH`](Self::MAX_LENGTH) bytes. The error has the position.
    #[cfg(feature = "alloc")]
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, InvalidEventId> {
        Text::shared(text, Self::check).map(Self)
    }

    /// Makes an ID from a constant.
    ///
    /// ```
    /// use sse_proto::EventId;
    ///
    /// const NONE: EventId = EventId::from_static("");
    /// assert_eq!(NONE, EventId::default());
    /// ```
    ///
    /// A constant ID that a client cannot send back does not compile:
    ///
    /// ```compile_fail
    /// const PADDED: sse_proto::EventId = sse_proto::EventId::from_static(" 7");
    /// ```
    ///
    /// # Panics
    /// Panics if [`new`](Self::new) would return an error. In a `const`, compilation fails instead.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        match Self::check(text) {
            Ok(()) => Self(Text::Static(text)),
            Err(_) => panic!(
                "an event ID must have no control characters, no space at its start or end, \
                 and at most 4096 bytes"
            ),
        }
    }

    /// Makes an ID that a client has decoded from a stream, and may have stored since. It can be any text
    /// without CR, LF and NUL, of any length.
    ///
    /// A client keeps such an ID even if it cannot send it back. In a server, use [`new`](Self::new).
    ///
    /// ```
    /// use sse_proto::{Decoder, EventId};
    ///
    /// let stored = " 7\t"; // `Decoder::last_event_id` before the program ended.
    /// let decoder = Decoder::new().with_last_event_id(&EventId::decoded(stored)?);
    /// assert_eq!(decoder.last_event_id(), " 7\t");
    /// # Ok::<(), sse_proto::InvalidEventId>(())
    /// ```
    ///
    /// # Errors
    /// Fails if `text` contains CR, LF or NUL, because no stream can set such an ID. The error has the position.
    #[cfg(feature = "alloc")]
    pub fn decoded(text: impl Into<Arc<str>>) -> Result<Self, InvalidEventId> {
        let check = |text: &str| match find_forbidden(text, b"\r\n\0") {
            None => Ok(()),
            Some(found) => Err(InvalidEventId(Cause::Character(found))),
        };
        Text::shared(text, check).map(Self)
    }

    /// Returns the text, which may be empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Makes an ID from text that the decoder has checked.
    #[cfg(feature = "alloc")]
    pub(crate) fn committed(text: &str) -> Self {
        Self(Text::Shared(text.into()))
    }

    pub(crate) const fn check(text: &str) -> Result<(), InvalidEventId> {
        let bytes = text.as_bytes();
        let mut position = 0;
        while position < bytes.len() {
            if position == Self::MAX_LENGTH {
                let (length, max) = (bytes.len(), Self::MAX_LENGTH);
                return Err(InvalidEventId(Cause::TooLong { length, max }));
            }
            let byte = bytes[position];
            let found = Forbidden { byte, position };
            if byte.is_ascii_control() {
                return Err(InvalidEventId(Cause::Character(found)));
            }
            if byte == b' ' && (position == 0 || position == bytes.len() - 1) {
                return Err(InvalidEventId(Cause::OuterSpace(found)));
            }
            position += 1;
        }
        Ok(())
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        /// Writes the number in decimal digits.
        #[cfg(feature = "alloc")]
        impl From<$integer> for EventId {
            fn from(number: $integer) -> Self {
                Self(Text::Shared(number.to_string().into()))
            }
        }
    )*};
}

// Rows of databases have signed IDs, and a literal without a suffix is an `i32`.
from_integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_cannot_be_sent_back_is_refused() {
        let long = "7".repeat(EventId::MAX_LENGTH + 1);
        let long_of_two_bytes = "é".repeat(EventId::MAX_LENGTH / 2 + 1);
        for (text, character, position) in [
            ("1\n", Some('\n'), 1),
            ("\r", Some('\r'), 0),
            ("é\0", Some('\0'), 2),
            ("a\u{1}b", Some('\u{1}'), 1),
            ("a\tb", Some('\t'), 1),
            ("\u{1F}", Some('\u{1F}'), 0),
            ("7\u{7F}", Some('\u{7F}'), 1),
            (" 7", Some(' '), 0),
            ("7 ", Some(' '), 1),
            (" ", Some(' '), 0),
            ("\t7", Some('\t'), 0),
            ("7\t", Some('\t'), 1),
            (&long, None, EventId::MAX_LENGTH),
            (&long_of_two_bytes, None, EventId::MAX_LENGTH),
        ] {
            let error = EventId::new(text).unwrap_err();
            assert_eq!((error.character(), error.position()), (character, position));
            assert_eq!(text.parse::<EventId>(), Err(error));
            assert_eq!(EventId::check(text), Err(error));
        }
        for text in [
            "",
            "7",
            "a:b",
            "a b",
            "é",
            "\u{feff}",
            "\u{a0}",
            "\u{2028}",
            "\u{85}",
            &long[1..],
            &long_of_two_bytes[2..],
        ] {
            assert_eq!(EventId::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn an_id_that_was_decoded_is_kept() {
        let long = "7".repeat(EventId::MAX_LENGTH + 1);
        for text in [" ", "\t7 ", "a\u{1}b", "\u{7F}", &long] {
            assert_eq!(EventId::decoded(text).unwrap().as_str(), text);
        }
        for (text, position) in [("a\rb", 1), ("\n", 0), ("7\0", 1)] {
            assert_eq!(EventId::decoded(text).unwrap_err().position(), position);
        }
    }

    #[test]
    fn errors_say_what_is_wrong_and_why() {
        for (text, message) in [
            (
                "\0",
                "U+0000 (null) at byte 0 cannot be part of an event ID; remove or escape it",
            ),
            (
                "a\u{1}b",
                "U+0001 (control character) at byte 1 cannot be part of an event ID, because HTTP \
                 does not carry it in Last-Event-ID; remove or escape it",
            ),
            (
                "7 ",
                "U+0020 (space) at byte 1 cannot begin or end an event ID, because HTTP strips it \
                 from Last-Event-ID; remove or escape it",
            ),
            (
                &"7".repeat(5000),
                "an event ID of 5000 bytes is longer than 4096 bytes, so that servers may refuse it \
                 in Last-Event-ID; shorten it",
            ),
        ] {
            assert_eq!(EventId::new(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_number_is_its_digits() {
        for (id, text) in [
            (EventId::from(7), "7"),
            (EventId::from(7_u8), "7"),
            (EventId::from(7_usize), "7"),
            (EventId::from(u64::MAX), "18446744073709551615"),
            (
                EventId::from(u128::MAX),
                "340282366920938463463374607431768211455",
            ),
            (EventId::from(i64::MIN), "-9223372036854775808"),
        ] {
            assert_eq!(id.as_str(), text);
            assert_eq!(EventId::new(text), Ok(id));
        }
    }
}
