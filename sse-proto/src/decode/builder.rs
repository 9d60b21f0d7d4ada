//! The settings of a decoder, and its constructors.

use super::{Decoder, LineState, Options, buffers::Buffers};
#[cfg(feature = "alloc")]
use crate::memory::Heap;
use crate::{line::Lines, memory::Memory};

/// Settings for a [`Decoder`].
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::builder().comments(true).limit(64 * 1024).build();
/// let mut chunk = Chunk::new(b": hello\n");
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Comment("hello")));
/// # }
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct DecoderBuilder {
    limit: usize,
    options: Options,
}

impl DecoderBuilder {
    /// The default limit: 16 MiB.
    ///
    /// ```
    /// use sse_proto::DecoderBuilder;
    ///
    /// let decoder = DecoderBuilder::new().limit(DecoderBuilder::DEFAULT_LIMIT).build_in([0; 64]);
    /// # let _ = decoder;
    /// ```
    pub const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

    /// Returns the default settings.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder};
    ///
    /// let mut decoder = DecoderBuilder::new().build_in([0; 64]);
    /// let mut chunk = Chunk::new(b": comments are left out\n");
    /// assert!(decoder.decode(&mut chunk)?.is_none());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            limit: Self::DEFAULT_LIMIT,
            options: Options {
                comments: false,
                completes_at_end: false,
            },
        }
    }

    /// Sets how many bytes of an event the decoder may hold. The default is 16 MiB.
    ///
    /// These bytes count: the data, type and ID of the event so far, the last event ID, and the current line.
    /// The line counts in addition to the type or ID that it sets.
    ///
    /// The result does not depend on how the stream is cut into chunks. A byte sequence that is not UTF-8
    /// counts three bytes, like the U+FFFD that replaces it. Comments count only if they are returned to the
    /// caller.
    ///
    /// On the heap, the decoder reserves memory up to the limit for an event of more than 96 KiB. The
    /// part that it never writes to takes up addresses, but no memory. A long type or ID takes as much
    /// memory again as its length. Between events, the decoder keeps up to 100 KiB.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder};
    ///
    /// let mut decoder = DecoderBuilder::new().limit(16).build_in([0; 64]);
    /// let mut chunk = Chunk::new(b"data: short\n\ndata: longer than that\n\n");
    /// assert!(decoder.decode(&mut chunk)?.is_some());
    /// assert!(decoder.decode(&mut chunk).is_err());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets whether comments are returned. The default is no.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder, Item};
    ///
    /// let mut decoder = DecoderBuilder::new().comments(true).build_in([0; 32]);
    /// let mut chunk = Chunk::new(b":  two spaces\n:\n");
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Comment(" two spaces")));
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Comment("")));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    pub const fn comments(mut self, returned: bool) -> Self {
        self.options.comments = returned;
        self
    }

    /// Sets whether a clean end of the stream completes its last event. The default is no.
    ///
    /// The [standard] discards an event without its blank line. Some providers forget that line, or even the
    /// line end before it. With this option, decode [`Decoder::end_of_stream`] when the stream has ended
    /// cleanly. It adds the missing line end and the blank line. The last line then counts, and the event
    /// is dispatched. An event without data only sets the last event ID.
    ///
    /// Use this option only for servers that need it. If a proxy cuts a stream but ends it cleanly, the
    /// last event may be half an event, and its ID half an ID.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder, EventRef, Item};
    ///
    /// for (stream, completes) in [("data: 1\n", true), ("data: 1", true), ("data: 1", false)] {
    ///     let mut decoder = DecoderBuilder::new().completes_at_end(completes).build_in([0; 64]);
    ///     assert_eq!(decoder.decode(&mut Chunk::new(stream.as_bytes()))?, None);
    ///     let last = completes.then_some(Item::Event(EventRef::new("1")));
    ///     assert_eq!(decoder.decode(&mut decoder.end_of_stream())?, last);
    /// }
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    ///
    /// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    pub const fn completes_at_end(mut self, completes: bool) -> Self {
        self.options.completes_at_end = completes;
        self
    }

    /// Makes a decoder with memory on the heap.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder, EventRef, Item};
    ///
    /// let mut decoder = DecoderBuilder::new().limit(1024 * 1024).build();
    /// assert!(decoder.decode(&mut Chunk::new(b"data: 1"))?.is_none());
    /// let mut chunk = Chunk::new(b"2\n\n");
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Event(EventRef::new("12"))));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn build(self) -> Decoder {
        self.build_in(Heap::default())
    }

    /// Makes a decoder with this memory. If its length is fixed, the limit is at most that length.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder};
    ///
    /// let mut memory = [0; 8];
    /// let mut decoder = DecoderBuilder::new().limit(1024).build_in(&mut memory[..]);
    /// let error = decoder.decode(&mut Chunk::new(b"data: 123456789\n\n")).unwrap_err();
    /// assert_eq!(error.limit(), 8);
    /// ```
    #[must_use]
    pub fn build_in<M: Memory>(self, memory: M) -> Decoder<M> {
        Decoder {
            lines: Lines::new(),
            line: LineState::Start,
            line_length: 0,
            buffers: Buffers::new(memory.into_store(self.limit)),
            options: self.options,
            is_clear: false,
        }
    }
}

impl Default for DecoderBuilder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "alloc")]
impl Decoder {
    /// The default limit on the bytes of an event: 16 MiB.
    ///
    /// ```
    /// use sse_proto::Decoder;
    ///
    /// assert_eq!(Decoder::DEFAULT_LIMIT, 16 * 1024 * 1024);
    /// let decoder = Decoder::builder().limit(Decoder::DEFAULT_LIMIT / 4).build();
    /// ```
    pub const DEFAULT_LIMIT: usize = DecoderBuilder::DEFAULT_LIMIT;

    /// Makes a decoder with the default settings, for a stream from its start.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, EventRef, Item};
    ///
    /// let mut decoder = Decoder::new();
    /// // A byte order mark, which is dropped, and a byte that is not UTF-8.
    /// let mut chunk = Chunk::new(b"\xEF\xBB\xBFdata: \xFF\r\n\r\n");
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Event(EventRef::new("\u{FFFD}"))));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns settings for a decoder.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let mut decoder = Decoder::builder().limit(8).build();
    /// let error = decoder.decode(&mut Chunk::new(b"data: 123456789\n\n")).unwrap_err();
    /// assert_eq!(error.limit(), 8);
    /// ```
    pub const fn builder() -> DecoderBuilder {
        DecoderBuilder::new()
    }
}

impl<M: Memory> Decoder<M> {
    /// Makes a decoder that buffers in `memory`, for a stream from its start. It needs no allocator.
    ///
    /// If the length of `memory` is fixed, it is the limit. [`DecoderBuilder::limit`] says which bytes of an
    /// event count. The memory also holds the last event ID. An event that is one data line in one chunk
    /// takes no memory.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, Item};
    ///
    /// let mut memory = [0; 16];
    /// let mut decoder = Decoder::new_in(&mut memory[..]);
    /// assert!(decoder.decode(&mut Chunk::new(b"id: 7\n\ndata: 0123"))?.is_none());
    /// let error = decoder.decode(&mut Chunk::new(b"456789abcdef\n\n")).unwrap_err();
    /// assert_eq!(error.limit(), 16);
    /// assert_eq!(decoder.last_event_id(), "7");
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new_in(memory: M) -> Self {
        DecoderBuilder::new().build_in(memory)
    }
}

#[cfg(feature = "alloc")]
impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
