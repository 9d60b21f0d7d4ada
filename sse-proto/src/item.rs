//! The items that a decoder returns.

#[cfg(feature = "alloc")]
use alloc::string::String;
use core::time::Duration;

#[cfg(feature = "alloc")]
use crate::event::Event;
use crate::event::EventRef;

/// An item of a stream, as the decoder returns it.
///
/// More variants may be added.
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
    /// An event that was dispatched.
    Event(EventRef<'a>),
    /// The new reconnection time, which applies from now on.
    Retry(Duration),
    /// A comment, without one leading space. The decoder returns comments only if
    /// [that option](crate::DecoderBuilder::comments) is set.
    Comment(&'a str),
}

/// An [`Item`] that owns its text.
///
/// More variants may be added.
///
/// ```
/// use sse_proto::{Chunk, Decoder, Event, OwnedItem};
///
/// let mut decoder = Decoder::builder().comments(true).build();
/// let mut chunk = Chunk::new(b": hi\ndata: 1\n\n");
/// let mut items = Vec::new();
/// while let Some(item) = decoder.decode(&mut chunk)? {
///     items.push(OwnedItem::from(item));
/// }
/// let comment = OwnedItem::Comment("hi".to_owned());
/// assert_eq!(items, [comment, OwnedItem::Event(Event::new("1"))]);
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnedItem {
    /// The same as [`Item::Event`].
    Event(Event),
    /// The same as [`Item::Retry`].
    Retry(Duration),
    /// The same as [`Item::Comment`].
    Comment(String),
}

#[cfg(feature = "alloc")]
impl From<Item<'_>> for OwnedItem {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Event(event) => Self::Event(event.into()),
            Item::Retry(time) => Self::Retry(time),
            Item::Comment(text) => Self::Comment(text.into()),
        }
    }
}
