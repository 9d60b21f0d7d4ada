use sse_core::{SseDecoder, SseEvent};

use crate::sink::Sink;

pub(super) fn decode(stream: &[u8], size: usize, sink: &mut impl Sink) {
    let mut decoder = SseDecoder::new();
    for mut bytes in stream.chunks(size) {
        while let Some(Ok(event)) = decoder.next(&mut bytes) {
            if let SseEvent::Message(event) = event {
                let id = event.last_event_id.as_deref().unwrap_or_default();
                sink.event(&event.event, &event.data, id);
            }
        }
    }
}
