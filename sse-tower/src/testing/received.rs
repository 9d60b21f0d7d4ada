//! The items of a stream, as a test reads them.

use std::time::Duration;

use sse_proto::Event;

/// An item of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// An event. If the last event ID at this event is not empty, it is the ID of the event.
    Event(Event),
    /// A new reconnection time.
    Retry(Duration),
    /// A comment. A heartbeat is an empty comment.
    Comment(String),
}
