//! The source of the bytes of a stream.

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

/// A source of a stream: a stream of events or a relayed body.
///
/// The [pipeline](super::pipeline::Pipeline) catches panics of a source. It drops the source as
/// soon as it has ended or failed.
pub(crate) trait Source {
    /// The frame size at which no more items are added. With 1, each item is a frame of its own.
    const FRAME_SIZE: usize;

    /// Returns the next item of the stream. If `to_boundary` is true, the item does not extend
    /// beyond the end of the current event.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>, to_boundary: bool) -> Poll<Next>;

    /// Returns the position in the stream after the returned items.
    fn position(&self) -> Position;

    /// Tells the source that something was inserted at its current position.
    fn inserted(self: Pin<&mut Self>);

    /// Returns the body error for a source that failed with `cause`.
    fn error(cause: BoxError) -> BodyError;
}

/// The next item of a stream, or its end.
pub(crate) enum Next {
    /// Bytes to send, and the number of events that they complete. Empty items are not sent.
    Item { bytes: Bytes, events: u64 },
    /// The end. Trailers are boxed, because they are large and most streams have none.
    End { trailers: Option<Box<HeaderMap>> },
    /// The source has failed.
    Failed(BoxError),
}
