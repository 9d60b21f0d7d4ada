use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use sse_proto::{Encoder, EventId, EventRef, EventType};

use crate::workload::Message;

pub(super) fn reused(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let kept = Kept::new(message);
    let mut buffer = String::new();
    for _ in 0..times {
        kept.encode(black_box(&message.data), &mut buffer);
        out(buffer.as_bytes());
        buffer.clear();
    }
}

pub(super) fn bytes(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let kept = Kept::new(message);
    for _ in 0..times {
        let data = black_box(message.data.as_str());
        let Some(retry) = kept.retry else {
            // Works as `EventFrame` of sse-tower does.
            out(&Bytes::from(kept.event(data).encode()));
            continue;
        };
        let length = "retry: 3000\n".len() + kept.event(data).encoded_length();
        debug_assert_eq!(retry, Duration::from_millis(3000));
        let mut buffer = String::with_capacity(length);
        kept.encode(data, &mut buffer);
        out(&Bytes::from(buffer));
    }
}

struct Kept {
    event_type: Option<EventType>,
    id: Option<EventId>,
    retry: Option<Duration>,
}

impl Kept {
    fn new(message: &Message) -> Self {
        Self {
            event_type: message.event_type.map(EventType::from_static),
            id: message.id.map(EventId::from_static),
            retry: message.retry.map(Duration::from_millis),
        }
    }

    #[inline]
    fn event<'a>(&'a self, data: &'a str) -> EventRef<'a> {
        let mut event = EventRef::new(data);
        if let Some(event_type) = &self.event_type {
            event = event.with_type(event_type);
        }
        if let Some(id) = &self.id {
            event = event.with_id(id);
        }
        event
    }

    #[inline]
    fn encode(&self, data: &str, buffer: &mut String) {
        let mut encoder = Encoder::new(buffer);
        // Writing to a `String` never fails.
        if let Some(time) = self.retry {
            let _ = encoder.retry(time);
        }
        let _ = encoder.event(self.event(data));
    }
}
