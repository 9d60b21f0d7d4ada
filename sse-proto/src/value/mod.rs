//! Values that an event stream can carry, checked once, where they are made.

mod event_id;

pub use event_id::{EventId, InvalidEventId};

use core::{fmt, hash::Hash};

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
#[cfg(feature = "bytes")]
use bytestring::ByteString;

/// The type of an event: what a page passes to `addEventListener`.
///
/// Any text without a line end, and not empty. [`MESSAGE`](Self::MESSAGE) is the type of an event
/// that names none. Cloning costs no allocation.
///
/// ```
/// use sse_proto::EventType;
///
/// const TICK: EventType = EventType::from_static("tick");
/// # #[cfg(feature = "alloc")] {
/// assert_eq!(EventType::new("tick")?, TICK);
/// let error = EventType::new("tick\ndata: injected").unwrap_err();
/// assert_eq!((error.character(), error.position()), (Some('\n'), 4));
/// # }
/// # Ok::<(), sse_proto::InvalidEventType>(())
/// ```
///
/// A constant that is not an event type does not compile:
///
/// ```compile_fail
/// const TWO_LINES: sse_proto::EventType = sse_proto::EventType::from_static("a\nb");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(Text);

impl EventType {
    /// The type of an event that names none.
    ///
    /// ```
    /// use sse_proto::EventType;
    ///
    /// assert_eq!(EventType::MESSAGE.as_str(), "message");
    /// assert_eq!(EventType::MESSAGE, EventType::default());
    /// ```
    pub const MESSAGE: Self = Self(Text::Static("message"));

    /// Checks `text`, in time linear in its length.
    ///
    /// ```
    /// use sse_proto::EventType;
    ///
    /// assert_eq!(EventType::new(format!("room {}", 12))?.as_str(), "room 12");
    /// assert!(EventType::new("").is_err());
    /// # Ok::<(), sse_proto::InvalidEventType>(())
    /// ```
    ///
    /// # Errors
    /// If `text` is empty or holds CR or LF. The error says where.
    #[cfg(feature = "alloc")]
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, InvalidEventType> {
        Text::shared(text, Self::check).map(Self)
    }

    /// A type known when the program is written.
    ///
    /// ```
    /// use sse_proto::{EventRef, EventType};
    ///
    /// static LEAVE: EventType = EventType::from_static("leave");
    /// assert_eq!(EventRef::new("Ann").with_type(&LEAVE).event_type(), "leave");
    /// ```
    ///
    /// # Panics
    /// If `text` is empty or holds CR or LF; in a `const`, compilation fails instead.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        match Self::check(text) {
            Ok(()) => Self(Text::Static(text)),
            Err(_) => panic!("an event type must not be empty and must not hold CR or LF"),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// For text that [`check`](Self::check) has let through, or that stood in a line of a stream.
    #[cfg(feature = "alloc")]
    pub(crate) fn checked(text: &str) -> Self {
        match text {
            "message" => Self::MESSAGE,
            text => Self(Text::Shared(text.into())),
        }
    }

    pub(crate) const fn check(text: &str) -> Result<(), InvalidEventType> {
        if text.is_empty() {
            return Err(InvalidEventType(None));
        }
        match find_forbidden(text, b"\r\n") {
            None => Ok(()),
            found => Err(InvalidEventType(found)),
        }
    }
}

impl Default for EventType {
    fn default() -> Self {
        Self::MESSAGE
    }
}

/// A text that cannot be an event type: it is empty, or holds a line end.
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
pub struct InvalidEventType(Option<Forbidden>);

impl InvalidEventType {
    /// The offending character; `None` if the text was empty.
    #[must_use]
    pub fn character(&self) -> Option<char> {
        self.0.map(|found| char::from(found.byte))
    }

    /// Where it stands, in bytes from the start of the text.
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

const ADVICE: &str = "remove or escape it";

/// A byte of a text that must not be there. All that are forbidden are ASCII, so it is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Forbidden {
    byte: u8,
    position: usize,
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

const fn find_forbidden(text: &str, forbidden: &[u8]) -> Option<Forbidden> {
    let bytes = text.as_bytes();
    let mut position = 0;
    while position < bytes.len() {
        let mut at = 0;
        while at < forbidden.len() {
            if bytes[position] == forbidden[at] {
                let byte = forbidden[at];
                return Some(Forbidden { byte, position });
            }
            at += 1;
        }
        position += 1;
    }
    None
}

/// Text that is cheap to clone: part of the program, or shared.
#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    #[cfg(feature = "alloc")]
    Shared(Arc<str>),
    /// Made without copying the text. Behind an `Arc`, because the first clone of `Bytes` may
    /// allocate, and because `Bytes` has interior mutability: if the feature brought that into the
    /// public types, a `const` of them could no longer be borrowed in another.
    #[cfg(feature = "bytes")]
    Bytes(Arc<ByteString>),
}

impl Text {
    /// Shares a text, unless `check` returns an error.
    #[cfg(feature = "alloc")]
    fn shared<E>(
        text: impl Into<Arc<str>>,
        check: impl FnOnce(&str) -> Result<(), E>,
    ) -> Result<Self, E> {
        let text = text.into();
        check(&text)?;
        Ok(Self::Shared(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            #[cfg(feature = "alloc")]
            Self::Shared(text) => text,
            #[cfg(feature = "bytes")]
            Self::Bytes(text) => text,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::Static("")
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Implements the traits that both values have.
macro_rules! text_value {
    ($value:ident, $error:ident) => {
        impl fmt::Debug for $value {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($value), self.as_str())
            }
        }

        impl fmt::Display for $value {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $value {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        #[cfg(feature = "alloc")]
        impl core::str::FromStr for $value {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::check(text)?;
                Ok(Self(Text::Shared(text.into())))
            }
        }

        #[cfg(feature = "alloc")]
        impl TryFrom<&str> for $value {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        #[cfg(feature = "alloc")]
        impl TryFrom<alloc::string::String> for $value {
            type Error = $error;

            fn try_from(text: alloc::string::String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl PartialEq<str> for $value {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $value {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }
    };
}

text_value!(EventType, InvalidEventType);
text_value!(EventId, InvalidEventId);

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn an_event_type_holds_no_line_end() {
        for (text, character, position) in [
            ("\n", '\n', 0),
            ("tick\r", '\r', 4),
            ("é\r\n", '\r', 2),
            ("a\nb\r", '\n', 1),
        ] {
            let error = EventType::new(text).unwrap_err();
            assert_eq!(error.character(), Some(character));
            assert_eq!(error.position(), position);
        }
        for text in ["tick", " ", "a:b", "\0", "\u{feff}", "\u{2028}", "\u{85}"] {
            assert_eq!(EventType::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn values_compare_with_text_and_are_made_of_it() {
        let tick = EventType::try_from("tick").unwrap();
        assert_eq!(tick, "tick");
        assert_eq!(tick, *"tick");
        assert_ne!(tick, "tock");
        let seven = EventId::try_from("7".to_string()).unwrap();
        assert_eq!(seven, "7");
        assert!(EventType::try_from("a\nb").is_err());
        assert!(EventType::try_from("".to_string()).is_err());
        assert!(EventId::try_from(" 7").is_err());
    }

    #[test]
    fn an_event_type_is_not_empty() {
        let error = EventType::new("").unwrap_err();
        assert_eq!((error.character(), error.position()), (None, 0));
        assert!(error.to_string().contains("empty"));
    }

    #[test]
    fn errors_name_the_character_and_its_position() {
        assert_eq!(
            EventType::new("ab\ncd").unwrap_err().to_string(),
            "U+000A (line feed) at byte 2 cannot be part of an event type; remove or escape it"
        );
    }

    #[test]
    fn equal_however_made() {
        assert_eq!(EventType::new("message").unwrap(), EventType::MESSAGE);
        assert_eq!("7".parse(), Ok(EventId::from(7)));
    }
}
