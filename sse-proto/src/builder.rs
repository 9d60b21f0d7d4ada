//! What a decoder can be told, and what it says when its limit is reached.

use core::fmt;

use crate::Decoder;

/// Settings for a [`Decoder`].
///
/// ```
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::builder().comments(true).limit(64 * 1024).build();
/// let mut chunk = Chunk::new(b": hello\n");
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Comment("hello")));
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct DecoderBuilder {
    pub(crate) limit: usize,
    pub(crate) comments: bool,
}

impl DecoderBuilder {
    /// How many bytes of one event may be held at once: its data, type and ID so far, and the line
    /// that is being read. It counts the same whether the bytes come in one chunk or in many.
    /// Comments that are not given out do not count. [`Decoder::DEFAULT_LIMIT`] if not set.
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Whether comments are given out. They are not, if not set.
    pub const fn comments(mut self, given_out: bool) -> Self {
        self.comments = given_out;
        self
    }

    /// The decoder.
    #[must_use]
    pub fn build(self) -> Decoder {
        Decoder::with(self)
    }
}

/// An event of the stream does not fit into the decoder's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    pub(crate) limit: usize,
}

impl TooLarge {
    /// The limit, in bytes.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an event of the stream is larger than the limit of {} bytes; \
             raise the decoder's limit, or decode on after the event",
            self.limit
        )
    }
}

impl core::error::Error for TooLarge {}
