//! Events whose text lies elsewhere.

use core::fmt;

use crate::{
    error::{InvalidEventId, InvalidEventType},
    value::{EventId, EventType},
};

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
    pub(super) event_type: &'a str,
    pub(super) data: &'a str,
    pub(super) id: Option<&'a str>,
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
