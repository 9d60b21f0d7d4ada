//! Where a decoder holds what it cannot borrow.

mod fixed;
#[cfg(feature = "alloc")]
mod heap;

#[cfg(feature = "alloc")]
pub use heap::Heap;

/// Memory for a [`Decoder`](crate::Decoder) or [`Blocks`](crate::Blocks): on the heap, or an array or
/// a slice that the caller gives, so that no allocator is needed.
///
/// This trait cannot be implemented elsewhere.
///
/// ```
/// use sse_proto::{Chunk, Decoder, Memory, TooLarge};
///
/// fn count<M: Memory>(decoder: &mut Decoder<M>, bytes: &[u8]) -> Result<usize, TooLarge> {
///     let (mut chunk, mut count) = (Chunk::new(bytes), 0);
///     while decoder.decode(&mut chunk)?.is_some() {
///         count += 1;
///     }
///     Ok(count)
/// }
///
/// let mut memory = [0; 64];
/// assert_eq!(count(&mut Decoder::new_in(&mut memory[..]), b"data: 1\n\n")?, 1);
/// assert_eq!(count(&mut Decoder::new_in([0; 64]), b"data: 1\n\ndata: 2\n\n")?, 2);
/// # Ok::<(), TooLarge>(())
/// ```
pub trait Memory: sealed::Memory {}

pub(crate) mod sealed {
    use core::ops::Range;

    use crate::decode::buffers::{Value, Values};

    /// The front, which is bytes, and three values, which are text. How long each is the caller
    /// knows, and that together they are within the limit.
    pub trait Memory {
        /// Sets the limit, and returns what it is: fixed memory has no more bytes than it has.
        fn set_limit(&mut self, limit: usize) -> usize;

        /// The first `length` bytes of the front.
        fn front(&self, length: usize) -> &[u8];

        /// The same, where some may not have been written to yet.
        fn front_mut(&mut self, length: usize) -> &mut [u8];

        /// Puts these bytes behind the first `length` ones of the front.
        fn append(&mut self, length: usize, bytes: &[u8]);

        /// Puts these bytes and a LF behind the first `length` ones of the front.
        fn append_line(&mut self, length: usize, bytes: &[u8]);

        /// Puts what `next` gives, as long as it does, behind the first `length` bytes of the front, and
        /// returns how many there are then. `next` is told how many there are.
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
        /// [taken back](Self::take_text_back), the front is nothing else. If they are not UTF-8,
        /// returns how many bytes at the start are, and the front stays as it is.
        fn make_text(&mut self, length: usize) -> Result<(), usize>;

        /// The first `length` bytes of the text that was made.
        fn text(&self, length: usize) -> &str;

        /// Makes the front bytes again.
        fn take_text_back(&mut self) {}

        /// Sets a value. The lengths are those before.
        fn set(&mut self, lengths: &Values, value: Value, text: &str);

        /// Sets a value to bytes of the front, which become text of this length. The lengths are
        /// those before.
        fn set_held(&mut self, lengths: &Values, value: Value, held: Range<usize>, text: usize);

        /// The event type.
        fn event_type(&self, lengths: &Values) -> &str;

        /// The last event ID.
        fn last_event_id(&self, lengths: &Values) -> &str;

        /// Makes the ID the last event ID. The lengths are those before.
        fn commit_id(&mut self, lengths: &Values);

        /// Nothing is held but the last event ID: gives back what only a large event has taken.
        fn forget_event(&mut self) {}
    }
}
