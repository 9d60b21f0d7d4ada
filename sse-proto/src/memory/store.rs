//! What a decoder asks of its memory.

use core::ops::Range;

/// Memory that can become a [`Store`]. Only the types of this crate are.
pub trait IntoStore {
    /// The memory, and what is known about its contents.
    type Store: Store;

    /// Makes the store, which is empty. It holds at most `limit` bytes, and fixed memory no more than its
    /// length.
    fn into_store(self, limit: usize) -> Self::Store;
}

/// Bytes at the front, and beside them three values, which are text.
///
/// The caller knows how many bytes of the front are in use, and keeps the total within the limit.
pub trait Store {
    /// Returns how many bytes may be held: those of the front and those of the values together.
    fn limit(&self) -> usize;

    /// Returns the first `length` bytes of the front.
    fn front(&self, length: usize) -> &[u8];

    /// Returns the first `length` bytes of the front. Some of them may not have been written to yet.
    fn front_mut(&mut self, length: usize) -> &mut [u8];

    /// Puts these bytes behind the first `length` ones of the front.
    fn append(&mut self, length: usize, bytes: &[u8]);

    /// Puts these bytes and a LF behind the first `length` ones of the front.
    fn append_line(&mut self, length: usize, bytes: &[u8]);

    /// Puts whatever `next` returns behind the first `length` bytes of the front, until it returns
    /// nothing. Returns how many bytes there are then. Each call of `next` gets their number so far.
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

    /// Makes text of the first `length` bytes of the front. Until it is
    /// [taken back](Self::take_text_back), the front cannot be used otherwise. If the bytes are not
    /// UTF-8, returns how many of them at the start are, and the front stays as it is.
    fn make_text(&mut self, length: usize) -> Result<(), usize>;

    /// Returns the first `length` bytes of the text that was made.
    fn text(&self, length: usize) -> &str;

    /// Makes the front bytes again.
    fn take_text_back(&mut self) {}

    /// Sets the event type or the ID.
    fn set(&mut self, slot: Slot, text: &str);

    /// Sets the event type or the ID to bytes of the front. Repaired, they have this length.
    fn set_repaired(&mut self, slot: Slot, bytes: Range<usize>, length: usize);

    /// Returns the length of all values.
    fn values_length(&self) -> usize;

    /// Returns whether the event type or the ID is not empty.
    fn has_event_values(&self) -> bool;

    /// Returns the event type.
    fn event_type(&self) -> &str;

    /// Returns the last event ID.
    fn last_event_id(&self) -> &str;

    /// Makes the ID the last event ID. After that, the ID is empty.
    fn commit_id(&mut self);

    /// Empties the event type and the ID. The front is not used now, so memory that only a large event
    /// needed is given back.
    fn forget_event(&mut self);
}

/// A value that a line can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    EventType,
    Id,
}
