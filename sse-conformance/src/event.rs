//! An event that a testee is asked to write or publish.

use std::fmt;

/// An event to be written or published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event<'a> {
    /// The event type. `None` writes no type.
    pub event_type: Option<&'a str>,
    /// The data. CR, LF and CRLF are line breaks.
    pub data: &'a str,
    /// The event ID. `None` writes no ID, and an empty one resets the last event ID of the decoder.
    pub id: Option<&'a str>,
}

impl fmt::Display for Event<'_> {
    /// The event as reports show it: `event(type "tick", data "a", id "7")`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("event(")?;
        if let Some(event_type) = self.event_type {
            write!(f, "type {event_type:?}, ")?;
        }
        write!(f, "data {:?}", self.data)?;
        if let Some(id) = self.id {
            write!(f, ", id {id:?}")?;
        }
        f.write_str(")")
    }
}
