//! The end of a connection's stream.

use super::source::{Source, State};
use crate::{chunk::Chunk, memory::Memory};

impl<M: Memory> Source<M> {
    /// Returns what a clean end of the body adds to the stream, to be decoded as its last chunk, before
    /// [`handle_end`](Self::handle_end).
    ///
    /// It is empty unless the decoder was made with
    /// [`completes_at_end`](crate::DecoderBuilder::completes_at_end), and empty unless the source is
    /// open. Do not use it before [`handle_error`](Self::handle_error): an event that an error has cut
    /// is not complete.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::{ResponseHead, Source};
    /// use sse_proto::{Chunk, DecoderBuilder, EventRef, Item};
    ///
    /// let now = Duration::ZERO;
    /// let decoder = DecoderBuilder::new().completes_at_end(true).build_in([0; 64]);
    /// let mut source = Source::new(decoder);
    /// let _ = source.poll(now);
    /// let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
    /// source.handle_response(head, now, 0);
    /// assert_eq!(source.decode(&mut Chunk::new(b"data: [DONE]\n"))?, None);
    ///
    /// let mut end = source.end_of_stream();
    /// assert_eq!(source.decode(&mut end)?, Some(Item::Event(EventRef::new("[DONE]"))));
    /// assert_eq!(source.decode(&mut end)?, None);
    /// source.handle_end(now, 0);
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn end_of_stream(&self) -> Chunk<'static> {
        match self.state {
            State::Open { .. } => self.decoder.end_of_stream(),
            _ => Chunk::new(b""),
        }
    }
}
