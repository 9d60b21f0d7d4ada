//! The type of an event.

#[cfg(feature = "alloc")]
use alloc::sync::Arc;

use super::text::{Text, find_forbidden};
use crate::error::InvalidEventType;

/// The type of an event, which a web page passes to `addEventListener`.
///
/// It is any text without a line end, and is not empty. An event that does not set a type has the type
/// [`MESSAGE`](Self::MESSAGE). A clone needs no allocation.
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
    /// The type of an event that does not set one.
    ///
    /// ```
    /// use sse_proto::EventType;
    ///
    /// assert_eq!(EventType::MESSAGE.as_str(), "message");
    /// assert_eq!(EventType::MESSAGE, EventType::default());
    /// ```
    pub const MESSAGE: Self = Self(Text::Static("message"));

    /// Makes an event type from text, which is checked in time linear in its length.
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
    /// Fails if `text` is empty or contains CR or LF. The error has the position.
    #[cfg(feature = "alloc")]
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, InvalidEventType> {
        Text::shared(text, Self::check).map(Self)
    }

    /// Makes an event type from a constant.
    ///
    /// ```
    /// use sse_proto::{EventRef, EventType};
    ///
    /// static LEAVE: EventType = EventType::from_static("leave");
    /// assert_eq!(EventRef::new("Ann").with_type(&LEAVE).event_type(), "leave");
    /// ```
    ///
    /// # Panics
    /// Panics if `text` is empty or contains CR or LF. In a `const`, compilation fails instead.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        match Self::check(text) {
            Ok(()) => Self(Text::Static(text)),
            Err(_) => panic!("an event type must not be empty and must not hold CR or LF"),
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Makes an event type from text that was checked before, or that comes from one line of a stream.
    #[cfg(feature = "alloc")]
    pub(crate) fn checked(text: &str) -> Self {
        match text {
            "message" => Self::MESSAGE,
            text => Self(Text::Shared(text.into())),
        }
    }

    pub(crate) const fn check(text: &str) -> Result<(), InvalidEventType> {
        if text.is_empty() {
            return Err(InvalidEventType::EMPTY);
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
