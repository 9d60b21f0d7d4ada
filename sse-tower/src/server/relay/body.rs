use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::boundary::Boundary;
use crate::{
    error::{BodyError, BoxError},
    foreign::{Guarded, caught},
    rt::moment::Moment,
    server::{
        http::headers,
        stream::{
            pipeline::{Idle, Pipeline},
            place::Place,
        },
    },
};

pin_project! {
    /// A response's body that is handed on: an event stream with what was added, any other as it is.
    ///
    /// It holds nothing back but a frame that is cut in the first three bytes of a stream. A peer that
    /// reads slowly is not polled for, and so the inner body is not either. When an event stream ends,
    /// for whatever reason, the inner body is dropped there and then.
    ///
    /// [`Default`] is a body that has ended.
    pub struct RelayBody<B> {
        // Dropped before the pipeline, whose hook says that the stream is gone.
        #[pin]
        inner: Guarded<B>,
        stream: Option<Box<EventStream>>,
        is_head: bool,
    }
}

/// What an event stream needs, and no other body.
#[derive(Debug)]
struct EventStream {
    pipeline: Pipeline,
    /// Nothing of one that cannot be read.
    boundary: Option<Boundary>,
    /// Most streams have none, and they are large.
    trailers: Option<Box<HeaderMap>>,
    /// The time of the first item that was taken since the body was pending.
    since: Option<Moment>,
}

impl<B> RelayBody<B> {
    /// Of something that is no event stream.
    pub(super) fn passed(inner: B) -> Self {
        Self {
            inner: Guarded::new(inner),
            stream: None,
            is_head: false,
        }
    }

    /// Without an inner body, the pipeline is that of a refusal.
    pub(super) fn event_stream(inner: Guarded<B>, pipeline: Pipeline) -> Self {
        let boundary = pipeline.can_read().then(Boundary::default);
        Self {
            inner,
            stream: Some(Box::new(EventStream {
                pipeline,
                boundary,
                trailers: None,
                since: None,
            })),
            is_head: false,
        }
    }

    /// Stands for the body that an answer to HEAD does not have. It has no length, or frameworks would
    /// say that it is 0.
    pub(super) fn head() -> Self {
        Self {
            is_head: true,
            ..Self::default()
        }
    }
}

impl<B> Default for RelayBody<B> {
    fn default() -> Self {
        Self {
            inner: Guarded::none(),
            stream: None,
            is_head: false,
        }
    }
}

impl<B> Body for RelayBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut this = self.project();
        match (this.stream, this.inner.as_mut().as_pin_mut()) {
            (Some(stream), _) => stream.poll_frame(cx, &mut this.inner),
            (None, None) => Poll::Ready(None),
            (None, Some(inner)) => {
                let frame = ready!(inner.poll_frame(cx));
                let frame = frame.map(|frame| frame.map(to_bytes).map_err(BodyError::relayed));
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match (&self.stream, self.inner.as_ref()) {
            (None, inner) => inner.is_none_or(Body::is_end_stream),
            (Some(stream), inner) => inner.is_none() && stream.has_ended(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.stream, self.inner.as_ref()) {
            (None, Some(inner)) => inner.size_hint(),
            _ if self.is_end_stream() && !self.is_head => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

impl<B> fmt::Debug for RelayBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayBody")
            .field("ended", &!self.inner.is_some())
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

/// What comes next in an event stream.
enum Next {
    Data(Bytes),
    Heartbeat(Bytes),
    End(End),
}

enum End {
    Complete(Option<HeaderMap>),
    Failed(BoxError),
    Made,
}

impl EventStream {
    fn has_ended(&self) -> bool {
        self.trailers.is_none() && self.pipeline.has_ended()
    }

    fn place(&self) -> Place {
        let boundary = self.boundary.as_ref();
        boundary.map_or(Place::BetweenEvents, Boundary::place)
    }

    fn poll_frame<B>(
        &mut self,
        cx: &mut Context<'_>,
        inner: &mut Pin<&mut Guarded<B>>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>>
    where
        B: Body,
        B::Error: Into<BoxError>,
    {
        if let Some(start) = self.pipeline.take_start() {
            if inner.is_some() {
                self.put_in();
                self.pipeline.sent(None);
            }
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        // Goes round again for the bytes of a byte order mark that is left out, and at the end.
        while let Some(source) = inner.as_mut().as_pin_mut() {
            let bytes = match ready!(self.poll_next(cx, source)) {
                Next::Data(bytes) => match (bytes.is_empty(), self.follow(bytes)) {
                    (false, bytes) if bytes.is_empty() => continue,
                    (_, bytes) => bytes,
                },
                Next::Heartbeat(bytes) => {
                    self.put_in();
                    bytes
                }
                Next::End(end) => {
                    inner.as_mut().clear();
                    match self.end(end) {
                        bytes if bytes.is_empty() => break,
                        bytes => bytes,
                    }
                }
            };
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.trailers.take() {
            Some(trailers) => Poll::Ready(Some(Ok(Frame::trailers(*trailers)))),
            None => {
                let error = ready!(self.pipeline.poll_end(cx));
                Poll::Ready(error.map(|cause| Err(BodyError::relayed(cause))))
            }
        }
    }

    fn poll_next<B>(&mut self, cx: &mut Context<'_>, source: Pin<&mut B>) -> Poll<Next>
    where
        B: Body,
        B::Error: Into<BoxError>,
    {
        let place = self.place();
        if self.pipeline.must_end(place) {
            return Poll::Ready(Next::End(End::Made));
        }
        ready!(self.pipeline.poll_budget(cx));
        // The conversion of data and error is foreign code as well.
        let polled = caught(|| {
            let frame = source.poll_frame(cx);
            frame.map_ok(to_bytes).map_err(BodyError::cause_of)
        });
        let frame = match polled {
            Ok(Poll::Ready(frame)) => frame,
            Err(panic) => Some(Err(panic)),
            Ok(Poll::Pending) => {
                let idle = self.pipeline.poll_idle(cx, place);
                return idle.map(|idle| match idle {
                    Idle::Send(bytes) => Next::Heartbeat(bytes),
                    Idle::End => Next::End(End::Made),
                });
            }
        };
        Poll::Ready(match frame {
            None => Next::End(End::Complete(None)),
            Some(Err(error)) => Next::End(End::Failed(error)),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => {
                    self.pipeline.count_item(&mut self.since);
                    Next::Data(bytes)
                }
                // After trailers comes nothing.
                Err(frame) => Next::End(End::Complete(frame.into_trailers().ok())),
            },
        })
    }

    fn put_in(&mut self) {
        if let Some(boundary) = &mut self.boundary {
            boundary.put_in();
        }
    }

    /// What to hand on of what has come.
    fn follow(&mut self, bytes: Bytes) -> Bytes {
        let to_boundary = self.pipeline.waits_for_boundary();
        let (bytes, events) = match &mut self.boundary {
            None => (bytes, 0),
            Some(boundary) => boundary.follow(bytes, to_boundary),
        };
        self.pipeline.count(bytes.len(), events);
        match bytes.is_empty() {
            true => self.pipeline.sent_nothing(),
            false => self.pipeline.sent(self.since),
        }
        bytes
    }

    /// What is sent last.
    fn end(&mut self, end: End) -> Bytes {
        let place = self.place();
        match end {
            End::Made => self.pipeline.end(place),
            End::Failed(error) => self.pipeline.fail(error, place),
            End::Complete(trailers) => {
                self.trailers = trailers.map(|trailers| Box::new(without_digests(trailers)));
                self.pipeline.complete(place)
            }
        }
    }
}

/// The trailers without the fields that describe exactly the bytes that the upstream has sent.
fn without_digests(mut trailers: HeaderMap) -> HeaderMap {
    headers::remove_digests(&mut trailers);
    headers::remove_strong_validators(&mut trailers);
    trailers
}

/// The same frame with its data in one piece, which it mostly is: that is not copied then.
fn to_bytes<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
    frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
}
