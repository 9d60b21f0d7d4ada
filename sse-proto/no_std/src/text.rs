//! Text in memory of fixed size.

use core::fmt;

use crate::FULL;

/// Text in memory of the caller.
pub(crate) struct Text<'a> {
    memory: &'a mut [u8],
    length: usize,
}

impl<'a> Text<'a> {
    pub(crate) fn new(memory: &'a mut [u8]) -> Self {
        Self { memory, length: 0 }
    }

    /// Lets `write` write, and returns the length for C.
    pub(crate) fn finish(&mut self, write: impl FnOnce(&mut Self) -> fmt::Result) -> usize {
        write(self).map_or(FULL, |()| self.length)
    }
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let free = self.memory.get_mut(self.length..end).ok_or(fmt::Error)?;
        free.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
