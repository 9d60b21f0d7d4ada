//! The validation of UTF-8: std's, or with feature `simdutf8` one that is faster in long text that
//! is not all ASCII.
//!
//! The answers are the same, errors and where they are included. Of that crate's two ways this is
//! the one that stops at the first bad byte, as std's does: the other reads on to the end, so that
//! many bad bytes would take quadratic time.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::ops::Range;

#[cfg(not(feature = "simdutf8"))]
pub(crate) use core::str::from_utf8;
#[cfg(feature = "simdutf8")]
pub(crate) use simdutf8::compat::from_utf8;

/// What is not UTF-8 becomes this, once for each maximal subpart, as the standard's decoder has it
/// ([Encoding, "UTF-8 decoder"](https://encoding.spec.whatwg.org/#utf-8-decoder)).
const REPLACEMENT: &[u8; 3] = b"\xEF\xBF\xBD";

/// Checks that these bytes are UTF-8. If they are not, returns how many bytes at the start are.
pub(crate) fn validate(bytes: &[u8]) -> Result<(), usize> {
    let ascii = ascii_blocks(bytes);
    match from_utf8(&bytes[ascii..]) {
        Ok(_) => Ok(()),
        Err(error) => Err(ascii + error.valid_up_to()),
    }
}

/// How many bytes at the start are ASCII, in whole blocks.
fn ascii_blocks(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let (blocks, _) = words.as_chunks::<8>();
    let is_ascii = |block: &&[[u8; 8]; 8]| {
        let words = block.iter().map(|word| u64::from_ne_bytes(*word));
        words.fold(0, |any, word| any | word) & 0x8080_8080_8080_8080 == 0
    };
    64 * blocks.iter().take_while(is_ascii).count()
}

/// Bytes that are known to be UTF-8, so that they need not be validated to be read.
#[cfg(all(feature = "alloc", not(feature = "simdutf8")))]
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(alloc::string::String);

#[cfg(all(feature = "alloc", not(feature = "simdutf8")))]
impl Text {
    /// If the bytes are not UTF-8, returns them, and how many of them at the start are.
    #[inline]
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self, (Vec<u8>, usize)> {
        match alloc::string::String::from_utf8(bytes) {
            Ok(text) => Ok(Self(text)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                Err((error.into_bytes(), valid))
            }
        }
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    #[inline]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// The same. A `String` is made with std's validation only: twice by simdutf8 is faster.
#[cfg(all(feature = "alloc", feature = "simdutf8"))]
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Vec<u8>);

#[cfg(all(feature = "alloc", feature = "simdutf8"))]
impl Text {
    #[inline]
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self, (Vec<u8>, usize)> {
        match validate(&bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(valid) => Err((bytes, valid)),
        }
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        from_utf8(&self.0).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Returns how long these bytes are once repaired: between one and three times their length.
pub(crate) fn repaired_length(bytes: &[u8]) -> usize {
    let (mut start, mut length) = (0, 0);
    while start < bytes.len() {
        let block = Block::of(&bytes[start..]);
        start += match block.content() {
            Content::Ascii => {
                length += BLOCK;
                BLOCK
            }
            Content::InvalidBytes => {
                length += REPLACEMENTS.len();
                BLOCK
            }
            Content::Mixed => block.parts(|part| match part {
                Part::Character(_, bytes) => length += bytes,
                Part::Invalid => length += REPLACEMENT.len(),
            }),
        };
    }
    length
}

/// Copies bytes within `memory` and repairs them on the way. The copy may overlap its source if it
/// ends where the source ends, or before.
pub(crate) fn copy_repaired(memory: &mut [u8], from: Range<usize>, mut to: usize) {
    let Range { mut start, end } = from;
    while start < end {
        let block = Block::of(&memory[start..end]);
        start += match block.content() {
            Content::Ascii => {
                memory[to..to + BLOCK].copy_from_slice(&block.bytes[..BLOCK]);
                to += BLOCK;
                BLOCK
            }
            Content::InvalidBytes => {
                memory[to..to + REPLACEMENTS.len()].copy_from_slice(&REPLACEMENTS);
                to += REPLACEMENTS.len();
                BLOCK
            }
            Content::Mixed => block.parts(|part| match part {
                Part::Character(bytes, length) => {
                    // A loop is quicker than a copy of so few bytes.
                    for (place, byte) in memory[to..to + length].iter_mut().zip(bytes) {
                        *place = byte;
                    }
                    to += length;
                }
                Part::Invalid => {
                    memory[to..to + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
                    to += REPLACEMENT.len();
                }
            }),
        };
    }
}

/// Bytes that are to be repaired, from where a character may begin.
struct Block {
    /// As many as are looked at together, and those of a character that begins with the last of them.
    /// Zeros stand for those that are missing: they continue nothing.
    bytes: [u8; BLOCK + 3],
    length: usize,
}

/// The number of bytes that are looked at together.
const BLOCK: usize = 8;

/// The contents of a block.
enum Content {
    Ascii,
    /// Each byte is an invalid sequence.
    InvalidBytes,
    /// Some characters and some sequences.
    Mixed,
}

enum Part {
    /// The first `count` of these bytes.
    Character([u8; 4], usize),
    /// A maximal subpart.
    Invalid,
}

/// The text for a block of invalid bytes.
const REPLACEMENTS: [u8; 3 * BLOCK] = {
    let mut all = [0; 3 * BLOCK];
    let mut at = 0;
    while at < all.len() {
        all[at] = REPLACEMENT[at % REPLACEMENT.len()];
        at += 1;
    }
    all
};

impl Block {
    #[inline(always)]
    fn of(rest: &[u8]) -> Self {
        if let Some(bytes) = rest.first_chunk() {
            let (bytes, length) = (*bytes, BLOCK);
            return Self { bytes, length };
        }
        let mut bytes = [0; BLOCK + 3];
        bytes[..rest.len()].copy_from_slice(rest);
        let length = rest.len().min(BLOCK);
        Self { bytes, length }
    }

    #[inline(always)]
    fn content(&self) -> Content {
        if self.length < BLOCK {
            return Content::Mixed;
        }
        let word = self.word_at::<0>();
        match word & HIGH {
            0 => return Content::Ascii,
            HIGH => {}
            _ => return Content::Mixed,
        }
        // A lead without a continuation is invalid, as is a continuation without a lead.
        let leads = at_least(word, 0xC2) & !at_least(word, 0xF5);
        let next = self.word_at::<1>();
        let mut pairs = leads & next & !at_least(next, 0xC0);
        while pairs != 0 {
            let shift = pairs.trailing_zeros() / 8 * 8;
            if is_pair((word >> shift) as u8, (next >> shift) as u8) {
                return Content::Mixed;
            }
            pairs &= pairs - 1;
        }
        Content::InvalidBytes
    }

    #[inline(always)]
    fn word_at<const START: usize>(&self) -> u64 {
        let bytes = self.bytes[START..].first_chunk();
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// Calls `each` for each part that begins in the block. Returns how many bytes they are.
    #[inline(always)]
    fn parts(&self, mut each: impl FnMut(Part)) -> usize {
        let mut start = 0;
        while start < self.length {
            // It is below that already, which the compiler cannot see.
            let at = start % BLOCK;
            let bytes = &self.bytes;
            let [lead, second, third, fourth] =
                [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            // The longest start of a character, and whether it is all of it.
            let (length, is_whole) = if lead < 0x80 {
                (1, true)
            } else if !is_pair(lead, second) {
                (1, false)
            } else if lead < 0xE0 {
                (2, true)
            } else if !is_continuation(third) {
                (2, false)
            } else if lead < 0xF0 {
                (3, true)
            } else if !is_continuation(fourth) {
                (3, false)
            } else {
                (4, true)
            };
            each(match is_whole {
                true => Part::Character([lead, second, third, fourth], length),
                false => Part::Invalid,
            });
            start += length;
        }
        start
    }
}

/// The highest bit of each byte.
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

/// Sets the highest bit of each byte that is at least `limit`, which is not ASCII. For ASCII bytes it may
/// be set as well. The other bits are unset.
#[inline(always)]
const fn at_least(word: u64, limit: u8) -> u64 {
    let distance = u64::from_ne_bytes([limit.wrapping_neg(); 8]);
    ((word & !HIGH) + distance) & HIGH
}

/// Returns whether these two bytes are the start of a character, or all of it
/// ([Unicode, table 3-7](https://www.unicode.org/versions/latest/core-spec/chapter-3/#G27506)).
#[inline(always)]
fn is_pair(lead: u8, second: u8) -> bool {
    let (first, count) = match SECOND_BYTES.get(usize::from(lead.wrapping_sub(0xC2))) {
        Some(range) => *range,
        None => return false,
    };
    second.wrapping_sub(first) < count
}

/// The first second byte that may follow each lead from 0xC2 to 0xF4, and how many there are.
const SECOND_BYTES: [(u8, u8); 0xF5 - 0xC2] = {
    let mut all = [(0x80, 0x40); 0xF5 - 0xC2];
    all[0xE0 - 0xC2] = (0xA0, 0x20);
    all[0xED - 0xC2] = (0x80, 0x20);
    all[0xF0 - 0xC2] = (0x90, 0x30);
    all[0xF4 - 0xC2] = (0x80, 0x10);
    all
};

#[inline(always)]
const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::{string::String, vec};
    use core::str;

    /// What stands alone, and after and before so much text that it is looked at in blocks.
    const PARTS: [&[u8]; 12] = [
        b"",
        b"a",
        "é".as_bytes(),
        "€".as_bytes(),
        "😀".as_bytes(),
        b"\xFF",
        b"\xC3",
        b"\xE2\x82",
        b"\xF0\x9F\x98",
        b"\xED\xA0\x80",
        b"\xC0\x80",
        b"\xF4\x90\x80\x80",
    ];

    #[test]
    fn what_is_invalid_is_replaced_and_counted() {
        for part in PARTS {
            let bytes = [b"a", part, "€".as_bytes(), part].concat();
            let repaired = String::from_utf8_lossy(&bytes).into_owned();
            let length = super::repaired_length(&bytes);
            assert_eq!(length, repaired.len());
            let valid = str::from_utf8(&bytes).map_err(|error| error.valid_up_to());
            assert_eq!(super::validate(&bytes), valid.map(|_| ()));
            // In as little room as there can be, so that they overlap.
            let mut memory = vec![0; length - bytes.len()];
            memory.extend_from_slice(&bytes);
            super::copy_repaired(&mut memory, length - bytes.len()..length, 0);
            assert_eq!(memory, repaired.as_bytes());
        }
    }

    /// The bytes on both sides of every limit.
    const LIMITS: [u8; 18] = [
        0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF,
        0xF0, 0xF4, 0xF5,
    ];

    #[test]
    fn every_four_bytes_are_repaired_as_std_does_it_wherever_they_stand() {
        let fillings = [&b"xxxxxxxxxxx"[..], &[0xFF; 11], &[0x80; 11]];
        for n in 0..LIMITS.len().pow(4) {
            let four = [0, 1, 2, 3].map(|place| LIMITS[n / LIMITS.len().pow(place) % LIMITS.len()]);
            let filling = fillings[n % fillings.len()];
            let (before, after) = (&filling[..n % 10], &filling[..n / 10 % 12]);
            let bytes = [before, &four, after].concat();
            let repaired = String::from_utf8_lossy(&bytes).into_owned();
            let length = super::repaired_length(&bytes);
            assert_eq!(length, repaired.len(), "{}", bytes.escape_ascii());
            let mut memory = vec![0; length - bytes.len()];
            memory.extend_from_slice(&bytes);
            super::copy_repaired(&mut memory, length - bytes.len()..length, 0);
            assert_eq!(memory, repaired.as_bytes(), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_answers_are_those_of_std() {
        for filling in ["", "x", "é"] {
            for before in [0, 1, 62, 63, 64, 65, 127, 300] {
                for part in PARTS {
                    for after in [0, 1, 64, 130] {
                        let (before, after) = (filling.repeat(before), filling.repeat(after));
                        let bytes = [before.as_bytes(), part, after.as_bytes()].concat();
                        let found = super::from_utf8(&bytes)
                            .map_err(|error| (error.valid_up_to(), error.error_len()));
                        let expected = str::from_utf8(&bytes)
                            .map_err(|error| (error.valid_up_to(), error.error_len()));
                        assert_eq!(found, expected, "{}", bytes.escape_ascii());
                    }
                }
            }
        }
    }
}
