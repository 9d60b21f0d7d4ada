//! Chunks to blocks: the stream as it is, for proxies and debuggers.

use core::fmt;

#[cfg(feature = "alloc")]
use crate::decode::DecoderBuilder;
#[cfg(feature = "alloc")]
use crate::memory::Heap;
use crate::{
    chunk::Chunk,
    error::TooLarge,
    field::Field,
    line::Lines,
    memory::{Memory, store::Store},
};

/// Splits an event stream into its blocks, chunk by chunk, without changing any byte.
///
/// A block consists of lines up to and including a blank line. It contains the fields of one event,
/// ignored ones included, and comments. Joined together, the blocks and the [rest](Self::rest) are the
/// stream, byte for byte.
///
/// To know which event a block dispatches, pass every block to a [`Decoder`](crate::Decoder):
///
/// ```
/// use sse_proto::{Blocks, Chunk, Decoder, Field, Item};
///
/// let (mut blocks, mut decoder) = (Blocks::new_in([0; 64]), Decoder::new_in([0; 64]));
/// let mut chunk = Chunk::new(b"data: 1\ntrace: a7\n\ndata: 2");
/// while let Some(block) = blocks.next_block(&mut chunk)? {
///     assert_eq!(block.bytes(), b"data: 1\ntrace: a7\n\n");
///     let trace = Field::Ignored { name: b"trace", value: b"a7" };
///     assert!(block.fields().eq([Field::Data(b"1"), trace]));
///
///     let Some(Item::Event(event)) = decoder.decode(&mut Chunk::new(block.bytes()))? else { panic!() };
///     assert_eq!(event.data(), "1");
/// }
/// assert_eq!(blocks.rest(), b"data: 2");
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone)]
pub struct Blocks<
    #[cfg(feature = "alloc")] M: Memory = Heap,
    #[cfg(not(feature = "alloc"))] M: Memory,
> {
    lines: Lines,
    /// The state of `lines` at the start of the block.
    first: Lines,
    store: M::Store,
    /// The number of bytes that are held of a block that was cut.
    held: usize,
    state: State,
}

/// Where the next byte is in its block, and what is done with that block.
#[derive(Clone, Copy)]
enum State {
    LineStart,
    InLine,
    /// At the start of a block. The one that is held was returned to the caller.
    GivenOut,
    /// At the start of a line of a block that is too large.
    DiscardedLineStart,
    DiscardedLine,
}

impl State {
    const fn is_in_line(self) -> bool {
        matches!(self, Self::InLine | Self::DiscardedLine)
    }

    const fn is_discarded(self) -> bool {
        matches!(self, Self::DiscardedLineStart | Self::DiscardedLine)
    }

    /// Returns the state after a part of a line.
    const fn after(self, is_end: bool) -> Self {
        match (self.is_discarded(), is_end) {
            (false, true) => Self::LineStart,
            (false, false) => Self::InLine,
            (true, true) => Self::DiscardedLineStart,
            (true, false) => Self::DiscardedLine,
        }
    }

    /// Returns the same state in a block that is too large.
    const fn discarded(self) -> Self {
        match self.is_in_line() {
            true => Self::DiscardedLine,
            false => Self::DiscardedLineStart,
        }
    }
}

/// A block of an event stream, unchanged.
///
/// ```
/// use sse_proto::{Blocks, Chunk, Field};
///
/// let mut blocks = Blocks::new_in([0; 64]);
/// let mut chunk = Chunk::new(b"\xEF\xBB\xBFid: 7\r\n: hi\r\n\r\n");
/// let block = blocks.next_block(&mut chunk)?.unwrap();
/// assert_eq!(block.bytes(), b"\xEF\xBB\xBFid: 7\r\n: hi\r\n\r\n");
/// assert!(block.fields().eq([Field::Id(b"7"), Field::Comment(b"hi")]));
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone)]
pub struct Block<'a> {
    bytes: &'a [u8],
    lines: Lines,
}

#[cfg(feature = "alloc")]
impl Blocks {
    /// Starts at the beginning of a stream, with the default limit of a decoder.
    ///
    /// ```
    /// use sse_proto::{Blocks, Chunk};
    ///
    /// let mut blocks = Blocks::new();
    /// let mut chunk = Chunk::new(b"data: 1\n\nid: 7\n\n");
    /// let mut count = 0;
    /// while blocks.next_block(&mut chunk)?.is_some() {
    ///     count += 1;
    /// }
    /// assert_eq!(count, 2);
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(DecoderBuilder::DEFAULT_LIMIT)
    }

    /// Starts at the beginning of a stream whose blocks have at most `limit` bytes, line ends included.
    ///
    /// ```
    /// use sse_proto::{Blocks, Chunk};
    ///
    /// let mut blocks = Blocks::with_limit(9);
    /// let mut chunk = Chunk::new(b"data: 12\n\ndata: 3\n\n"); // 10 bytes and 9.
    /// assert_eq!(blocks.next_block(&mut chunk).unwrap_err().limit(), 9);
    /// assert_eq!(blocks.next_block(&mut chunk)?.unwrap().bytes(), b"data: 3\n\n");
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self::with(Heap::default(), limit)
    }
}

impl<M: Memory> Blocks<M> {
    /// Starts at the beginning of a stream, without an allocator. A block that arrives in several chunks is
    /// joined in `memory`, whose length is the limit.
    ///
    /// ```
    /// use sse_proto::{Blocks, Chunk};
    ///
    /// let mut blocks = Blocks::new_in([0; 16]);
    /// assert!(blocks.next_block(&mut Chunk::new(b": he"))?.is_none());
    /// let mut chunk = Chunk::new(b"llo\n\n");
    /// assert_eq!(blocks.next_block(&mut chunk)?.unwrap().bytes(), b": hello\n\n");
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new_in(memory: M) -> Self {
        Self::with(memory, usize::MAX)
    }

    fn with(memory: M, limit: usize) -> Self {
        Self {
            lines: Lines::new(),
            first: Lines::new(),
            store: memory.into_store(limit),
            held: 0,
            state: State::LineStart,
        }
    }

    /// Takes the next block off the front of `chunk`. `None` means that `chunk` is now empty.
    ///
    /// If the whole block is in the chunk, it is borrowed from there. A CR ends a block at once. If its LF
    /// comes in the next chunk, that LF is the first byte of the next block. The time is linear in the
    /// number of bytes taken.
    ///
    /// ```
    /// use sse_proto::{Blocks, Chunk};
    ///
    /// let mut blocks = Blocks::new_in([0; 64]);
    /// let mut chunk = Chunk::new(b"a: 1\r\n\r");
    /// assert_eq!(blocks.next_block(&mut chunk)?.unwrap().bytes(), b"a: 1\r\n\r");
    /// let mut chunk = Chunk::new(b"\nb: 2\n\n");
    /// assert_eq!(blocks.next_block(&mut chunk)?.unwrap().bytes(), b"\nb: 2\n\n");
    /// assert!(blocks.next_block(&mut chunk)?.is_none());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    ///
    /// # Errors
    /// [`TooLarge`] if a block is larger than the limit. The next call continues after that block.
    pub fn next_block<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Block<'d>>, TooLarge> {
        if matches!(self.state, State::GivenOut) {
            self.start_block();
        }
        if self.state.is_discarded() {
            if !self.take_lines(chunk) {
                return Ok(None);
            }
            self.start_block();
        }
        let bytes = chunk.remaining();
        let is_complete = self.take_lines(chunk);
        let taken = &bytes[..bytes.len() - chunk.remaining().len()];
        let limit = self.store.limit();
        if self.held + taken.len() > limit {
            let state = self.state;
            self.start_block();
            if !is_complete {
                self.state = state.discarded();
            }
            return Err(TooLarge { limit });
        }
        if is_complete && self.held == 0 {
            let lines = core::mem::replace(&mut self.first, self.lines.clone());
            return Ok(Some(Block {
                bytes: taken,
                lines,
            }));
        }
        self.store.append(self.held, taken);
        self.held += taken.len();
        if !is_complete {
            return Ok(None);
        }
        self.state = State::GivenOut;
        Ok(Some(Block {
            bytes: self.rest(),
            lines: self.first.clone(),
        }))
    }

    /// Takes lines off the front, up to a blank line. Returns whether there was one.
    fn take_lines(&mut self, chunk: &mut Chunk<'_>) -> bool {
        while let Some(part) = self.lines.next_part(chunk) {
            let is_blank = part.is_end() && part.bytes().is_empty() && !self.state.is_in_line();
            self.state = self.state.after(part.is_end());
            if is_blank {
                return true;
            }
        }
        false
    }

    /// Returns the buffered part of an incomplete block.
    ///
    /// At the end of the stream, the standard discards it.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.store.front(self.held)
    }

    /// Begins a block where the stream is now. Nothing is held any longer.
    fn start_block(&mut self) {
        self.held = 0;
        self.state = State::LineStart;
        self.first = self.lines.clone();
        self.store.forget_event();
    }
}

#[cfg(feature = "alloc")]
impl Default for Blocks {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Memory> fmt::Debug for Blocks<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks")
            .field("held", &self.held)
            .field("limit", &self.store.limit())
            .finish_non_exhaustive()
    }
}

impl<'a> Block<'a> {
    /// Returns the bytes, including line ends and a byte order mark.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the fields of its lines, without the blank line.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields {
            lines: Lines::within_stream(),
            chunk: Chunk::new(self.lines.without_what_is_due(self.bytes)),
        }
    }
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block(\"{}\")", self.bytes.escape_ascii())
    }
}

/// The fields of a [`Block`].
///
/// ```
/// use sse_proto::{Blocks, Chunk, Field};
///
/// let mut blocks = Blocks::new_in([0; 64]);
/// let block = blocks.next_block(&mut Chunk::new(b"trace: a7\ndata: 1\n\n"))?.unwrap();
/// let trace = block.fields().find_map(|field| match field {
///     Field::Ignored { name: b"trace", value } => Some(value),
///     _ => None,
/// });
/// assert_eq!(trace, Some(&b"a7"[..]));
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Debug)]
pub struct Fields<'a> {
    lines: Lines,
    chunk: Chunk<'a>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next_part(&mut self.chunk)?;
        Field::parse(line.bytes())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// The blocks of a stream fed in chunks of this size, and the rest.
    fn blocks_of(stream: &[u8], size: usize, limit: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
        let mut blocks = Blocks::with_limit(limit);
        let mut seen = Vec::new();
        for bytes in stream.chunks(size) {
            let mut chunk = Chunk::new(bytes);
            loop {
                match blocks.next_block(&mut chunk) {
                    Ok(Some(block)) => seen.push(block.bytes().to_vec()),
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(error.limit(), limit);
                        seen.push(b"too large".to_vec());
                    }
                }
            }
        }
        (seen, blocks.rest().to_vec())
    }

    #[test]
    fn they_are_the_stream_however_it_is_cut() {
        let stream = b"\xEF\xBB\xBFdata: 1\r\n\r\n\r\r:c\rid\r\r\nx: \xFF\n\n\ndata: half\n";
        for size in 1..=stream.len() {
            let (blocks, rest) = blocks_of(stream, size, 1000);
            assert_eq!([blocks.concat(), rest].concat(), stream, "{size}");
            assert_eq!(blocks.len(), 6, "{size}");
        }
    }

    #[test]
    fn fields_are_those_of_the_lines() {
        let mut blocks = Blocks::new();
        let mut seen = Vec::new();
        for bytes in [&b"\xEF\xBB\xBFdata\r\r"[..], b"\nx:y\n\n", b"\xEF\xBB:\n\n"] {
            let mut chunk = Chunk::new(bytes);
            while let Some(block) = blocks.next_block(&mut chunk).unwrap() {
                seen.extend(block.fields().map(|field| alloc::format!("{field:?}")));
            }
        }
        let ignored = |name, value| alloc::format!("{:?}", Field::Ignored { name, value });
        let first = alloc::format!("{:?}", Field::Data(b""));
        assert_eq!(
            seen,
            [first, ignored(b"x", b"y"), ignored(b"\xEF\xBB", b"")]
        );
        let mut blocks = Blocks::new();
        let mut chunk = Chunk::new(b"\xEF\xBBa:\n\n");
        let block = blocks.next_block(&mut chunk).unwrap().unwrap();
        let name = b"\xEF\xBBa";
        assert!(block.fields().eq([Field::Ignored { name, value: b"" }]));
    }

    #[test]
    fn a_block_that_is_too_large_is_left_out() {
        let stream = b"data: 1\n\ndata: much longer\n: and more\n\ndata: 2\n\n: half";
        for size in 1..=stream.len() {
            let (blocks, rest) = blocks_of(stream, size, 9);
            let expected: [&[u8]; 3] = [b"data: 1\n\n", b"too large", b"data: 2\n\n"];
            assert_eq!(blocks, expected, "{size}");
            assert_eq!(rest, b": half");
        }
    }
}
