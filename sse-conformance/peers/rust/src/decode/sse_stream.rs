use std::convert::Infallible;
use std::pin::pin;

use futures_util::{FutureExt, StreamExt, stream};
use sse_stream::SseByteStream;

use crate::sink::Sink;

/// This crate returns blocks instead of events. The adapter leaves out those without data. It would
/// also have to remember the last ID, but no workload needs that.
pub(super) fn decode(stream: &[u8], size: usize, sink: &mut impl Sink) {
    let chunks = stream::iter(stream.chunks(size).map(Ok::<_, Infallible>));
    let mut blocks = pin!(SseByteStream::new(chunks));
    // There is never a pending future.
    while let Some(Some(Ok(block))) = blocks.next().now_or_never() {
        if let Some(data) = &block.data {
            let event_type = block.event.as_deref().unwrap_or("message");
            sink.event(event_type, data, block.id.as_deref().unwrap_or_default());
        }
    }
}
