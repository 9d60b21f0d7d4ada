use std::convert::Infallible;
use std::pin::pin;

use eventsource_stream::EventStream;
use futures_util::{FutureExt, StreamExt, stream};

use crate::sink::Sink;

pub(super) fn decode(stream: &[u8], size: usize, sink: &mut impl Sink) {
    let chunks = stream::iter(stream.chunks(size).map(Ok::<_, Infallible>));
    let mut events = pin!(EventStream::new(chunks));
    // There is never a pending future.
    while let Some(Some(Ok(event))) = events.next().now_or_never() {
        sink.event(&event.event, &event.data, &event.id);
    }
}
