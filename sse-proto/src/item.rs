//! What a decoder gives out.

use core::time::Duration;

use crate::EventRef;

/// What the decoder gives out.
///
/// More may be added.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::{Chunk, DecoderBuilder, EventRef, Item};
///
/// let mut decoder = DecoderBuilder::new().comments(true).build_in([0; 64]);
/// let mut chunk = Chunk::new(b": hi\nretry: 10\ndata: 1\n\n");
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Comment("hi")));
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Retry(Duration::from_millis(10))));
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Event(EventRef::new("1"))));
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An event is dispatched.
    Event(EventRef<'a>),
    /// The reconnection time was set, with effect from now.
    Retry(Duration),
    /// A comment, without one leading space. Only if [asked for](crate::DecoderBuilder::comments).
    Comment(&'a str),
}
