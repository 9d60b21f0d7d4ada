//! Events, borrowed and owned.

use core::fmt;

#[cfg(feature = "alloc")]
use alloc::sync::Arc;

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
/// assert_eq!(event.last_event_id(), "");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventRef<'a> {
    event_type: &'a str,
    data: &'a str,
    id: Option<&'a str>,
}

impl<'a> EventRef<'a> {
    /// An event of type `message` without an ID. Any data is allowed; see [`Encoder::event`] for
    /// what becomes of its line ends.
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
    #[must_use]
    pub fn with_type(self, event_type: &'a EventType) -> Self {
        let event_type = event_type.as_str();
        Self { event_type, ..self }
    }

    /// The same event with this ID; the empty one resets the client's last event ID.
    #[must_use]
    pub fn with_id(self, id: &'a EventId) -> Self {
        let id = Some(id.as_str());
        Self { id, ..self }
    }

    /// As [`with_type`](Self::with_type), for text made at run time where there is no allocator.
    ///
    /// # Errors
    /// As [`EventType::new`].
    pub fn try_with_type(self, event_type: &'a str) -> Result<Self, InvalidEventType> {
        EventType::check(event_type)?;
        Ok(Self { event_type, ..self })
    }

    /// As [`with_id`](Self::with_id), for text made at run time where there is no allocator.
    ///
    /// # Errors
    /// As [`EventId::new`].
    pub fn try_with_id(self, id: &'a str) -> Result<Self, InvalidEventId> {
        EventId::check(id)?;
        let id = Some(id);
        Ok(Self { id, ..self })
    }

    /// The event as the decoder dispatches it. An empty last event ID is no ID of this event's.
    #[cfg(feature = "alloc")]
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
    #[must_use]
    pub fn last_event_id(&self) -> &'a str {
        self.id.unwrap_or_default()
    }

    pub(crate) const fn id(&self) -> Option<&'a str> {
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

/// An event that owns its text. Cloning costs no allocation.
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
    /// An event of type `message` without an ID. Any data is allowed; see
    /// [`Encoder::event`](crate::Encoder::event) for what becomes of its line ends.
    #[must_use]
    pub fn new(data: impl Into<Arc<str>>) -> Self {
        Self::with_data(Text::Shared(data.into()))
    }

    /// As [`new`](Self::new), without an allocation.
    #[must_use]
    pub const fn from_static(data: &'static str) -> Self {
        Self::with_data(Text::Static(data))
    }

    const fn with_data(data: Text) -> Self {
        Self {
            event_type: EventType::MESSAGE,
            data,
            id: None,
        }
    }

    /// The same event with this type.
    #[must_use]
    pub fn with_type(self, event_type: EventType) -> Self {
        Self { event_type, ..self }
    }

    /// The same event with this ID; the empty one resets the client's last event ID.
    #[must_use]
    pub fn with_id(self, id: impl Into<EventId>) -> Self {
        let id = Some(id.into());
        Self { id, ..self }
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

    /// The event's own ID. An event without one leaves the client's last event ID as it is.
    #[must_use]
    pub const fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }
}

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

/// A copy of the text: up to three allocations, none for an absent ID or the type `message`.
#[cfg(feature = "alloc")]
impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Self {
        Self {
            event_type: EventType::checked(event.event_type),
            data: Text::Shared(event.data.into()),
            id: event.id.map(EventId::checked),
        }
    }
}
