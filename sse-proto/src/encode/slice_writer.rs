//! Text in memory that the caller provides.

use core::{fmt, str};

/// A [`fmt::Write`] into a slice, for an [`Encoder`](crate::Encoder) without an allocator.
///
/// Each call of `write_str` writes all of its text, or nothing if the text does not fit. An event consists of
/// several such calls, so an event that does not fit may be half written. Remove it with
/// [`truncate`](Self::truncate):
///
/// ```
/// use sse_proto::{Encoder, EventRef, SliceWriter};
///
/// let mut memory = [0; 16];
/// let mut writer = SliceWriter::new(&mut memory);
/// for data in ["21.5", "a longer text"] {
///     let whole = writer.as_str().len();
///     if Encoder::new(&mut writer).event(EventRef::new(data)).is_err() {
///         writer.truncate(whole);
///     }
/// }
/// assert_eq!(writer.as_str(), "data: 21.5\n\n");
/// ```
///
/// To know in advance whether an event fits, use
/// [`EventRef::encoded_length`](crate::EventRef::encoded_length).
#[derive(Debug)]
pub struct SliceWriter<'m> {
    memory: &'m mut [u8],
    length: usize,
}

impl<'m> SliceWriter<'m> {
    /// Makes a writer at the start of `memory`.
    ///
    /// ```
    /// use core::fmt::Write;
    /// use sse_proto::SliceWriter;
    ///
    /// let mut memory = [0; 8];
    /// let mut writer = SliceWriter::new(&mut memory);
    /// assert!(write!(writer, "{:.1}", 20.5).is_ok());
    /// assert_eq!((writer.as_str(), writer.remaining()), ("20.5", 4));
    /// ```
    #[must_use]
    pub const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, length: 0 }
    }

    /// Returns the text that was written, in time linear in its length.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.memory[..self.length]).unwrap_or_default()
    }

    /// Returns the text that was written, as bytes, in constant time.
    ///
    /// ```
    /// use sse_proto::{Encoder, SliceWriter};
    ///
    /// let (mut memory, mut socket) = ([0; 8], Vec::new()); // Any `std::io::Write`.
    /// let mut writer = SliceWriter::new(&mut memory);
    /// Encoder::new(&mut writer).heartbeat()?;
    /// std::io::Write::write_all(&mut socket, writer.as_bytes())?;
    /// assert_eq!(socket, b":\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.memory[..self.length]
    }

    /// Returns the number of free bytes.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.memory.len() - self.length
    }

    /// Removes all text after the first `length` bytes.
    ///
    /// A character that would be cut is removed as a whole. The time is linear in the length of the text.
    ///
    /// ```
    /// use core::fmt::Write;
    /// use sse_proto::SliceWriter;
    ///
    /// let mut memory = [0; 8];
    /// let mut writer = SliceWriter::new(&mut memory);
    /// writer.write_str("5 €")?;
    /// writer.truncate(3); // Would leave one of the three bytes of the sign.
    /// assert_eq!(writer.as_str(), "5 ");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn truncate(&mut self, length: usize) {
        let text = self.as_str();
        let mut kept = length.min(text.len());
        while !text.is_char_boundary(kept) {
            kept -= 1;
        }
        self.length = kept;
    }

    /// Removes all text.
    ///
    /// ```
    /// use sse_proto::{Encoder, SliceWriter};
    ///
    /// let mut memory = [0; 16];
    /// let mut writer = SliceWriter::new(&mut memory);
    /// for text in ["one", "two", "three"] {
    ///     writer.clear(); // Its text was sent before.
    ///     Encoder::new(&mut writer).comment(text)?;
    /// }
    /// assert_eq!(writer.as_str(), ": three\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn clear(&mut self) {
        self.length = 0;
    }
}

impl fmt::Write for SliceWriter<'_> {
    /// # Errors
    /// Fails if `text` does not fit. Then none of it is written.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let free = &mut self.memory[self.length..];
        let place = free.get_mut(..text.len()).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write;

    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        let mut memory = [0; 5];
        let mut writer = SliceWriter::new(&mut memory);
        assert_eq!(writer.write_str("aé"), Ok(()));
        assert_eq!(writer.write_str("€"), Err(fmt::Error));
        assert_eq!((writer.as_str(), writer.remaining()), ("aé", 2));
        assert_eq!(writer.write_str("bc"), Ok(()));
        assert_eq!(writer.as_bytes(), "aébc".as_bytes());
        writer.truncate(9);
        assert_eq!(writer.as_str(), "aébc");
        writer.truncate(2);
        assert_eq!(writer.as_str(), "a");
        writer.clear();
        assert_eq!(writer.remaining(), 5);
    }
}
