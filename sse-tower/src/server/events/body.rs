//! A stream of events as the body of a response.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    error::{BodyError, BoxError},
    frame::EventItem,
    server::stream::{
        body::StreamBody,
        position::Position,
        source::{Next, Source},
    },
};

pin_project! {
    /// The body of a response whose events come from `St`.
    ///
    /// Events that are ready together are joined to one frame of about 16 KiB, and no more is taken
    /// from the stream in one poll. If they take a millisecond or more together, the frame is sent
    /// without waiting for more. The connection writes before the first event is taken, after such a frame,
    /// and after at most 1024 events: the body is pending there once, so that other tasks run, and a
    /// client that has left is noticed. A heartbeat is sent only when the stream is pending.
    /// When the stream ends, for whatever reason, it is dropped there and then, with all that it
    /// holds. An error of the stream ends the body with a [`BodyError`], after all events that were
    /// ready before it have been sent. A panic of the stream is an error. A panic of its drop is caught.
    ///
    /// A peer that reads slowly is not polled for: nothing is taken from the stream until the last
    /// frame is on its way, so memory does not grow.
    ///
    /// [`Default`] is a body that has ended.
    pub struct SseBody<St> {
        #[pin]
        body: StreamBody<Events<St>>,
    }
}

impl<St> SseBody<St> {
    pub(super) fn new(body: StreamBody<Events<St>>) -> Self {
        Self { body }
    }
}

impl<St> Default for SseBody<St> {
    fn default() -> Self {
        Self::new(StreamBody::default())
    }
}

impl<St> Body for SseBody<St>
where
    St: Stream,
    St::Item: EventItem,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<St> fmt::Debug for SseBody<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SseBody").field(&self.body).finish()
    }
}

pin_project! {
    /// A stream of events as a source. Each item is a number of whole lines, and an event a whole block.
    pub(super) struct Events<St> {
        #[pin]
        stream: St,
    }
}

impl<St> Events<St> {
    pub(super) fn new(stream: St) -> Self {
        Self { stream }
    }
}

impl<St> Source for Events<St>
where
    St: Stream,
    St::Item: EventItem,
{
    const FRAME_SIZE: usize = 16 * 1024;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>, _to_boundary: bool) -> Poll<Next> {
        let item = self.project().stream.poll_next(cx);
        item.map(|item| match item.map(EventItem::into_frame) {
            Some(Ok(frame)) => Next::Item {
                events: frame.events().into(),
                bytes: frame.into_bytes(),
            },
            Some(Err(error)) => Next::Failed(error),
            None => Next::End { trailers: None },
        })
    }

    #[inline]
    fn position(&self) -> Position {
        Position::BetweenEvents
    }

    #[inline]
    fn inserted(self: Pin<&mut Self>) {}

    fn error(cause: BoxError) -> BodyError {
        BodyError::of_events(cause)
    }
}
