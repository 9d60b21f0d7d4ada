//! Validation and repair of UTF-8.
//!
//! Text is validated by std. With feature `simdutf8`, that crate does it, which is faster for long text that
//! is not all ASCII. The results are the same, including the positions of errors. simdutf8 has two
//! interfaces. This module uses the one that stops at the first bad byte, as std does. The other one always
//! reads to the end, which would take quadratic time if many bytes are bad.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::ops::Range;

#[cfg(not(feature = "simdutf8"))]
pub(crate) use core::str::from_utf8;
#[cfg(feature = "simdutf8")]
pub(crate) use simdutf8::compat::from_utf8;

/// U+FFFD, which replaces each maximal subpart of an invalid sequence, as in the standard's decoder
/// ([Encoding, "UTF-8 decoder"](https://encoding.spec.whatwg.org/#utf-8-decoder)).
const REPLACEMENT: &[u8; 3] = b"\xEF\xBF\xBD";

/// Checks that these bytes are UTF-8. If they are not, returns the number of valid bytes at the start.
pub(crate) fn validate(bytes: &[u8]) -> Result<(), usize> {
    let ascii = ascii_blocks(bytes);
    match from_utf8(&bytes[ascii..]) {
        Ok(_) => Ok(()),
        Err(error) => Err(ascii + error.valid_up_to()),
    }
}

/// Returns the number of bytes at the start that are ASCII, in whole blocks.
fn ascii_blocks(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let (blocks, _) = words.as_chunks::<8>();
    let is_ascii = |block: &&[[u8; 8]; 8]| {
        let words = block.iter().map(|word| u64::from_ne_bytes(*word));
        words.fold(0, |any, word| any | word) & 0x8080_8080_8080_8080 == 0
    };
    64 * blocks.iter().take_while(is_ascii).count()
}

/// Bytes that are known to be UTF-8, so that reading them needs no validation.
#[cfg(all(feature = "alloc", not(feature = "simdutf8")))]
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(alloc::string::String);

#[cfg(all(feature = "alloc", not(feature = "simdutf8")))]
impl Text {
    /// If the bytes are not UTF-8, returns them with the number of valid bytes at the start.
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

/// Bytes that are known to be UTF-8. They are validated again when they are read, because only std can
/// make a `String`, and validating twice with simdutf8 is faster than once with std.
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

/// Returns the length of these bytes after repair, which is one to three times their length.
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

/// Copies bytes within `memory` and repairs them. The copy may overlap its source if it does not end after
/// the source.
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

/// Bytes to repair. The first one may begin a character.
struct Block {
    /// The bytes that are looked at together, and three more, which may belong to a character that begins
    /// with the last of them. Missing bytes are zeros, which never continue a character.
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
    /// Characters, invalid sequences, or both.
    Mixed,
}

enum Part {
    /// The first `count` of these bytes.
    Character([u8; 4], usize),
    /// A maximal subpart of an invalid sequence.
    Invalid,
}

/// The replacement of a block of invalid bytes.
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

    /// Calls `each` for each part that begins in the block. Returns the number of their bytes.
    #[inline(always)]
    fn parts(&self, mut each: impl FnMut(Part)) -> usize {
        let mut start = 0;
        while start < self.length {
            // `start` is below `BLOCK` already, but the compiler does not know that.
            let at = start % BLOCK;
            let bytes = &self.bytes;
            let [lead, second, third, fourth] =
                [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            // The length of the longest valid start of a character, and whether that is the whole
            // character.
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

/// Sets the highest bit of each byte that is at least `limit`, and clears all other bits. `limit` is not
/// ASCII. The result for ASCII bytes is unspecified.
#[inline(always)]
const fn at_least(word: u64, limit: u8) -> u64 {
    let distance = u64::from_ne_bytes([limit.wrapping_neg(); 8]);
    ((word & !HIGH) + distance) & HIGH
}

/// Returns whether these two bytes are the start of a character, or a whole character
/// ([Unicode, table 3-7](https://www.unicode.org/versions/latest/core-spec/chapter-3/#G27506)).
#[inline(always)]
fn is_pair(lead: u8, second: u8) -> bool {
    let (first, count) = match SECOND_BYTES.get(usize::from(lead.wrapping_sub(0xC2))) {
        Some(range) => *range,
        None => return false,
    };
    second.wrapping_sub(first) < count
}

/// For each first byte from 0xC2 to 0xF4: the lowest second byte that may follow, and the number of them.
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

    /// Characters and invalid sequences. The tests use them alone and within text that is long enough to be
    /// read in blocks.
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
    fn invalid_bytes_are_replaced_and_counted() {
        for part in PARTS {
            let bytes = [b"a", part, "€".as_bytes(), part].concat();
            let repaired = String::from_utf8_lossy(&bytes).into_owned();
            let length = super::repaired_length(&bytes);
            assert_eq!(length, repaired.len());
            let valid = str::from_utf8(&bytes).map_err(|error| error.valid_up_to());
            assert_eq!(super::validate(&bytes), valid.map(|_| ()));
            // Source and copy overlap as much as they can.
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
    fn every_four_bytes_are_repaired_as_by_std_at_every_position() {
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
    fn results_are_those_of_std() {
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
