//! Where a decoder holds what it cannot borrow.
//!
//! A caller gives a [`Memory`]. It becomes a [`Store`](store::Store), which knows by itself where
//! everything lies in it.

mod fixed;
#[cfg(feature = "alloc")]
mod heap;
pub(crate) mod store;

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
pub trait Memory: store::IntoStore {}
