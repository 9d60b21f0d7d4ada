//! Searches a body that grows.

/// Returns where `needle` begins.
pub(crate) fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(hay, needle)
}

/// A search for an event in a body that grows. Each byte is searched once.
pub(crate) struct Search<'t> {
    token: &'t str,
    /// The start of the token, or the place where the search for it continues.
    pub(crate) at: usize,
    has_begun: bool,
    /// The place where the search for the blank line continues.
    next: usize,
    blank_line: BlankLine,
}

impl<'t> Search<'t> {
    pub(crate) fn from(at: usize, token: &'t str) -> Self {
        Self {
            token,
            at,
            has_begun: false,
            next: at,
            blank_line: BlankLine::default(),
        }
    }

    /// Returns whether the token was found.
    pub(crate) fn has_begun(&mut self, bytes: &[u8]) -> bool {
        if !self.has_begun {
            match position(&bytes[self.at..], self.token.as_bytes()) {
                Some(offset) => {
                    self.at += offset;
                    self.next = self.at;
                    self.has_begun = true;
                }
                None => self.at = bytes.len().saturating_sub(self.token.len()).max(self.at),
            }
        }
        self.has_begun
    }

    /// Returns whether the token and a blank line after it were found.
    pub(crate) fn is_found(&mut self, bytes: &[u8]) -> bool {
        if !self.has_begun(bytes) {
            return false;
        }
        let rest = &bytes[self.next..];
        self.next = bytes.len();
        rest.iter().any(|byte| self.blank_line.ends_with(*byte))
    }
}

/// Finds a line end that is followed by an empty line.
#[derive(Default)]
struct BlankLine {
    ends: u8,
    previous: u8,
}

impl BlankLine {
    /// Takes the next byte. Returns whether it completes a blank line.
    fn ends_with(&mut self, byte: u8) -> bool {
        match (self.previous, byte) {
            (b'\r', b'\n') => {}
            (_, b'\r' | b'\n') => self.ends += 1,
            _ => self.ends = 0,
        }
        self.previous = byte;
        self.ends == 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_is_two_line_ends() {
        let has_blank_line = |bytes: &[u8]| {
            let mut blank_line = BlankLine::default();
            bytes.iter().any(|byte| blank_line.ends_with(*byte))
        };
        for text in [
            "a\n\n",
            "a\r\r",
            "a\r\n\r\n",
            "a\n\r",
            "a\r\n\r",
            "a\n\r\n",
            "\n\n",
        ] {
            assert!(has_blank_line(text.as_bytes()), "{text:?}");
        }
        for text in [
            "",
            "a",
            "a\n",
            "a\r\n",
            "a\r",
            "a\nb\n",
            "a\r\nb\r\n",
            "\nb",
        ] {
            assert!(!has_blank_line(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn a_needle_may_be_anywhere() {
        assert_eq!(position(b"abc", b"bc"), Some(1));
        assert_eq!(position(b"abc", b"d"), None);
        assert_eq!(position(b"", b"d"), None);
    }
}
