//! Where a decoder holds what it cannot borrow.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

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

/// Memory on the heap: it grows by doubling up to the limit, and after an event that was large it is
/// given back.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default)]
pub struct Heap {
    bytes: Vec<u8>,
}

#[cfg(feature = "alloc")]
impl Memory for Heap {}
impl<const N: usize> Memory for [u8; N] {}
impl Memory for &mut [u8] {}

pub(crate) mod sealed {
    pub trait Memory {
        /// Whether it can be resized.
        const GROWS: bool = false;

        fn bytes(&self) -> &[u8];

        fn bytes_mut(&mut self) -> &mut [u8];

        /// Makes it this long, if it grows. What it holds stays where it is.
        fn resize(&mut self, _length: usize) {}
    }
}

#[cfg(feature = "alloc")]
impl sealed::Memory for Heap {
    const GROWS: bool = true;

    #[inline]
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn resize(&mut self, length: usize) {
        self.bytes
            .reserve_exact(length.saturating_sub(self.bytes.len()));
        self.bytes.resize(length, 0);
        self.bytes.shrink_to_fit();
    }
}

impl<const N: usize> sealed::Memory for [u8; N] {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl sealed::Memory for &mut [u8] {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}
