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
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Whether these bytes are UTF-8.
pub(crate) fn is_valid(bytes: &[u8]) -> bool {
    from_utf8(&bytes[ascii_blocks(bytes)..]).is_ok()
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
    #[inline]
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        match alloc::string::String::from_utf8(bytes) {
            Ok(text) => Ok(Self(text)),
            Err(error) => Err(error.into_bytes()),
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
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        match is_valid(&bytes) {
            true => Ok(Self(bytes)),
            false => Err(bytes),
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

/// How long these bytes will be once repaired: never shorter, at most three times as long.
pub(crate) fn repaired_length(bytes: &[u8]) -> usize {
    let length = |chunk: core::str::Utf8Chunk<'_>| {
        let repaired = !chunk.invalid().is_empty();
        chunk.valid().len() + usize::from(repaired) * REPLACEMENT.len()
    };
    bytes.utf8_chunks().map(length).sum()
}

/// Copies bytes within `memory`, and repairs them on the way. They may overlap what they become if
/// that ends no later than they do, since it never grows less than they shrink.
pub(crate) fn copy_repaired(memory: &mut [u8], from: Range<usize>, mut to: usize) {
    let Range { mut start, end } = from;
    while let Some(chunk) = memory[start..end].utf8_chunks().next() {
        let (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
        memory.copy_within(start..start + valid, to);
        start += valid + invalid;
        to += valid;
        if invalid > 0 {
            memory[to..to + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
            to += REPLACEMENT.len();
        }
    }
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
            assert_eq!(super::is_valid(&bytes), repaired.as_bytes() == bytes);
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
