//! The error of an event that is too large.

use core::fmt;

/// The error of an event that does not fit into the decoder's limit.
///
/// The event is lost. The next call continues after it:
///
/// ```
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::new_in([0; 16]);
/// let mut chunk = Chunk::new(b"data: much more than that\n\ndata: x\n\n");
/// loop {
///     match decoder.decode(&mut chunk) {
///         Err(too_large) => assert_eq!(too_large.limit(), 16),
///         Ok(Some(Item::Event(event))) => assert_eq!(event.data(), "x"),
///         Ok(Some(_)) => {}
///         Ok(None) => break,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    pub(crate) limit: usize,
}

impl TooLarge {
    /// Returns the limit in bytes.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an event of the stream is larger than the limit of {} bytes; \
             raise the decoder's limit, or decode on after the event",
            self.limit
        )
    }
}

impl core::error::Error for TooLarge {}
