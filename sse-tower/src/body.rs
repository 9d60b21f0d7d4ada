//! A stream of events as the body of a response.

use std::{
    error::Error,
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    EndReason, EventFrame, Settings,
    admission::Admission,
    end::Hook,
    foreign::{Source, caught},
    insertions::Insertions,
    pipeline::{Idle, Pipeline, Place},
};

/// Any error, as Tower has it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// How many bytes are joined to one frame before it is handed on.
const FRAME_SIZE: usize = 16 * 1024;

pin_project! {
    /// The body of a response whose events come from `St`.
    ///
    /// Events that are ready together are joined to one frame of about 16 KiB, and no more is taken
    /// from the stream in one poll. A heartbeat is thought of only when the stream is pending.
    /// When the stream ends, for whatever reason, it is dropped there and then, with all that it
    /// holds. An error of the stream ends the body with that error, after what was ready before it
    /// has been sent; a panic of the stream is an error. A panic of its drop is caught.
    ///
    /// A peer that reads slowly is not polled for: nothing is taken from the stream until the last
    /// frame is on its way, so memory does not grow.
    ///
    /// [`Default`] is a body that has ended.
    pub struct SseBody<St> {
        // Dropped before the pipeline, whose hook says that the stream is gone.
        #[pin]
        stream: Source<St>,
        pipeline: Option<Pipeline>,
        is_head: bool,
    }
}

impl<St> SseBody<St> {
    pub(crate) fn new(
        stream: Source<St>,
        settings: Arc<Settings>,
        admission: Admission,
        hook: Option<Hook>,
        insertions: Insertions,
    ) -> Self {
        let pipeline = Pipeline::new(settings, admission, hook, insertions);
        Self {
            stream,
            pipeline: Some(pipeline),
            is_head: false,
        }
    }

    /// Stands for the body that an answer to HEAD does not have. It has no length, or frameworks would
    /// say that it is 0.
    pub(crate) fn head() -> Self {
        Self {
            is_head: true,
            ..Self::default()
        }
    }

    pub(crate) fn refused(settings: Arc<Settings>, hook: Option<Hook>, reason: EndReason) -> Self {
        Self {
            stream: Source::none(),
            pipeline: Some(Pipeline::refused(settings, hook, reason)),
            is_head: false,
        }
    }
}

impl<St> Default for SseBody<St> {
    fn default() -> Self {
        Self {
            stream: Source::none(),
            pipeline: None,
            is_head: false,
        }
    }
}

impl<St, T, E> Body for SseBody<St>
where
    St: Stream<Item = Result<T, E>>,
    T: Into<EventFrame>,
    E: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // Frames are whole lines, and events whole blocks.
        const PLACE: Place = Place::BetweenEvents;

        let mut this = self.project();
        let Some(pipeline) = this.pipeline else {
            return Poll::Ready(None);
        };
        let mut joined = Joined::default();
        if let Some(start) = pipeline.take_start() {
            joined.push(start);
        }
        if this.stream.is_some() && pipeline.must_end(PLACE) {
            this.stream.as_mut().clear();
            joined.push(pipeline.end(PLACE));
        }
        while joined.len() < FRAME_SIZE
            && let Some(stream) = this.stream.as_mut().as_pin_mut()
        {
            // An event's way to its frame is foreign code, too.
            let polled = caught(|| {
                let item = stream.poll_next(cx);
                item.map_ok(T::into).map_err(E::into)
            });
            let polled = match polled {
                Ok(Poll::Pending) => break,
                Ok(Poll::Ready(item)) => item.transpose(),
                Err(panic) => Err(panic),
            };
            joined.push(match polled {
                Ok(Some(frame)) => {
                    pipeline.count(frame.as_bytes().len(), frame.is_event().into());
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
        if joined.len() == 0 && this.stream.is_some() {
            match ready!(pipeline.poll_idle(cx, PLACE)) {
                Idle::Send(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Idle::End => {
                    this.stream.as_mut().clear();
                    joined.push(pipeline.end(PLACE));
                }
            }
        }
        if joined.len() == 0 {
            return pipeline.poll_end(cx).map(|error| error.map(Err));
        }
        if this.stream.is_some() {
            pipeline.sent();
        }
        Poll::Ready(Some(Ok(Frame::data(joined.into_bytes()))))
    }

    fn is_end_stream(&self) -> bool {
        !self.stream.is_some() && self.pipeline.as_ref().is_none_or(Pipeline::has_ended)
    }

    fn size_hint(&self) -> SizeHint {
        match self.is_end_stream() && !self.is_head {
            true => SizeHint::with_exact(0),
            false => SizeHint::default(),
        }
    }
}

impl<St> fmt::Debug for SseBody<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseBody")
            .field("ended", &!self.stream.is_some())
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}

/// Frames put one after another. A single one is not copied.
#[derive(Default)]
struct Joined {
    first: Bytes,
    rest: BytesMut,
}

impl Joined {
    fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    fn push(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        if self.len() == 0 {
            self.first = bytes;
            return;
        }
        let first = mem::take(&mut self.first);
        self.rest.extend_from_slice(&first);
        self.rest.extend_from_slice(&bytes);
    }

    fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        self.rest.freeze()
    }
}
