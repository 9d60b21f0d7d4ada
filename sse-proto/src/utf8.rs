//! The validation of UTF-8: std's, or with feature `simdutf8` one that is faster in long text that
//! is not all ASCII.
//!
//! The answers are the same, errors and where they are included. Of that crate's two ways this is
//! the one that stops at the first bad byte, as std's does: the other reads on to the end, so that
//! many bad bytes would take quadratic time.

#[cfg(not(feature = "simdutf8"))]
pub(crate) use core::str::from_utf8;
#[cfg(feature = "simdutf8")]
pub(crate) use simdutf8::compat::from_utf8;

/// Appends `bytes`. What is not UTF-8 becomes U+FFFD, one for each maximal subpart, as the standard's
/// decoder has it ([Encoding, "UTF-8 decoder"](https://encoding.spec.whatwg.org/#utf-8-decoder)).
#[cfg(feature = "alloc")]
pub(crate) fn push_lossy(text: &mut alloc::string::String, bytes: &[u8]) {
    if let Ok(valid) = from_utf8(bytes) {
        return text.push_str(valid);
    }
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// How long `bytes` will be as text, at most three times as long.
#[cfg(feature = "alloc")]
pub(crate) fn lossy_length(bytes: &[u8]) -> usize {
    if from_utf8(bytes).is_ok() {
        return bytes.len();
    }
    let length = |chunk: core::str::Utf8Chunk<'_>| {
        let repaired = !chunk.invalid().is_empty();
        chunk.valid().len() + usize::from(repaired) * char::REPLACEMENT_CHARACTER.len_utf8()
    };
    bytes.utf8_chunks().map(length).sum()
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::string::String;
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
            let mut text = String::new();
            super::push_lossy(&mut text, &bytes);
            assert_eq!(text, String::from_utf8_lossy(&bytes));
            assert_eq!(super::lossy_length(&bytes), text.len());
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
