use sse_proto::{Chunk, Decoder, Item};

use crate::sink::Sink;

pub(super) fn decode(stream: &[u8], size: usize, sink: &mut impl Sink) {
    let mut decoder = Decoder::new();
    for bytes in stream.chunks(size) {
        let mut chunk = Chunk::new(bytes);
        // No event here reaches the limit. A peer that fails has fewer events.
        while let Ok(Some(item)) = decoder.decode(&mut chunk) {
            if let Item::Event(event) = item {
                sink.event(event.event_type(), event.data(), event.last_event_id());
            }
        }
    }
}
