//! Where a decoder holds what it cannot borrow.

#[cfg(feature = "alloc")]
pub use heap::Heap;

#[cfg(feature = "alloc")]
mod heap;

use crate::utf8;

/// Memory for a [`Decoder`](crate::Decoder) or [`Blocks`](crate::Blocks): on the heap, or an array or
/// a slice that the caller gives, so that no allocator is needed.
///
/// This trait cannot be implemented elsewhere.
///
/// ```
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::new_in([0; 64]);
/// for bytes in [&b"data: 21"[..], b".5\n\n"] {
///     let mut chunk = Chunk::new(bytes);
///     while let Some(Item::Event(event)) = decoder.decode(&mut chunk)? {
///         assert_eq!(event.data(), "21.5");
///     }
/// }
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
pub trait Memory: sealed::Memory {}

impl<const N: usize> Memory for [u8; N] {}
impl Memory for &mut [u8] {}

pub(crate) mod sealed {
    /// Two stacks of bytes: one grows from the front, the other from the back. Together they never
    /// take more than the limit; how much of each is in use is for the caller to know and to check.
    pub trait Memory {
        /// Sets the limit, and returns what it is: fixed memory has no more bytes than it has.
        fn set_limit(&mut self, limit: usize) -> usize;

        /// The first `length` bytes, which are in use.
        fn front(&self, length: usize) -> &[u8];

        /// Puts these bytes behind the first `length` ones.
        fn append(&mut self, length: usize, bytes: &[u8]);

        /// Puts these bytes and a LF behind the first `length` bytes.
        fn append_line(&mut self, length: usize, bytes: &[u8]);

        /// The memory up to the bytes at the back that are in use, and maybe some before them.
        fn back(&self) -> &[u8];

        /// The first `front` bytes, and a slice with at least `back` bytes that ends where the back
        /// ends.
        fn split(&mut self, front: usize, back: usize) -> (&mut [u8], &mut [u8]);

        /// Makes text of the first `length` bytes, if they are valid UTF-8. Until it is
        /// [taken back](Self::take_text_back), the front is nothing else.
        fn make_text(&mut self, length: usize) -> bool;

        /// The first `length` bytes of the text that was made.
        fn text(&self, length: usize) -> &str;

        /// Makes the front bytes again.
        fn take_text_back(&mut self) {}

        /// The front is not in use any more, and of the back this many bytes are: gives back what only
        /// a large event has taken.
        fn shrink(&mut self, _back: usize) {}
    }
}

/// Memory of the caller's.
macro_rules! fixed {
    (($($generics:tt)*) $memory:ty) => {
        impl<$($generics)*> sealed::Memory for $memory {
            fn set_limit(&mut self, limit: usize) -> usize {
                self.len().min(limit)
            }

            #[inline]
            fn front(&self, length: usize) -> &[u8] {
                &self[..length]
            }

            #[inline]
            fn append(&mut self, length: usize, bytes: &[u8]) {
                self[length..][..bytes.len()].copy_from_slice(bytes);
            }

            #[inline]
            fn append_line(&mut self, length: usize, bytes: &[u8]) {
                let line = &mut self[length..][..=bytes.len()];
                line[..bytes.len()].copy_from_slice(bytes);
                line[bytes.len()] = b'\n';
            }

            #[inline]
            fn back(&self) -> &[u8] {
                &self[..]
            }

            #[inline]
            fn split(&mut self, front: usize, _back: usize) -> (&mut [u8], &mut [u8]) {
                self.split_at_mut(front)
            }

            #[inline]
            fn make_text(&mut self, length: usize) -> bool {
                utf8::is_valid(&self[..length])
            }

            #[inline]
            fn text(&self, length: usize) -> &str {
                utf8::from_utf8(&self[..length]).unwrap_or_default()
            }
        }
    };
}

fixed!((const N: usize) [u8; N]);
fixed!(() &mut [u8]);
