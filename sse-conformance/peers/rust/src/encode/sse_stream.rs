use std::hint::black_box;

use sse_stream::Sse;

use crate::workload::Message;

pub(super) fn bytes(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    for _ in 0..times {
        let mut event = Sse::default().data(black_box(message.data.as_str()));
        event.event = message.event_type.map(Into::into);
        event.id = message.id.map(Into::into);
        event.retry = message.retry;
        // If it refuses an event, the comparison finds that it is missing.
        if let Ok(bytes) = event.encode() {
            out(&bytes);
        }
    }
}
