//! Bytes to text, where the bytes come in parts.

use alloc::string::String;
use core::str;

use crate::utf8;

/// What is left of the last part: the beginning of a character, which the next part may complete.
///
/// Bytes that are not UTF-8 become U+FFFD, one for each maximal subpart, as the standard's decoder
/// has it ([Encoding, "UTF-8 decoder"](https://encoding.spec.whatwg.org/#utf-8-decoder)).
#[derive(Clone, Default)]
pub(crate) struct CutText {
    /// The longest character has four bytes.
    beginning: [u8; 4],
    length: usize,
}

impl CutText {
    /// Appends the text of `part` to `text`.
    pub(crate) fn push(&mut self, mut part: &[u8], text: &mut String) {
        while self.length > 0
            && let [first, rest @ ..] = part
        {
            self.beginning[self.length] = *first;
            match str::from_utf8(&self.beginning[..=self.length]) {
                Ok(character) => {
                    text.push_str(character);
                    self.length = 0;
                    part = rest;
                }
                Err(error) if error.error_len().is_none() => {
                    self.length += 1;
                    part = rest;
                }
                // This byte does not belong to it, and is looked at again.
                Err(_) => self.finish(text),
            }
        }
        if let Ok(valid) = utf8::from_utf8(part) {
            text.push_str(valid);
            return;
        }
        // Repair goes on from bad byte to bad byte, for which the start of a vector search is slow.
        while !part.is_empty() {
            let Err(error) = str::from_utf8(part).map(|valid| text.push_str(valid)) else {
                return;
            };
            let (valid, rest) = part.split_at(error.valid_up_to());
            text.push_str(str::from_utf8(valid).unwrap_or_default());
            let Some(length) = error.error_len() else {
                self.beginning[..rest.len()].copy_from_slice(rest);
                self.length = rest.len();
                return;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            part = &rest[length..];
        }
    }

    /// There is no further part: a character that is not complete is none.
    pub(crate) fn finish(&mut self, text: &mut String) {
        if self.length > 0 {
            self.length = 0;
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// How long `bytes` will be as text.
pub(crate) fn text_length(bytes: &[u8]) -> usize {
    let length = |chunk: str::Utf8Chunk<'_>| {
        let repaired = !chunk.invalid().is_empty();
        chunk.valid().len() + usize::from(repaired) * char::REPLACEMENT_CHARACTER.len_utf8()
    };
    bytes.utf8_chunks().map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_give_what_the_whole_gives() {
        for bytes in [
            "aé€😀z".as_bytes(),
            b"\xF0\x9F\x98\xF0\x9F\x98\x80",
            b"\xE2\x82x\xE2\x82",
            b"\xC0\xAF\xED\xA0\x80\xFF\xFEa",
            b"\x80\xF4\x90\x80\x80\xF0\x80",
        ] {
            let whole = String::from_utf8_lossy(bytes);
            assert_eq!(text_length(bytes), whole.len());
            for first in 0..=bytes.len() {
                for second in first..=bytes.len() {
                    let mut text = String::new();
                    let mut cut = CutText::default();
                    cut.push(&bytes[..first], &mut text);
                    cut.push(&bytes[first..second], &mut text);
                    cut.push(&bytes[second..], &mut text);
                    cut.finish(&mut text);
                    assert_eq!(text, whole, "{} {first} {second}", bytes.escape_ascii());
                }
            }
        }
    }
}
