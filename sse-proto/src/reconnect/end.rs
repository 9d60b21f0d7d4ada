//! The end of the stream of one connection.

use super::source::{Source, State};
use crate::{chunk::Chunk, memory::Memory};

impl<M: Memory> Source<M> {
    /// Returns the last chunk of a body that has ended cleanly. Decode it before you call
    /// [`handle_end`](Self::handle_end).
    ///
    /// The chunk completes the last event if the source is open and its decoder was made with
    /// [`completes_at_end`](crate::DecoderBuilder::completes_at_end). Otherwise it is empty. Do not decode it
    /// before [`handle_error`](Self::handle_error): after an error, the last event is incomplete.
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
