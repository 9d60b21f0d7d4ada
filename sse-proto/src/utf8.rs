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
pub(crate) fn repaired_length(mut bytes: &[u8]) -> usize {
    let mut length = 0;
    while !bytes.is_empty() {
        let (valid, invalid) = split_at_invalid(bytes);
        bytes = &bytes[valid + invalid..];
        length += valid;
        if invalid > 0 {
            length += REPLACEMENT.len();
        }
    }
    length
}

/// Copies bytes within `memory` and repairs them on the way. The copy may overlap its source if it
/// ends where the source ends, or before.
pub(crate) fn copy_repaired(memory: &mut [u8], from: Range<usize>, mut to: usize) {
    let Range { mut start, end } = from;
    while start < end {
        let (valid, invalid) = split_at_invalid(&memory[start..end]);
        if valid > 0 {
            memory.copy_within(start..start + valid, to);
        }
        start += valid + invalid;
        to += valid;
        if invalid > 0 {
            memory[to..to + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
            to += REPLACEMENT.len();
        }
    }
}

/// Returns the length of the text before the first invalid sequence, and the length of the sequence,
/// which is 0 if all bytes are text.
///
/// Invalid sequences often stand close together, so the first few characters are read one by one.
/// The validation takes longer to start, but reads what follows in large steps.
#[inline(always)]
fn split_at_invalid(bytes: &[u8]) -> (usize, usize) {
    let mut valid = 0;
    while valid < NEAR {
        match first_character(&bytes[valid..]) {
            Ok(0) => return (valid, 0),
            Ok(length) => valid += length,
            Err(invalid) => return (valid, invalid),
        }
    }
    match from_utf8(&bytes[valid..]) {
        Ok(_) => (bytes.len(), 0),
        Err(error) => {
            let valid = valid + error.valid_up_to();
            (valid, error.error_len().unwrap_or(bytes.len() - valid))
        }
    }
}

/// The number of bytes that are read one by one before the validation is called.
const NEAR: usize = 16;

/// Returns the length of the character at the front, or 0 for empty input. If it is
/// invalid, returns the length of its maximal subpart
/// ([Unicode, table 3-7](https://www.unicode.org/versions/latest/core-spec/chapter-3/#G27506)).
#[inline(always)]
fn first_character(bytes: &[u8]) -> Result<usize, usize> {
    let Some(&lead) = bytes.first() else {
        return Ok(0);
    };
    match lead {
        0x00..=0x7F => return Ok(1),
        0x80..=0xC1 | 0xF5..=0xFF => return Err(1),
        _ => {}
    }
    // The length of the character, and the first and last second byte that it may have.
    let (length, first, last) = match lead {
        0xC2..=0xDF => (2, 0x80, 0xBF),
        0xE0 => (3, 0xA0, 0xBF),
        0xED => (3, 0x80, 0x9F),
        0xE1..=0xEF => (3, 0x80, 0xBF),
        0xF0 => (4, 0x90, 0xBF),
        0xF4 => (4, 0x80, 0x8F),
        _ => (4, 0x80, 0xBF),
    };
    match bytes.get(1) {
        Some(&second) if (first..=last).contains(&second) => {}
        _ => return Err(1),
    }
    for position in 2..length {
        match bytes.get(position) {
            Some(0x80..=0xBF) => {}
            _ => return Err(position),
        }
    }
    Ok(length)
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
