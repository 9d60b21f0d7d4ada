//! The operations that a decoder needs from its memory.

use core::ops::Range;

/// Memory that can become a [`Store`]. Only types of this crate implement this trait.
pub trait IntoStore {
    /// The memory together with its layout.
    type Store: Store;

    /// Makes an empty store, which holds at most `limit` bytes. Fixed memory holds at most its length.
    fn into_store(self, limit: usize) -> Self::Store;
}

/// A buffer of bytes, the front, and three values, which are text: event type, ID and last event ID.
///
/// The caller counts the bytes of the front, and keeps the total length of front and values within the limit.
pub trait Store {
    /// Returns the largest total length of front and values.
    fn limit(&self) -> usize;

    /// Returns the first `length` bytes of the front.
    fn front(&self, length: usize) -> &[u8];

    /// Returns the first `length` bytes of the front. Some of them may not have been written to yet.
    fn front_mut(&mut self, length: usize) -> &mut [u8];

    /// Puts these bytes after the first `length` bytes of the front.
    fn append(&mut self, length: usize, bytes: &[u8]);

    /// Puts these bytes and a LF after the first `length` bytes of the front.
    fn append_line(&mut self, length: usize, bytes: &[u8]);

    /// Calls `next` until it returns `None`, and puts all that it returns after the first `length` bytes of
    /// the front. The argument of `next` is the number of bytes so far. Returns the final number.
    fn append_all<'c>(
        &mut self,
        mut length: usize,
        mut next: impl FnMut(usize) -> Option<&'c [u8]>,
    ) -> usize {
        while let Some(bytes) = next(length) {
            self.append(length, bytes);
            length += bytes.len();
        }
        length
    }

    /// Turns the first `length` bytes of the front into text. The front cannot be changed until
    /// [`take_text_back`](Self::take_text_back) is called. If the bytes are not UTF-8, the front stays
    /// bytes, and the error is the number of valid bytes at the start.
    fn make_text(&mut self, length: usize) -> Result<(), usize>;

    /// Returns the first `length` bytes of the text.
    fn text(&self, length: usize) -> &str;

    /// Turns the text into bytes again.
    fn take_text_back(&mut self) {}

    /// Sets the event type or the ID.
    fn set(&mut self, slot: Slot, text: &str);

    /// Sets the event type or the ID to bytes of the front, repaired. They then have this length.
    fn set_repaired(&mut self, slot: Slot, bytes: Range<usize>, length: usize);

    /// Returns the total length of the values.
    fn values_length(&self) -> usize;

    /// Returns whether the event type or the ID is not empty.
    fn has_event_values(&self) -> bool;

    /// Returns the event type.
    fn event_type(&self) -> &str;

    /// Returns the last event ID.
    fn last_event_id(&self) -> &str;

    /// Makes the ID the last event ID. After that, the ID is empty.
    fn commit_id(&mut self);

    /// Empties the event type and the ID, and releases memory that only a large event needed. The front is
    /// not in use at that time.
    fn forget_event(&mut self);
}

/// A value that a line can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    EventType,
    Id,
}
