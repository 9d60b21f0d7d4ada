use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use warp::sse::Event;

use crate::workload::Message;

pub(super) fn reused(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let mut buffer = String::new();
    for _ in 0..times {
        // Writing to a `String` never fails.
        let _ = write!(buffer, "{}", event(message));
        out(buffer.as_bytes());
        buffer.clear();
    }
}

/// Works as warp's own reply does.
pub(super) fn bytes(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    for _ in 0..times {
        out(&Bytes::from(event(message).to_string()));
    }
}

#[inline]
fn event(message: &Message) -> Event {
    let mut event = Event::default().data(black_box(message.data.as_str()));
    if let Some(event_type) = message.event_type {
        event = event.event(event_type);
    }
    if let Some(id) = message.id {
        event = event.id(id);
    }
    match message.retry {
        Some(milliseconds) => event.retry(Duration::from_millis(milliseconds)),
        None => event,
    }
}
