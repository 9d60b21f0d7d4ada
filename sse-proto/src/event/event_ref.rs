//! Events that borrow their text.

use core::fmt;

use crate::{
    error::{InvalidEventId, InvalidEventType},
    value::{EventId, EventType},
};

/// An event that borrows its text, from a decoder or from the caller.
///
/// Type and ID are always valid, so every such event can be encoded.
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
    /// Makes an event of type `message` without an ID.
    ///
    /// The data can be any text. [`Encoder::event`] describes what happens to its line ends.
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

    /// Returns the same event with this type.
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

    /// Returns the same event with this ID. The empty ID resets the client's last event ID.
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

    /// Returns the same event with this type. Unlike [`with_type`](Self::with_type), this also works without an
    /// allocator for text that is only known at run time.
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
    /// Fails if `event_type` is empty or contains CR or LF, as `EventType::new` does.
    pub fn try_with_type(self, event_type: &'a str) -> Result<Self, InvalidEventType> {
        EventType::check(event_type)?;
        Ok(Self { event_type, ..self })
    }

    /// Returns the same event with this ID. Unlike [`with_id`](Self::with_id), this also works without an
    /// allocator for text that is only known at run time.
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
    /// Fails if `id` cannot be sent as `Last-Event-ID`, as `EventId::new` does.
    pub fn try_with_id(self, id: &'a str) -> Result<Self, InvalidEventId> {
        EventId::check(id)?;
        let id = Some(id);
        Ok(Self { id, ..self })
    }

    /// Makes an event as the decoder dispatches it. If the last event ID is empty, the event has no ID.
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

    /// Returns the event type, which is `message` if the event does not set one.
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        self.event_type
    }

    /// Returns the data: the data lines, joined by LF.
    #[must_use]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// Returns the last event ID after this event: its own ID, or else the ID of an earlier event, or else an
    /// empty text.
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
    /// For an event from a decoder, this is the last event ID, or `None` if that is empty. A decoder does not
    /// distinguish the event's own ID from that of an earlier event.
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
