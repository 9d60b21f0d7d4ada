//! How decoders are made.

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
    /// The limit unless another is set: 16 MiB.
    ///
    /// ```
    /// use sse_proto::DecoderBuilder;
    ///
    /// let decoder = DecoderBuilder::new().limit(DecoderBuilder::DEFAULT_LIMIT).build_in([0; 64]);
    /// # let _ = decoder;
    /// ```
    pub const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

    /// The default settings.
    ///
    /// ```
    /// use sse_proto::{Chunk, DecoderBuilder};
    ///
    /// let mut decoder = DecoderBuilder::new().build_in([0; 64]);
    /// let mut chunk = Chunk::new(b": nobody asked for comments\n");
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

    /// How many bytes may be held at once; 16 MiB if not set.
    ///
    /// That is the data, type and ID of an event so far, the last event ID, and the line that is being
    /// read, which counts beside the type or ID that it sets.
    ///
    /// The limit counts the same bytes whether they come in one chunk or in many. Bytes that are not
    /// UTF-8 count as the U+FFFD that they become, of three bytes each. Comments that are not given
    /// out do not count.
    ///
    /// On the heap, the decoder reserves memory up to the limit for an event of more than 96 KiB. The
    /// part that it never writes to is only addresses. A long type or ID has memory of its own beside
    /// that, as much as its length. Between events, the decoder keeps up to 100 KiB.
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

    /// Whether comments are given out; they are not, if not set.
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
    pub const fn comments(mut self, given_out: bool) -> Self {
        self.options.comments = given_out;
        self
    }

    /// Whether a clean end of the stream completes its last event; it does not, if not set.
    ///
    /// The [standard] discards an event whose blank line has not come. Some providers forget that line,
    /// or even the end of the line before it. With this option, decode
    /// [`Decoder::end_of_stream`] when the stream has ended cleanly. That is the same as if the server
    /// had sent both: the last line counts, whichever field it has, and the blank line dispatches the
    /// event, or sets the last event ID alone.
    ///
    /// Set it only for servers that are known to need it. Where a proxy cuts a stream and makes it look
    /// complete, the last event may be half an event, and its ID half an ID.
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

    /// The decoder, with memory on the heap.
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

    /// The decoder, with this memory; the limit is at most its length, if that is fixed.
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
    /// How many bytes of one event are held if nothing else is set: 16 MiB.
    ///
    /// ```
    /// use sse_proto::Decoder;
    ///
    /// assert_eq!(Decoder::DEFAULT_LIMIT, 16 * 1024 * 1024);
    /// let decoder = Decoder::builder().limit(Decoder::DEFAULT_LIMIT / 4).build();
    /// ```
    pub const DEFAULT_LIMIT: usize = DecoderBuilder::DEFAULT_LIMIT;

    /// A decoder at the start of a stream, with the default settings.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, EventRef, Item};
    ///
    /// let mut decoder = Decoder::new();
    /// // A byte order mark, which is dropped, and a byte that is no text.
    /// let mut chunk = Chunk::new(b"\xEF\xBB\xBFdata: \xFF\r\n\r\n");
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Event(EventRef::new("\u{FFFD}"))));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Settings for a decoder.
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
    /// A decoder at the start of a stream, which holds what it must in `memory`, and needs no
    /// allocator.
    ///
    /// The length of `memory` is its limit, if that is fixed.
    /// What an event takes of it says [`DecoderBuilder::limit`]. An event that lies in one chunk, in
    /// one data line, takes none. It also holds the last event ID.
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
