//! Events that are encoded once, as bytes.

use std::{fmt, time::Duration};

use bytes::Bytes;
use sse_proto::{Encoder, Event, EventId, EventRef};

use crate::error::BoxError;

/// Encoded lines of an event stream, cheap to clone and share.
///
/// The content of a frame cannot break the stream around it, and its neighbors in the stream cannot
/// change its meaning.
///
/// ```
/// use sse_tower::{Event, EventFrame};
///
/// let frame = EventFrame::from(Event::new("one\ntwo").with_id(7));
/// assert_eq!(frame.as_bytes(), b"data: one\ndata: two\nid: 7\n\n");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventFrame {
    bytes: Bytes,
    events: u32,
}

/// The longest reconnection time that the timers of common clients support: `i32::MAX`
/// milliseconds.
pub(crate) const MAX_RECONNECTION_TIME: Duration = Duration::from_millis(i32::MAX as u64);

impl EventFrame {
    /// Creates a frame that sets the client's reconnection time, in milliseconds, rounded up.
    ///
    /// The maximum is 2^31 - 1 milliseconds, about 24.8 days; a longer time is shortened to it. The
    /// timers of common clients, such as `setTimeout`, treat a longer time as zero and fire at
    /// once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_tower::EventFrame;
    ///
    /// let frame = EventFrame::retry(Duration::from_secs(2));
    /// assert_eq!(frame.as_bytes(), b"retry: 2000\n");
    /// assert_eq!(EventFrame::retry(Duration::MAX).as_bytes(), b"retry: 2147483647\n");
    /// ```
    #[must_use]
    pub fn retry(reconnection_time: Duration) -> Self {
        let time = reconnection_time.min(MAX_RECONNECTION_TIME);
        Self::encode(32, |encoder| encoder.retry(time))
    }

    /// Creates a frame with a comment, which clients ignore. Each line of `text` becomes a line of
    /// the comment.
    ///
    /// ```
    /// use sse_tower::EventFrame;
    ///
    /// assert_eq!(EventFrame::comment("hello").as_bytes(), b": hello\n");
    /// ```
    #[must_use]
    pub fn comment(text: &str) -> Self {
        Self::encode(text.len() + 16, |encoder| encoder.comment(text))
    }

    /// Creates a frame that sets the client's last event ID without an event, so that the client
    /// resumes after this ID.
    ///
    /// ```
    /// use sse_tower::{EventFrame, EventId};
    ///
    /// let frame = EventFrame::last_event_id(&EventId::from(7));
    /// assert_eq!(frame.as_bytes(), b"id: 7\n\n");
    /// ```
    #[must_use]
    pub fn last_event_id(id: &EventId) -> Self {
        Self::encode(id.as_str().len() + 8, |encoder| encoder.last_event_id(id))
    }

    /// Returns the encoded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the encoded bytes, which the clones of this frame share.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Returns the number of events that a client dispatches for this frame. It is 0 for a comment,
    /// and more than 1 if several events were joined into one frame.
    ///
    /// ```
    /// use sse_tower::{Event, EventFrame};
    ///
    /// assert_eq!(EventFrame::from(Event::new("one")).events(), 1);
    /// assert_eq!(EventFrame::comment("hello").events(), 0);
    /// ```
    #[must_use]
    pub const fn events(&self) -> u32 {
        self.events
    }

    /// Creates a frame from complete blocks that are already encoded.
    #[cfg(any(feature = "hub", feature = "runs"))]
    pub(crate) const fn from_encoded(bytes: Bytes, events: u32) -> Self {
        Self { bytes, events }
    }

    fn encode(capacity: usize, write: impl FnOnce(&mut Encoder<String>) -> fmt::Result) -> Self {
        let mut encoder = Encoder::new(String::with_capacity(capacity));
        // Writing to a `String` never fails.
        let _always_ok = write(&mut encoder);
        Self {
            bytes: Bytes::from(encoder.into_inner()),
            events: 0,
        }
    }
}

impl From<EventRef<'_>> for EventFrame {
    fn from(event: EventRef<'_>) -> Self {
        // `encode` returns a string without spare capacity, which converts to `Bytes` without
        // another allocation.
        Self {
            bytes: Bytes::from(event.encode()),
            events: 1,
        }
    }
}

impl From<&Event> for EventFrame {
    fn from(event: &Event) -> Self {
        Self::from(EventRef::from(event))
    }
}

impl From<Event> for EventFrame {
    fn from(event: Event) -> Self {
        Self::from(&event)
    }
}

impl fmt::Debug for EventFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventFrame").field(&self.bytes).finish()
    }
}

/// Encodes an event without the blank line at its end, with room for `room` more bytes.
#[cfg(any(feature = "hub", feature = "runs"))]
pub(crate) fn encode_lines(event: EventRef<'_>, room: usize) -> String {
    let length = event.encoded_length();
    let mut encoder = Encoder::new(String::with_capacity(length + room));
    // A String takes any text: the result of writing to it is always Ok.
    let _always_ok = encoder.event(event);
    let mut lines = encoder.into_inner();
    lines.pop();
    lines
}

/// An item of a stream of events: a `Result<T, E>`, where `T` becomes an [`EventFrame`] and `E` an error.
///
/// `T` is an [`Event`], an `EventFrame`, or any other type with `Into<EventFrame>`. `E` is any error, or
/// any other type with `Into<BoxError>`, such as a `String`. The trait is sealed.
///
/// Other items do not compile:
///
/// ```compile_fail,E0277
/// use sse_tower::{Event, Sse};
///
/// // error: a stream of events cannot yield `Event`
/// let response = Sse::new(tokio_stream::iter([Event::new("1")]));
/// ```
///
/// ```compile_fail,E0277
/// use std::convert::Infallible;
/// use sse_tower::Sse;
///
/// // error: the trait bound `EventFrame: From<String>` is not satisfied
/// let response = Sse::new(tokio_stream::iter([Ok::<_, Infallible>("1".to_owned())]));
/// ```
///
/// A stream that cannot fail has [`Infallible`](std::convert::Infallible) as its error:
///
/// ```
/// use std::convert::Infallible;
/// use sse_tower::{Event, Sse};
/// use tokio_stream::StreamExt;
///
/// let events = tokio_stream::iter([Event::new("1")]);
/// let response = Sse::new(events.map(Ok::<_, Infallible>));
/// # let _ = response;
/// ```
#[diagnostic::on_unimplemented(
    message = "a stream of events cannot yield `{Self}`",
    label = "this stream yields `{Self}`",
    note = "its items must be `Result<T, E>`, where `T` is `Event`, `EventFrame` or another type with `Into<EventFrame>`, and `E` is an error",
    note = "if the stream cannot fail, wrap its items: `stream.map(Ok::<_, std::convert::Infallible>)`"
)]
pub trait EventItem: sealed::Sealed {
    #[doc(hidden)]
    fn into_frame(self) -> Result<EventFrame, BoxError>;
}

impl<T, E> EventItem for Result<T, E>
where
    T: Into<EventFrame>,
    E: Into<BoxError>,
{
    fn into_frame(self) -> Result<EventFrame, BoxError> {
        self.map(T::into).map_err(E::into)
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T, E> Sealed for Result<T, E> {}
}
