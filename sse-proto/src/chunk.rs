//! The bytes of one read, and what is known about them.
//!
//! Most of the time that decoding takes is spent here, in finding line ends. Asking memchr for each
//! line costs more than the line itself where lines are short, so a block of 64 bytes is searched
//! at once, which gives a [mask](crate::mask), from which line ends are then taken one by one.
//! Where blocks have no line end at all, memchr is faster, and is asked for the next one.

use core::{fmt, str};

use crate::{
    field,
    mask::{BLOCK, line_ends, without_first},
    utf8,
};

/// A run of bytes as they arrived, and what is left of it.
///
/// Whatever takes something off the front (`Lines::next_part`, `Decoder::decode`) moves the chunk on
/// by itself. What is true of these bytes only, such as where they are valid UTF-8, is kept here: it
/// is found once, and cannot be applied to another chunk.
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
    /// How many bytes are taken.
    position: usize,
    /// How many bytes were searched for line ends.
    searched: usize,
    /// The line ends found and not yet taken: bit `n` stands for the byte `block + n`.
    line_ends: u64,
    block: usize,
    /// A stretch of the bytes that is valid UTF-8.
    text: &'c str,
}

/// After how many blocks without a line end memchr is asked.
const BARREN: usize = 4;

impl<'c> Chunk<'c> {
    /// A chunk of which nothing is taken yet, and no byte is looked at.
    ///
    /// Best made once for each read and kept until it is empty. Where that cannot be, as in a stream
    /// that returns one item a poll, it may be made anew of what [remains](Self::remaining): at the
    /// cost of looking at up to 4 KiB again.
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

    /// The bytes that are not yet taken.
    #[must_use]
    pub fn remaining(&self) -> &'c [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// Whether every byte is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remaining().is_empty()
    }

    /// The byte at the front.
    #[inline]
    pub(crate) fn first(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Takes one byte, no line end, off the front.
    pub(crate) fn skip_byte(&mut self) {
        self.position += 1;
    }

    /// Takes all that is left.
    pub(crate) fn take_rest(&mut self) -> &'c [u8] {
        let rest = self.remaining();
        self.position = self.bytes.len();
        rest
    }

    /// Takes a line off the front with the CR or LF that ends it, which is returned as well.
    #[inline]
    pub(crate) fn take_line(&mut self) -> Option<(&'c [u8], u8)> {
        let end = self.first_line_end()?;
        self.line_ends = without_first(self.line_ends);
        let line = self.bytes.get(self.position..end)?;
        let ended_by = *self.bytes.get(end)?;
        self.position = end + 1;
        Some((line, ended_by))
    }

    /// Takes a line off the front if its line end is whole in this chunk: behind a CR there must be
    /// another byte.
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

    /// The same for a line that is known to end in a CR, which is not the last byte.
    #[inline(never)]
    fn take_cr_line(&mut self) -> &'c [u8] {
        let line = self.take_line().map_or(&[][..], |(line, _)| line);
        self.take_line_feed();
        line
    }

    /// Takes a blank line that ends in LF off the front, if the mask shows it.
    #[inline]
    pub(crate) fn take_blank_line(&mut self) -> bool {
        let is_blank = self.line_ends != 0 && self.first() == Some(b'\n');
        if is_blank {
            self.line_ends = without_first(self.line_ends);
            self.position += 1;
        }
        is_blank
    }

    /// Takes a data line off the front that ends in LF, if the line is at most this long. Returns its value,
    /// with the LF.
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

    /// Where the line at the front ends.
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

    /// Takes an event of one line of data, at most this long, off the front, and returns its data. It
    /// is not taken if that cannot be told from the mask alone.
    #[inline]
    pub(crate) fn take_event(&mut self, at_most: usize) -> Option<&'c [u8]> {
        let end = self.first_line_end()?;
        // The second to the fifth line end, as far as there are so many in the mask.
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

    /// Takes blank lines off the front, and comments if they are `idle`, too. The LF of a CRLF is taken
    /// for a blank line.
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

    /// Takes the LF that belongs to a CR, if it is at the front.
    #[inline]
    pub(crate) fn take_line_feed(&mut self) {
        if self.first() == Some(b'\n') {
            self.take_line();
        }
    }

    /// Searches on until a block has a line end, or all is searched.
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

    /// The same, where there is likely to be none.
    #[inline(never)]
    fn search_on(&mut self) {
        for _ in 1..BARREN {
            let Some(block) = self.next_block() else {
                return self.search_tail();
            };
            if self.search_block(block) {
                return;
            }
        }
        self.skip_barren();
    }

    #[inline]
    fn next_block(&self) -> Option<&'c [u8; BLOCK]> {
        self.bytes.get(self.searched..)?.first_chunk()
    }

    /// Whether there is a line end in the block.
    #[inline]
    fn search_block(&mut self, block: &[u8; BLOCK]) -> bool {
        self.block = self.searched;
        self.searched += BLOCK;
        let line_ends = line_ends(block);
        self.line_ends = line_ends.unwrap_or_default();
        line_ends.is_some()
    }

    /// Searches what is left, which is less than a block.
    #[inline(never)]
    fn search_tail(&mut self) {
        let tail = self.unsearched();
        if !tail.is_empty() {
            let mut block = [0; BLOCK];
            block[..tail.len()].copy_from_slice(tail);
            self.search_block(&block);
        }
    }

    /// Goes on to the next line end by memchr, and searches there.
    #[inline(never)]
    fn skip_barren(&mut self) {
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

    /// A part of this chunk as text, if it is valid UTF-8.
    ///
    /// This is asked for parts of lines, in order. A stretch of the chunk is validated at a time, from
    /// the part asked for, so that it is not done for each line; nor for the whole chunk, which may
    /// be made anew for each item. Each byte is validated a few times at most.
    #[inline]
    pub(crate) fn text(&mut self, part: &'c [u8]) -> Option<&'c str> {
        part_of(self.text, part).or_else(|| {
            let start = part.as_ptr().addr() - self.bytes.as_ptr().addr();
            self.text = valid_stretch(self.bytes.get(start..)?, part.len());
            part_of(self.text, part)
        })
    }
}

/// The text of these bytes, if they are a part of this text.
#[inline]
fn part_of<'c>(text: &'c str, part: &[u8]) -> Option<&'c str> {
    let start = part.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    text.get(start..start.checked_add(part.len())?)
}

/// How many bytes are validated at once, at least.
const STRETCH: usize = 4096;

/// The first bytes, at least `wanted` if there are no more than that, as far as they are valid.
#[inline(never)]
fn valid_stretch(bytes: &[u8], wanted: usize) -> &str {
    let mut end = wanted.max(STRETCH).min(bytes.len());
    // Not into a character: a byte of the form 10xxxxxx goes on with one. There are three at most.
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
