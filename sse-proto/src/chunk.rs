//! The bytes of one read, and what the decoder has found out about them.
//!
//! Decoding spends most of its time here, searching for line ends. For short lines, a call of memchr costs
//! more than reading the line. So a block of 64 bytes is searched at once. The result is a
//! [mask](crate::mask), from which line ends are taken one by one. After a few blocks without a line end,
//! memchr searches for the next one, because it is faster then.

use core::{fmt, str};

use crate::{
    field,
    mask::{BLOCK, line_ends, without_first},
    utf8,
};

/// Some bytes of a stream, such as those of one read, and a position in them.
///
/// A method that takes something off the front ([`Lines::next_part`](crate::Lines::next_part),
/// [`Decoder::decode`](crate::Decoder::decode)) advances the position. The chunk also remembers facts about
/// its bytes, such as which of them are valid UTF-8. So they are found only once, and cannot be
/// mistaken for those of another chunk.
///
/// ```
/// use sse_proto::{Chunk, Lines};
///
/// let mut chunk = Chunk::new(b"data: 1\nda");
/// let mut lines = Lines::new();
/// lines.next_part(&mut chunk);
/// assert_eq!(chunk.remaining(), b"da");
/// lines.next_part(&mut chunk);
/// assert!(chunk.is_empty());
/// ```
pub struct Chunk<'c> {
    bytes: &'c [u8],
    /// The number of bytes that were taken.
    position: usize,
    /// The number of bytes that were searched for line ends.
    searched: usize,
    /// The line ends that were found and not yet taken. Bit `n` stands for the byte `block + n`.
    line_ends: u64,
    block: usize,
    /// A part of the bytes that is known to be valid UTF-8.
    text: &'c str,
}

/// The number of blocks without a line end after which memchr takes over.
const MAX_EMPTY_BLOCKS: usize = 4;

impl<'c> Chunk<'c> {
    /// Makes a chunk. This looks at none of the bytes.
    ///
    /// It is best to make one chunk for each read, and to keep it until it is empty. If that is not
    /// possible, for example in a stream that returns one item per poll, make a new chunk from the
    /// [remaining](Self::remaining) bytes. Up to 4 KiB of them are then looked at again.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, EventRef, Item};
    ///
    /// let mut decoder = Decoder::new_in([0; 64]);
    /// let mut chunk = Chunk::new(b"data: 1\n\ndata: 2\n\n");
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Event(EventRef::new("1"))));
    /// let mut anew = Chunk::new(chunk.remaining());
    /// assert_eq!(decoder.decode(&mut anew)?, Some(Item::Event(EventRef::new("2"))));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn new(bytes: &'c [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            searched: 0,
            line_ends: 0,
            block: 0,
            text: "",
        }
    }

    /// Returns the bytes that were not taken yet.
    #[must_use]
    pub fn remaining(&self) -> &'c [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// Returns whether every byte was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remaining().is_empty()
    }

    /// Returns the byte at the front.
    #[inline]
    pub(crate) fn first(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Takes one byte, which is not a line end, off the front.
    pub(crate) fn skip_byte(&mut self) {
        self.position += 1;
    }

    /// Takes all remaining bytes.
    pub(crate) fn take_rest(&mut self) -> &'c [u8] {
        let rest = self.remaining();
        self.position = self.bytes.len();
        rest
    }

    /// Takes a line off the front, together with the CR or LF that ends it. Returns both.
    #[inline]
    pub(crate) fn take_line(&mut self) -> Option<(&'c [u8], u8)> {
        let end = self.first_line_end()?;
        self.line_ends = without_first(self.line_ends);
        let line = self.bytes.get(self.position..end)?;
        let ended_by = *self.bytes.get(end)?;
        self.position = end + 1;
        Some((line, ended_by))
    }

    /// Takes a line off the front if its whole line end is in this chunk. After a CR, there must be another
    /// byte.
    #[inline]
    pub(crate) fn take_whole_line(&mut self) -> Option<&'c [u8]> {
        let end = self.first_line_end()?;
        let line = self.bytes.get(self.position..end)?;
        if self.bytes.get(end) == Some(&b'\n') {
            self.line_ends = without_first(self.line_ends);
            self.position = end + 1;
            return Some(line);
        }
        (end + 1 < self.bytes.len()).then(|| self.take_cr_line())
    }

    /// Takes a line that ends in a CR, if the CR is not the last byte.
    #[inline(never)]
    fn take_cr_line(&mut self) -> &'c [u8] {
        let line = self.take_line().map_or(&[][..], |(line, _)| line);
        self.take_line_feed();
        line
    }

    /// Takes a blank line that ends in LF off the front, if the mask shows one.
    #[inline]
    pub(crate) fn take_blank_line(&mut self) -> bool {
        let is_blank = self.line_ends != 0 && self.first() == Some(b'\n');
        if is_blank {
            self.line_ends = without_first(self.line_ends);
            self.position += 1;
        }
        is_blank
    }

    /// Takes a data line that ends in LF off the front, if it has at most `at_most` bytes. Returns its
    /// value, including the LF.
    #[inline]
    pub(crate) fn take_data_line(&mut self, at_most: usize) -> Option<&'c [u8]> {
        let end = self.first_line_end()?;
        let line = self.bytes.get(self.position..=end)?;
        let value = field::data_value(line)?;
        if value.last() != Some(&b'\n') || line.len() > at_most {
            return None;
        }
        self.line_ends = without_first(self.line_ends);
        self.position = end + 1;
        Some(value)
    }

    /// Returns the position where the line at the front ends.
    #[inline]
    fn first_line_end(&mut self) -> Option<usize> {
        if self.line_ends == 0 {
            if self.searched < self.bytes.len() {
                self.search();
            }
            if self.line_ends == 0 {
                return None;
            }
        }
        Some(self.block + self.line_ends.trailing_zeros() as usize)
    }

    /// Takes an event that is one data line of at most `at_most` bytes off the front, and returns its
    /// data. Takes nothing if the mask alone does not show such an event.
    #[inline]
    pub(crate) fn take_event(&mut self, at_most: usize) -> Option<&'c [u8]> {
        let end = self.first_line_end()?;
        // The mask without its first line end, its first two and its first three. Zero means that it has
        // no more.
        let second = without_first(self.line_ends);
        let third = without_first(second);
        let fourth = without_first(third);
        let (line_ends, taken) = match self.bytes.get(end..)? {
            [b'\n', b'\n', ..] if second != 0 => (third, 2),
            [b'\r', b'\n', b'\r', b'\n', ..] if fourth != 0 => (without_first(fourth), 4),
            _ => return None,
        };
        let line = self.bytes.get(self.position..end)?;
        if line.len() > at_most {
            return None;
        }
        let value = field::data_value(line)?;
        self.line_ends = line_ends;
        self.position = end + taken;
        Some(value)
    }

    /// Takes blank lines off the front, and also comments if `comments` is set. The LF of a CRLF counts as
    /// a blank line.
    #[inline]
    pub(crate) fn skip_idle_lines(&mut self, comments: bool) {
        while let Some(end) = self.first_line_end() {
            if end != self.position && !(comments && self.first() == Some(b':')) {
                return;
            }
            self.line_ends = without_first(self.line_ends);
            self.position = end + 1;
        }
    }

    /// Takes a LF off the front, if there is one. The caller knows that it belongs to a CR.
    #[inline]
    pub(crate) fn take_line_feed(&mut self) {
        if self.first() == Some(b'\n') {
            self.take_line();
        }
    }

    /// Searches until a block has a line end, or every byte was searched.
    #[inline(never)]
    fn search(&mut self) {
        if let Some(block) = self.next_block()
            && self.search_block(block)
        {
            return;
        }
        if self.searched < self.bytes.len() {
            self.search_on();
        }
    }

    /// Does the same after a block without a line end, when more such blocks are likely.
    #[inline(never)]
    fn search_on(&mut self) {
        for _ in 1..MAX_EMPTY_BLOCKS {
            let Some(block) = self.next_block() else {
                return self.search_tail();
            };
            if self.search_block(block) {
                return;
            }
        }
        self.skip_empty_blocks();
    }

    #[inline]
    fn next_block(&self) -> Option<&'c [u8; BLOCK]> {
        self.bytes.get(self.searched..)?.first_chunk()
    }

    /// Searches a block. Returns whether it has a line end.
    #[inline]
    fn search_block(&mut self, block: &[u8; BLOCK]) -> bool {
        self.block = self.searched;
        self.searched += BLOCK;
        let line_ends = line_ends(block);
        self.line_ends = line_ends.unwrap_or_default();
        line_ends.is_some()
    }

    /// Searches the last bytes, which are fewer than a block.
    #[inline(never)]
    fn search_tail(&mut self) {
        let tail = self.unsearched();
        if !tail.is_empty() {
            let mut block = [0; BLOCK];
            block[..tail.len()].copy_from_slice(tail);
            self.search_block(&block);
        }
    }

    /// Finds the next line end with memchr, and searches the block that begins there.
    #[inline(never)]
    fn skip_empty_blocks(&mut self) {
        let unsearched = self.unsearched();
        let next = memchr::memchr2(b'\n', b'\r', unsearched);
        self.searched += next.unwrap_or(unsearched.len());
        if next.is_some() {
            self.search();
        }
    }

    #[inline]
    fn unsearched(&self) -> &'c [u8] {
        self.bytes.get(self.searched..).unwrap_or_default()
    }

    /// Returns a part of this chunk as text, if it is valid UTF-8.
    ///
    /// Callers ask for parts from front to back. Each validation covers a stretch of the chunk that
    /// begins with the part. A stretch is longer than a line, so that not every line needs a validation. It
    /// is shorter than the chunk, because a caller may make a new chunk for each item. Each byte is
    /// validated a few times at most.
    #[inline]
    pub(crate) fn text(&mut self, part: &'c [u8]) -> Option<&'c str> {
        part_of(self.text, part).or_else(|| {
            let start = part.as_ptr().addr() - self.bytes.as_ptr().addr();
            self.text = valid_stretch(self.bytes.get(start..)?, part.len());
            part_of(self.text, part)
        })
    }
}

/// Returns `part` as text, if it is a part of `text`.
#[inline]
fn part_of<'c>(text: &'c str, part: &[u8]) -> Option<&'c str> {
    let start = part.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    text.get(start..start.checked_add(part.len())?)
}

/// The smallest number of bytes that are validated at once.
const STRETCH: usize = 4096;

/// Validates at least the first `wanted` bytes, and returns the valid ones at the start.
#[inline(never)]
fn valid_stretch(bytes: &[u8], wanted: usize) -> &str {
    let mut end = wanted.max(STRETCH).min(bytes.len());
    // Do not cut a character. Its first byte is followed by at most three of the form 10xxxxxx.
    for _ in 0..3 {
        if end > wanted && bytes.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
            end -= 1;
        }
    }
    let stretch = &bytes[..end];
    utf8::from_utf8(stretch)
        .or_else(|error| str::from_utf8(&stretch[..error.valid_up_to()]))
        .unwrap_or_default()
}

impl fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("length", &self.bytes.len())
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_given_on_both_sides_of_a_bad_byte() {
        let bytes = b"good\xFFalso good";
        let mut chunk = Chunk::new(bytes);
        assert_eq!(chunk.text(&bytes[0..4]), Some("good"));
        assert_eq!(chunk.text(&bytes[2..7]), None);
        assert_eq!(chunk.text(&bytes[5..14]), Some("also good"));
        assert_eq!(chunk.text(&bytes[10..14]), Some("good"));
        assert_eq!(chunk.text(&bytes[2..4]), Some("od"));
    }

    #[test]
    fn text_is_not_given_for_a_cut_character() {
        let bytes = "a€b".as_bytes();
        let mut chunk = Chunk::new(bytes);
        assert_eq!(chunk.text(&bytes[0..2]), None);
        assert_eq!(chunk.text(&bytes[2..4]), None);
        assert_eq!(chunk.text(&bytes[4..5]), Some("b"));
    }

    #[test]
    fn text_is_given_after_the_tail_of_a_cut_character() {
        let bytes = b"\x82\xAC\ndata: x";
        let mut chunk = Chunk::new(bytes);
        assert_eq!(chunk.text(&bytes[0..2]), None);
        assert_eq!(chunk.text(&bytes[9..10]), Some("x"));
    }
}
