//! Events, borrowed and owned.

#[cfg(feature = "json")]
mod json;
mod log;
#[cfg(feature = "serde")]
mod serde;

#[cfg(feature = "json")]
pub use json::JsonError;

use core::fmt;

#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::sync::Arc;
#[cfg(feature = "bytes")]
use bytes::Bytes;
#[cfg(feature = "bytes")]
use bytestring::ByteString;

#[cfg(feature = "alloc")]
use crate::value::Text;
use crate::{EventId, EventType, InvalidEventId, InvalidEventType};

/// An event whose text lies elsewhere: as the decoder gives it out, or about to be encoded.
///
/// What can be put into it has been checked, so that it can always be encoded.
///
/// ```
/// use sse_proto::{EventRef, EventType};
///
/// static TICK: EventType = EventType::from_static("tick");
///
/// let event = EventRef::new("1").with_type(&TICK);
/// assert_eq!(event.event_type(), "tick");
/// assert_eq!(event.data(), "1");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventRef<'a> {
    event_type: &'a str,
    data: &'a str,
    id: Option<&'a str>,
}

impl<'a> EventRef<'a> {
    /// An event of type `message` without an ID.
    ///
    /// Any data is allowed; see [`Encoder::event`] for what becomes of its line ends.
    ///
    /// ```
    /// use sse_proto::EventRef;
    ///
    /// const DONE: EventRef<'_> = EventRef::new("[DONE]");
    /// assert_eq!((DONE.event_type(), DONE.data()), ("message", "[DONE]"));
    /// ```
    ///
    /// [`Encoder::event`]: crate::Encoder::event
    #[must_use]
    pub const fn new(data: &'a str) -> Self {
        Self {
            event_type: "message",
            data,
            id: None,
        }
    }

    /// The same event with this type.
    ///
    /// ```
    /// use sse_proto::{EventRef, EventType};
    ///
    /// let tick = EventType::from_static("tick");
    /// assert_eq!(EventRef::new("1").with_type(&tick).event_type(), "tick");
    /// ```
    #[must_use]
    pub fn with_type(self, event_type: &'a EventType) -> Self {
        let event_type = event_type.as_str();
        Self { event_type, ..self }
    }

    /// The same event with this ID; the empty one resets the client's last event ID.
    ///
    /// ```
    /// use sse_proto::{EventId, EventRef};
    ///
    /// let id = EventId::from_static("7");
    /// assert_eq!(EventRef::new("1").with_id(&id).last_event_id(), "7");
    /// ```
    #[must_use]
    pub fn with_id(self, id: &'a EventId) -> Self {
        let id = Some(id.as_str());
        Self { id, ..self }
    }

    /// As [`with_type`](Self::with_type), for text made at run time where there is no allocator.
    ///
    /// ```
    /// use sse_proto::EventRef;
    ///
    /// let event = EventRef::new("1").try_with_type("tick")?;
    /// assert_eq!(event.event_type(), "tick");
    /// let error = event.try_with_type("tick\n").unwrap_err();
    /// assert_eq!(error.position(), 4);
    /// # Ok::<(), sse_proto::InvalidEventType>(())
    /// ```
    ///
    /// # Errors
    /// As `EventType::new`.
    pub fn try_with_type(self, event_type: &'a str) -> Result<Self, InvalidEventType> {
        EventType::check(event_type)?;
        Ok(Self { event_type, ..self })
    }

    /// As [`with_id`](Self::with_id), for text made at run time where there is no allocator.
    ///
    /// ```
    /// use sse_proto::EventRef;
    ///
    /// let event = EventRef::new("1").try_with_id("a7")?;
    /// assert_eq!(event.last_event_id(), "a7");
    /// assert!(event.try_with_id("a\07").is_err());
    /// # Ok::<(), sse_proto::InvalidEventId>(())
    /// ```
    ///
    /// # Errors
    /// As `EventId::new`.
    pub fn try_with_id(self, id: &'a str) -> Result<Self, InvalidEventId> {
        EventId::check(id)?;
        let id = Some(id);
        Ok(Self { id, ..self })
    }

    /// The event as the decoder dispatches it. An empty last event ID is no ID of this event's.
    pub(crate) fn dispatched(event_type: &'a str, data: &'a str, last_event_id: &'a str) -> Self {
        Self {
            event_type: match event_type {
                "" => "message",
                named => named,
            },
            data,
            id: match last_event_id {
                "" => None,
                id => Some(id),
            },
        }
    }

    /// The event type; `message` if the event names none.
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        self.event_type
    }

    /// The data: its lines joined by LF.
    #[must_use]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// The last event ID once this event is dispatched: its own, or the last one before it, or
    /// empty.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, Item};
    ///
    /// let mut decoder = Decoder::new_in([0; 16]);
    /// let mut chunk = Chunk::new(b"id: 7\ndata: 1\n\ndata: 2\n\n");
    /// while let Some(Item::Event(event)) = decoder.decode(&mut chunk)? {
    ///     assert_eq!(event.last_event_id(), "7", "{event}");
    /// }
    /// assert!(chunk.is_empty());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> &'a str {
        self.id.unwrap_or_default()
    }

    /// How many bytes an [`Encoder`] writes for this event.
    ///
    /// Linear in the length of the data.
    ///
    /// ```
    /// use sse_proto::{Encoder, EventRef};
    ///
    /// let event = EventRef::new("one\r\ntwo");
    /// let mut encoder = Encoder::new(String::with_capacity(event.encoded_length()));
    /// encoder.event(event)?;
    /// assert_eq!(encoder.into_inner().len(), event.encoded_length());
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    ///
    /// [`Encoder`]: crate::Encoder
    #[must_use]
    pub fn encoded_length(&self) -> usize {
        crate::encode::event_length(self)
    }

    /// Encodes the event into a string without room to spare, with one allocation.
    ///
    /// The same text as by [`Encoder::event`], in the fastest way if it has to be kept or shared. Linear
    /// in the length of the event.
    ///
    /// ```
    /// use sse_proto::EventRef;
    ///
    /// let text = EventRef::new("one\ntwo").encode();
    /// assert_eq!(text, "data: one\ndata: two\n\n");
    /// assert_eq!(text.capacity(), text.len());
    /// ```
    ///
    /// [`Encoder::event`]: crate::Encoder::event
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn encode(&self) -> String {
        crate::encode::to_string(self)
    }

    /// Returns the ID that an encoder writes for this event.
    ///
    /// In an event from a decoder it is the last event ID, unless that is empty: a decoder does not tell
    /// an event's own ID from that of an event before it.
    ///
    /// ```
    /// use sse_proto::{EventId, EventRef};
    ///
    /// let reset = EventId::default();
    /// assert_eq!(EventRef::new("1").id(), None);
    /// assert_eq!(EventRef::new("1").with_id(&reset).id(), Some(""));
    /// ```
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        self.id
    }
}

impl fmt::Debug for EventRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRef")
            .field("event_type", &self.event_type)
            .field("data", &self.data)
            .field("last_event_id", &self.last_event_id())
            .finish()
    }
}

/// An event that owns its text.
///
/// Cloning costs no allocation.
///
/// ```
/// use sse_proto::{Event, EventType};
///
/// const TICK: EventType = EventType::from_static("tick");
///
/// let event = Event::new("1").with_type(TICK).with_id(42);
/// assert_eq!(event.data(), "1");
/// assert_eq!(event.event_type(), &TICK);
/// assert_eq!(event.id().unwrap().as_str(), "42");
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    event_type: EventType,
    data: Text,
    id: Option<EventId>,
}

#[cfg(feature = "alloc")]
impl Event {
    /// An event of type `message` without an ID.
    ///
    /// Any data is allowed; see [`Encoder::event`](crate::Encoder::event) for what becomes of its
    /// line ends. The text is copied, unless it comes as an `Arc`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sse_proto::Event;
    ///
    /// assert_eq!(Event::new(format!("{} °C", 21.5)).data(), "21.5 °C");
    ///
    /// let shared: Arc<str> = "for many".into();
    /// let event = Event::new(Arc::clone(&shared));
    /// assert_eq!(event.data().as_ptr(), shared.as_ptr());
    /// ```
    #[must_use]
    pub fn new(data: impl Into<Arc<str>>) -> Self {
        Self::with_data(Text::Shared(data.into()))
    }

    /// As [`new`](Self::new), without an allocation.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// const STEPS: [Event; 2] = [Event::from_static("start"), Event::from_static("stop")];
    /// assert_eq!(STEPS[1].data(), "stop");
    /// ```
    #[must_use]
    pub const fn from_static(data: &'static str) -> Self {
        Self::with_data(Text::Static(data))
    }

    /// As [`new`](Self::new), for bytes that are kept as they are, without copying them.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_proto::Event;
    ///
    /// let payload = Bytes::from_static(b"{\"a\":1}");
    /// let event = Event::from_bytes(payload.clone())?;
    /// assert_eq!(event.data().as_ptr(), payload.as_ptr());
    /// assert!(Event::from_bytes(&b"one\xE9two"[..]).is_err());
    /// # Ok::<(), sse_proto::InvalidData>(())
    /// ```
    ///
    /// # Errors
    /// If the bytes are not UTF-8. The error says where.
    #[cfg(feature = "bytes")]
    pub fn from_bytes(data: impl Into<Bytes>) -> Result<Self, InvalidData> {
        let data = data.into();
        match ByteString::try_from(data.clone()) {
            Ok(text) => Ok(Self::with_data(Text::Bytes(Arc::new(text)))),
            Err(error) => {
                let position = error.valid_up_to();
                let bad = error.error_len().and_then(|_| data.get(position));
                Err(InvalidData {
                    byte: bad.copied(),
                    position,
                })
            }
        }
    }

    /// As [`new`](Self::new), for text that is kept where it is, without copying it.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// let text = "one\ntwo".to_owned();
    /// let place = text.as_ptr();
    /// assert_eq!(Event::from_string(text).data().as_ptr(), place);
    /// ```
    #[cfg(feature = "bytes")]
    #[must_use]
    pub fn from_string(data: String) -> Self {
        Self::with_string(data)
    }

    /// An event with this text, which is copied only if it must be.
    #[cfg(any(feature = "bytes", feature = "json", feature = "serde"))]
    pub(crate) fn with_string(data: String) -> Self {
        #[cfg(feature = "bytes")]
        let data = Text::Bytes(Arc::new(data.into()));
        #[cfg(not(feature = "bytes"))]
        let data = Text::Shared(data.into());
        Self::with_data(data)
    }

    const fn with_data(data: Text) -> Self {
        Self {
            event_type: EventType::MESSAGE,
            data,
            id: None,
        }
    }

    /// The same event with this type.
    ///
    /// ```
    /// use sse_proto::{Event, EventType};
    ///
    /// const TICK: EventType = EventType::from_static("tick");
    /// assert_eq!(Event::new("1").with_type(TICK).event_type(), &TICK);
    /// ```
    #[must_use]
    pub fn with_type(self, event_type: EventType) -> Self {
        Self { event_type, ..self }
    }

    /// The same event with this ID; the empty one resets the client's last event ID.
    ///
    /// ```
    /// use sse_proto::{Event, EventId};
    ///
    /// let event = Event::new("1").with_id(42);
    /// assert_eq!(event.id().map(EventId::as_str), Some("42"));
    /// let reset = event.with_id(EventId::default());
    /// assert_eq!(reset.id().map(EventId::as_str), Some(""));
    /// ```
    #[must_use]
    pub fn with_id(self, id: impl Into<EventId>) -> Self {
        let id = Some(id.into());
        Self { id, ..self }
    }

    /// As [`with_type`](Self::with_type), for text made at run time.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// let room = 12;
    /// let event = Event::new("hello").try_with_type(format!("room-{room}"))?;
    /// assert_eq!(event.event_type().as_str(), "room-12");
    /// assert!(event.try_with_type("two\nlines").is_err());
    /// # Ok::<(), sse_proto::InvalidEventType>(())
    /// ```
    ///
    /// # Errors
    /// As [`EventType::new`].
    pub fn try_with_type(self, event_type: impl Into<Arc<str>>) -> Result<Self, InvalidEventType> {
        Ok(self.with_type(EventType::new(event_type)?))
    }

    /// As [`with_id`](Self::with_id), for text made at run time.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// let (epoch, number) = ("a7", 42);
    /// let event = Event::new("1").try_with_id(format!("{epoch}-{number}"))?;
    /// assert_eq!(event.id().unwrap().as_str(), "a7-42");
    /// assert!(event.try_with_id(" 42").is_err());
    /// # Ok::<(), sse_proto::InvalidEventId>(())
    /// ```
    ///
    /// # Errors
    /// As [`EventId::new`].
    pub fn try_with_id(self, id: impl Into<Arc<str>>) -> Result<Self, InvalidEventId> {
        Ok(self.with_id(EventId::new(id)?))
    }

    /// The event type.
    #[must_use]
    pub const fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &str {
        self.data.as_str()
    }

    /// The event's own ID.
    ///
    /// An event without one leaves the client's last event ID as it is.
    #[must_use]
    pub const fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }
}

/// The same text, which is not copied.
///
/// ```
/// use sse_proto::{Event, EventRef};
///
/// let event = Event::new("1").with_id(7);
/// assert_eq!(EventRef::from(&event).last_event_id(), "7");
/// ```
#[cfg(feature = "alloc")]
impl<'a> From<&'a Event> for EventRef<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            event_type: event.event_type.as_str(),
            data: event.data(),
            id: event.id().map(EventId::as_str),
        }
    }
}

/// Copies the text: up to three allocations, none for an absent ID or the type `message`.
///
/// The ID is kept as it was [decoded](EventId::decoded), even if no header field can carry it.
///
/// ```
/// use sse_proto::{Chunk, Decoder, Event, Item};
///
/// let (mut decoder, mut kept) = (Decoder::new(), Vec::new());
/// let mut chunk = Chunk::new(b"data: 1\n\ndata: 2\n\n");
/// while let Some(Item::Event(event)) = decoder.decode(&mut chunk)? {
///     kept.push(Event::from(event));
/// }
/// assert_eq!(kept, [Event::new("1"), Event::new("2")]);
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[cfg(feature = "alloc")]
impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Self {
        Self {
            event_type: EventType::checked(event.event_type),
            data: Text::Shared(event.data.into()),
            id: event.id.map(EventId::committed),
        }
    }
}

/// Bytes that cannot be the data of an event: they are not UTF-8.
///
/// ```
/// use sse_proto::Event;
///
/// let error = Event::from_bytes(&b"one\xE9"[..]).unwrap_err();
/// assert_eq!(error.position(), 3);
/// assert!(error.to_string().starts_with("the character at byte 3 is cut off"));
/// ```
#[cfg(feature = "bytes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidData {
    /// `None` if the bytes end within a character.
    byte: Option<u8>,
    position: usize,
}

#[cfg(feature = "bytes")]
impl InvalidData {
    /// Where the first bytes stand that are no character, from the start of the data.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

#[cfg(feature = "bytes")]
impl fmt::Display for InvalidData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.byte {
            Some(byte) => write!(f, "0x{byte:02X} at byte {} is not UTF-8", self.position)?,
            None => write!(f, "the character at byte {} is cut off", self.position)?,
        }
        f.write_str("; the data of an event is text, so encode other bytes, for example as Base64")
    }
}

#[cfg(feature = "bytes")]
impl core::error::Error for InvalidData {}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    const TICK: EventType = EventType::from_static("tick");
    const SEVEN: EventId = EventId::from_static("7");
    const TICKS: &[Event] = &[Event::from_static("1"), Event::from_static("2")];
    const NAMES: (&EventType, &EventId) = (&TICK, &SEVEN);

    #[test]
    fn constants_can_be_borrowed_with_every_feature() {
        let made = Event::new("2").with_type(NAMES.0.clone());
        assert_eq!(TICKS[1].clone().with_type(TICK), made);
        assert_eq!(NAMES.1, &EventId::from(7));
    }

    #[test]
    fn a_clone_shares_the_text() {
        let type_and_id = (EventType::new("t").unwrap(), EventId::from(1));
        let event = Event::new("x")
            .with_type(type_and_id.0)
            .with_id(type_and_id.1);
        let clone = event.clone();
        assert_eq!(clone, event);
        let places = |event: &Event| {
            let event = EventRef::from(event);
            [event.event_type, event.data, event.last_event_id()].map(str::as_ptr)
        };
        assert_eq!(places(&clone), places(&event));
    }

    #[cfg(feature = "bytes")]
    #[test]
    fn equal_however_made() {
        use alloc::{collections::BTreeSet, string::ToString, vec::Vec};

        let events = [
            Event::from_static("é\n"),
            Event::new("é\n"),
            Event::from_string("é\n".to_string()),
            Event::from_bytes("é\n".to_string()).unwrap(),
            Event::from_bytes(Vec::from("é\n")).unwrap(),
        ];
        let distinct: BTreeSet<&Text> = events.iter().map(|event| &event.data).collect();
        assert_eq!(distinct.len(), 1);
        assert!(events.iter().all(|event| event == &events[0]));
    }

    #[cfg(feature = "bytes")]
    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        use alloc::string::ToString;

        for (data, position, what) in [
            (&b"\xFF"[..], 0, "0xFF at byte 0 is not UTF-8"),
            (b"ab\xC0\x80", 2, "0xC0 at byte 2 is not UTF-8"),
            (b"a\xE2\x82", 1, "the character at byte 1 is cut off"),
            (b"a\xE2\x82c", 1, "0xE2 at byte 1 is not UTF-8"),
        ] {
            let error = Event::from_bytes(data).unwrap_err();
            assert_eq!(error.position(), position);
            assert_eq!(error.to_string().split(';').next(), Some(what));
        }
    }
}
