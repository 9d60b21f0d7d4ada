//! Text from a stream, shortened to one line for logs and messages.

use core::fmt::{self, Write};

/// The number of characters that are shown of an event type or an ID.
pub(crate) const NAME: usize = 32;

/// Shows at most this many characters of a text, on one line. `…` stands for the others.
pub(crate) struct Excerpt<'a>(pub(crate) &'a str, pub(crate) usize);

impl Excerpt<'_> {
    pub(crate) fn is_cut(&self) -> bool {
        self.0.chars().nth(self.1).is_some()
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(self.1) {
            if breaks_or_reorders(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        f.write_str(if self.is_cut() { "…" } else { "" })
    }
}

/// Returns whether this is a control character, one of the two line separators of Unicode, or a character
/// that changes the direction of text. With one of these, an event could forge lines of a log.
pub(crate) fn breaks_or_reorders(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
        )
}
