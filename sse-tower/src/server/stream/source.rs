//! Where the bytes of a stream come from.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;

use crate::{
    error::{BodyError, BoxError},
    server::stream::position::Position,
};

/// The source of a stream: a stream of events, or a body that is relayed.
///
/// The [pipeline](super::pipeline::Pipeline) catches panics of a source, and drops it as soon as it has
/// ended or failed.
pub(crate) trait Source {
    /// The size from which on a frame takes no more items. With 1, each item is a frame of its own.
    const FRAME_SIZE: usize;

    /// Returns the next item of the stream. If `to_boundary`, it does not go beyond the end of the event
    /// under way.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>, to_boundary: bool) -> Poll<Next>;

    /// Returns the position in the stream after the items that were returned.
    fn position(&self) -> Position;

    /// Tells the source that something was inserted into the stream at its position.
    fn inserted(self: Pin<&mut Self>);

    /// Returns the error of a body whose source has failed with `cause`.
    fn error(cause: BoxError) -> BodyError;
}

/// What comes next in a stream.
pub(crate) enum Next {
    /// Bytes to send, and the number of events that they complete. Items without bytes are not sent.
    Item { bytes: Bytes, events: u64 },
    /// The end. Most streams have no trailers, and they are large.
    End { trailers: Option<Box<HeaderMap>> },
    /// The source has failed.
    Failed(BoxError),
}
