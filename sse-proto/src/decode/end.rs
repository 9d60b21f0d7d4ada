//! The end of a stream, whose last event may lack its blank line.

use super::Decoder;
use crate::{chunk::Chunk, memory::Memory};

impl<M: Memory> Decoder<M> {
    /// Returns the last chunk of a stream that has ended cleanly.
    ///
    /// If [`DecoderBuilder::completes_at_end`](crate::DecoderBuilder::completes_at_end) is set, the chunk ends
    /// an unfinished line and adds a blank line. Otherwise the chunk is empty, so that an unfinished event is
    /// discarded, as the standard wants.
    ///
    /// Call this only after a clean end. After an error, the last event is incomplete.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// use sse_proto::{Chunk, Decoder, EventRef, Item};
    ///
    /// let mut decoder = Decoder::builder().completes_at_end(true).build();
    /// assert_eq!(decoder.decode(&mut Chunk::new(b"data: [DONE]"))?, None);
    /// let mut end = decoder.end_of_stream();
    /// assert_eq!(decoder.decode(&mut end)?, Some(Item::Event(EventRef::new("[DONE]"))));
    /// assert_eq!(decoder.decode(&mut end)?, None);
    /// # }
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn end_of_stream(&self) -> Chunk<'static> {
        // The first LF ends an unfinished line, belongs to a CR, or is the blank line. A second blank
        // line has no effect.
        Chunk::new(match self.options.completes_at_end {
            true => b"\n\n",
            false => b"",
        })
    }
}
