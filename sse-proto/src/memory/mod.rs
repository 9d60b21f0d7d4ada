//! The memory of a decoder, for text that it cannot borrow.
//!
//! The caller provides a [`Memory`]. The decoder turns it into a [`Store`](store::Store), which keeps track
//! of its own layout.

mod fixed;
#[cfg(feature = "alloc")]
mod heap;
pub(crate) mod store;

#[cfg(feature = "alloc")]
pub use heap::Heap;

/// Memory for a [`Decoder`](crate::Decoder) or [`Blocks`](crate::Blocks): the heap, or an array or slice,
/// which needs no allocator.
///
/// This trait is sealed and cannot be implemented outside of this crate.
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
pub trait Memory: store::IntoStore {}
