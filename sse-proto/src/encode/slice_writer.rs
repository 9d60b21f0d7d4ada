//! Text in memory that the caller gives.

use core::{fmt, str};

/// A [`fmt::Write`] into a slice, for an [`Encoder`](crate::Encoder) without an allocator.
///
/// What does not fit is left out whole, each piece that is written at a time. So an event of which a
/// part did not fit is taken back with [`truncate`](Self::truncate), and nothing half-written is sent:
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
/// [`EventRef::encoded_length`](crate::EventRef::encoded_length) says beforehand what fits.
#[derive(Debug)]
pub struct SliceWriter<'m> {
    memory: &'m mut [u8],
    length: usize,
}

impl<'m> SliceWriter<'m> {
    /// A writer that has written nothing to `memory`.
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

    /// What is written, in time linear in its length.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.memory[..self.length]).unwrap_or_default()
    }

    /// What is written, as bytes, without looking at them.
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

    /// How many bytes are free.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.memory.len() - self.length
    }

    /// Takes back what was written behind the first `length` bytes.
    ///
    /// A character is taken back whole. Linear in the length of what is written.
    ///
    /// ```
    /// use core::fmt::Write;
    /// use sse_proto::SliceWriter;
    ///
    /// let mut memory = [0; 8];
    /// let mut writer = SliceWriter::new(&mut memory);
    /// writer.write_str("5 €")?;
    /// writer.truncate(3); // Of the sign, which has three bytes, one would be left.
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

    /// Takes everything back.
    ///
    /// ```
    /// use sse_proto::{Encoder, SliceWriter};
    ///
    /// let mut memory = [0; 16];
    /// let mut writer = SliceWriter::new(&mut memory);
    /// for text in ["one", "two", "three"] {
    ///     writer.clear(); // What was written is sent by now.
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
    /// If `text` does not fit. Then none of it is written.
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
