//! A response body that sends a stream of events.

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
    /// Events that are ready together are joined into one frame of about 16 KiB, and one poll takes
    /// no more than that from the stream. If these events take a millisecond or more, the frame is
    /// sent without waiting for others.
    ///
    /// The body lets the connection write before it takes the first event, after such a slow frame,
    /// and after at most 1024 events. It is pending once at these points, so that other tasks run
    /// and a client that has disconnected is noticed. A heartbeat is sent only while the stream is
    /// pending.
    ///
    /// When the stream ends, for any reason, it is dropped at once, with all that it owns. If the
    /// stream fails, all events that were ready before are sent, and then the body fails with a
    /// [`BodyError`]. A panic of the stream counts as an error. A panic of its drop is caught.
    ///
    /// While a peer reads slowly, the body is not polled. So nothing is taken from the stream until
    /// the last frame is on its way, and memory does not grow.
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
    /// A stream of events as a source. Each item consists of whole lines, and each event is a whole
    /// block.
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
