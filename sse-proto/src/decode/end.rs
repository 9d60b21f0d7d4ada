//! The end of a stream whose last event may lack its blank line.

use super::Decoder;
use crate::{chunk::Chunk, memory::Memory};

impl<M: Memory> Decoder<M> {
    /// Returns what a clean end of the stream adds to it, to be decoded as the last chunk.
    ///
    /// If [`DecoderBuilder::completes_at_end`](crate::DecoderBuilder::completes_at_end) is set, this
    /// is the end of an unfinished line and a blank line. Otherwise, and as the standard says, the
    /// chunk is empty: an unfinished event is discarded.
    ///
    /// Only call this after a clean end. An event that an error has cut is not complete.
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
        // The first line end is for an unfinished line, or belongs to a CR, or is the blank line. A
        // second blank line does nothing.
        Chunk::new(match self.options.completes_at_end {
            true => b"\n\n",
            false => b"",
        })
    }
}
