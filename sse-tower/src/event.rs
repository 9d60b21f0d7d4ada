//! Events, and the items of a stream of events.

#[cfg(feature = "bytes")]
pub use sse_proto::InvalidData;
#[cfg(feature = "json")]
pub use sse_proto::JsonError;
pub use sse_proto::{Event, EventId, EventRef, EventType, InvalidEventId, InvalidEventType};

pub use crate::frame::{EventFrame, EventItem};
