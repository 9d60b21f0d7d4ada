//! The error of data that is not text.

use core::fmt;

/// The error of bytes that cannot be the data of an event, because they are not UTF-8.
///
/// ```
/// use sse_proto::Event;
///
/// let error = Event::from_bytes(&b"one\xE9"[..]).unwrap_err();
/// assert_eq!(error.position(), 3);
/// assert!(error.to_string().starts_with("the character at byte 3 is cut off"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidData {
    /// `None` if the bytes end within a character.
    pub(crate) byte: Option<u8>,
    pub(crate) position: usize,
}

impl InvalidData {
    /// Returns the position of the first bytes that are not a character, from the start of the data.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for InvalidData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.byte {
            Some(byte) => write!(f, "0x{byte:02X} at byte {} is not UTF-8", self.position)?,
            None => write!(f, "the character at byte {} is cut off", self.position)?,
        }
        f.write_str("; the data of an event is text, so encode other bytes, for example as Base64")
    }
}

impl core::error::Error for InvalidData {}
