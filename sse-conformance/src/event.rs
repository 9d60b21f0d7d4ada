//! An event that a testee is asked to send.

use std::fmt;

/// An event to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event<'a> {
    /// The event type; `None` writes none.
    pub event_type: Option<&'a str>,
    /// The data. CR, LF and CRLF are line breaks.
    pub data: &'a str,
    /// The event ID; `None` writes none, an empty one resets the reader's.
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
