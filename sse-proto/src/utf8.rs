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

#[cfg(all(test, feature = "alloc"))]
mod tests {
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
