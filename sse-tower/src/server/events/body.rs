//! A stream of events as the body of a response.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    error::BodyError,
    foreign::{Guarded, caught},
    frame::EventItem,
    server::stream::{
        pipeline::{Idle, Pipeline},
        place::Place,
    },
};

/// How many bytes are joined to one frame before it is handed on.
const FRAME_SIZE: usize = 16 * 1024;

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
        // Dropped before the pipeline, whose hook says that the stream is gone.
        #[pin]
        stream: Guarded<St>,
        content: Content,
    }
}

#[derive(Debug)]
enum Content {
    Events(Pipeline),
    /// A response to HEAD has no body. It has no length either, or frameworks would say that it is 0.
    Head,
    Ended,
}

impl<St> SseBody<St> {
    /// Without a stream, the pipeline is that of a refusal.
    pub(crate) fn new(stream: Guarded<St>, pipeline: Pipeline) -> Self {
        Self {
            stream,
            content: Content::Events(pipeline),
        }
    }

    pub(crate) fn head() -> Self {
        Self {
            content: Content::Head,
            ..Self::default()
        }
    }
}

impl<St> Default for SseBody<St> {
    fn default() -> Self {
        Self {
            stream: Guarded::none(),
            content: Content::Ended,
        }
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
        // Frames are whole lines, and events whole blocks.
        const PLACE: Place = Place::BetweenEvents;

        let mut this = self.project();
        let Content::Events(pipeline) = this.content else {
            return Poll::Ready(None);
        };
        // The start is a frame of its own, because the first event may take long.
        if let Some(start) = pipeline.take_start() {
            if this.stream.is_some() {
                pipeline.sent(None);
            }
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        let (mut joined, mut since) = (Joined::Nothing, None);
        if this.stream.is_some() {
            if pipeline.must_end(PLACE) {
                this.stream.as_mut().clear();
                joined.push(pipeline.end(PLACE));
            } else {
                ready!(pipeline.poll_budget(cx));
            }
        }
        while !pipeline.budget_is_spent()
            && joined.len() < FRAME_SIZE
            && let Some(stream) = this.stream.as_mut().as_pin_mut()
        {
            // An event's way to its frame is foreign code, too.
            let polled = caught(|| {
                let item = stream.poll_next(cx);
                item.map(|item| item.map(EventItem::into_frame))
            });
            let polled = match polled {
                Ok(Poll::Pending) => break,
                Ok(Poll::Ready(item)) => item.transpose(),
                Err(panic) => Err(panic),
            };
            joined.push(match polled {
                Ok(Some(frame)) => {
                    pipeline.count(frame.as_bytes().len(), frame.events().into());
                    pipeline.count_item(&mut since);
                    frame.into_bytes()
                }
                Ok(None) => {
                    this.stream.as_mut().clear();
                    pipeline.complete(PLACE)
                }
                Err(error) => {
                    this.stream.as_mut().clear();
                    pipeline.fail(error, PLACE)
                }
            });
        }
        if joined.is_empty() && this.stream.is_some() {
            ready!(pipeline.poll_budget(cx));
            match ready!(pipeline.poll_idle(cx, PLACE)) {
                Idle::Send(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Idle::End => {
                    this.stream.as_mut().clear();
                    joined.push(pipeline.end(PLACE));
                }
            }
        }
        if joined.is_empty() {
            let error = ready!(pipeline.poll_end(cx));
            return Poll::Ready(error.map(|cause| Err(BodyError::of_events(cause))));
        }
        if this.stream.is_some() {
            pipeline.sent(since);
        }
        Poll::Ready(Some(Ok(Frame::data(joined.into_bytes()))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Events(pipeline) => !self.stream.is_some() && pipeline.has_ended(),
            Content::Head | Content::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.is_end_stream() && !matches!(self.content, Content::Head) {
            true => SizeHint::with_exact(0),
            false => SizeHint::default(),
        }
    }
}

impl<St> fmt::Debug for SseBody<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseBody")
            .field("ended", &!self.stream.is_some())
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// Frames put one after another. A single one is not copied.
enum Joined {
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Joined {
    #[inline]
    fn is_empty(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    #[inline]
    fn push(&mut self, bytes: Bytes) {
        match self {
            _ if bytes.is_empty() => {}
            Self::Nothing => *self = Self::One(bytes),
            Self::One(_) | Self::Many(_) => self.append(&bytes),
        }
    }

    #[inline(never)]
    fn append(&mut self, bytes: &[u8]) {
        match self {
            Self::Many(joined) => joined.extend_from_slice(bytes),
            Self::Nothing | Self::One(_) => {
                let first = mem::replace(self, Self::Nothing).into_bytes();
                let mut joined = BytesMut::with_capacity(first.len() + bytes.len());
                joined.extend_from_slice(&first);
                joined.extend_from_slice(bytes);
                *self = Self::Many(joined);
            }
        }
    }

    #[inline]
    fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}
