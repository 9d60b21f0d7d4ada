//! Events that own their text.

#[cfg(any(feature = "bytes", feature = "json", feature = "serde"))]
use alloc::string::String;
use alloc::sync::Arc;
#[cfg(feature = "bytes")]
use bytes::Bytes;
#[cfg(feature = "bytes")]
use bytestring::ByteString;

use super::EventRef;
#[cfg(feature = "bytes")]
use crate::error::InvalidData;
use crate::{
    error::{InvalidEventId, InvalidEventType},
    value::{EventId, EventType, Text},
};

/// An event that owns its text.
///
/// A clone shares the text and needs no allocation.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    event_type: EventType,
    data: Text,
    id: Option<EventId>,
}

impl Event {
    /// Makes an event of type `message` without an ID.
    ///
    /// The data can be any text. [`Encoder::event`](crate::Encoder::event) describes what happens to its line
    /// ends. The text is copied, unless it is an `Arc`.
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

    /// Makes an event from a constant, without an allocation.
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

    /// Makes an event from bytes, without copying them.
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
    /// Fails if the bytes are not UTF-8. The error has the position.
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

    /// Makes an event from a string, without copying it.
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

    /// Makes an event with this text. Copies it only if feature `bytes` is off.
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

    /// Returns the same event with this type.
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

    /// Returns the same event with this ID. The empty ID resets the client's last event ID.
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

    /// Returns the same event with this type, which is checked. Use it for text that is only known at run time.
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
    /// Fails like [`EventType::new`].
    pub fn try_with_type(self, event_type: impl Into<Arc<str>>) -> Result<Self, InvalidEventType> {
        Ok(self.with_type(EventType::new(event_type)?))
    }

    /// Returns the same event with this ID, which is checked. Use it for text that is only known at run time.
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
    /// Fails like [`EventId::new`].
    pub fn try_with_id(self, id: impl Into<Arc<str>>) -> Result<Self, InvalidEventId> {
        Ok(self.with_id(EventId::new(id)?))
    }

    /// Returns the event type.
    #[must_use]
    pub const fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// Returns the data.
    #[must_use]
    pub fn data(&self) -> &str {
        self.data.as_str()
    }

    /// Returns the event's own ID.
    ///
    /// An event without an ID does not change the client's last event ID.
    #[must_use]
    pub const fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }
}

/// Borrows the text of the event.
///
/// ```
/// use sse_proto::{Event, EventRef};
///
/// let event = Event::new("1").with_id(7);
/// assert_eq!(EventRef::from(&event).last_event_id(), "7");
/// ```
impl<'a> From<&'a Event> for EventRef<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            event_type: event.event_type.as_str(),
            data: event.data(),
            id: event.id().map(EventId::as_str),
        }
    }
}

/// Copies the text, with at most three allocations. A missing ID and the type `message` need none.
///
/// The ID stays as it was [decoded](EventId::decoded), even if HTTP cannot send it.
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
impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Self {
        Self {
            event_type: EventType::checked(event.event_type),
            data: Text::Shared(event.data.into()),
            id: event.id.map(EventId::committed),
        }
    }
}

#[cfg(test)]
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
