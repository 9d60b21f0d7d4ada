//! Events to text.

use core::fmt;
use core::time::Duration;

use sse_proto::{Encoder, EventId, EventRef, EventType, SliceWriter};

const TICK: EventType = EventType::from_static("tick");
const SEVEN: EventId = EventId::from_static("7");

/// Writes one block of each kind.
pub(crate) fn one_of_each(text: &mut SliceWriter<'_>) -> fmt::Result {
    let mut encoder = Encoder::new(text);
    encoder.retry(Duration::from_millis(1500))?;
    encoder.comment("hello")?;
    encoder.heartbeat()?;
    encoder.event(EventRef::new("one\r\ntwo").with_type(&TICK).with_id(&SEVEN))?;
    encoder.event(EventRef::new(" indented"))?;
    encoder.last_event_id(&EventId::from_static("8"))
}
