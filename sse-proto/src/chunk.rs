//! The bytes of one read, and what is known about them.

use core::{fmt, ops::Range, str};

/// A run of bytes as they arrived, and what is left of it.
///
/// Whatever takes something off the front ([`Lines::next_part`](crate::Lines::next_part),
/// [`Decoder::decode`](crate::Decoder::decode)) moves the chunk on by itself. What is true of these
/// bytes only, such as where they are valid UTF-8, is kept here: it is found once, and cannot be
/// applied to another chunk.
///
/// ```
/// use sse_proto::{Chunk, Lines};
///
/// let mut chunk = Chunk::new(b"data: 1\nda");
/// Lines::new().next_part(&mut chunk);
/// assert_eq!(chunk.remaining(), b"da");
/// ```
pub struct Chunk<'c> {
    bytes: &'c [u8],
    position: usize,
    text: Text<'c>,
}

/// A stretch of the chunk that is valid UTF-8.
struct Text<'c> {
    start: usize,
    valid: &'c str,
}

impl<'c> Chunk<'c> {
    /// A chunk of which nothing is taken yet. Costs nothing: no byte is looked at.
    #[must_use]
    pub const fn new(bytes: &'c [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            text: Text {
                start: 0,
                valid: "",
            },
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

    /// How many bytes are taken.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Takes `count` bytes off the front.
    pub(crate) fn advance(&mut self, count: usize) {
        self.position += count;
    }

    /// The bytes in `range`, counted from the start of the chunk, if they are valid UTF-8.
    ///
    /// The chunk is validated from the first place asked for as far as it is valid, so this is
    /// asked with growing ranges: then each byte is validated once.
    pub(crate) fn text(&mut self, range: Range<usize>) -> Option<&'c str> {
        let known_until = self.text.start + self.text.valid.len();
        if range.end > known_until && range.start >= known_until {
            self.text = Text {
                start: range.start,
                valid: valid_prefix(self.bytes.get(range.start..)?),
            };
        }
        let start = range.start.checked_sub(self.text.start)?;
        let end = range.end.checked_sub(self.text.start)?;
        self.text.valid.get(start..end)
    }
}

fn valid_prefix(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
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
        assert_eq!(chunk.text(0..4), Some("good"));
        assert_eq!(chunk.text(2..7), None);
        assert_eq!(chunk.text(5..14), Some("also good"));
        assert_eq!(chunk.text(10..14), Some("good"));
    }

    #[test]
    fn text_is_not_given_for_a_cut_character() {
        let mut chunk = Chunk::new("a€b".as_bytes());
        assert_eq!(chunk.text(0..2), None);
        assert_eq!(chunk.text(2..4), None);
        assert_eq!(chunk.text(4..5), Some("b"));
    }

    #[test]
    fn text_is_given_after_the_tail_of_a_cut_character() {
        let mut chunk = Chunk::new(b"\x82\xAC\ndata: x");
        assert_eq!(chunk.text(0..2), None);
        assert_eq!(chunk.text(9..10), Some("x"));
    }
}
