use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::source::{Relayed, to_bytes};
use crate::{
    error::{BodyError, BoxError},
    foreign::Guarded,
    server::stream::body::StreamBody,
};

pin_project! {
    /// The body of a relayed response: an event stream with insertions, or any other body
    /// unchanged.
    ///
    /// It holds nothing back, except a frame that is cut within the first three bytes of a stream.
    /// While a peer reads slowly, neither this body nor the inner one is polled. When an event
    /// stream ends, for any reason, the inner body is dropped at once.
    ///
    /// [`Default`] is a body that has ended.
    pub struct RelayBody<B> {
        #[pin]
        content: Content<B>,
    }
}

pin_project! {
    #[project = ContentProjection]
    enum Content<B> {
        Passed {
            #[pin]
            inner: Guarded<B>,
        },
        // Boxed, because few bodies under a layer are event streams.
        EventStream {
            body: Pin<Box<StreamBody<Relayed<B>>>>,
        },
    }
}

impl<B> RelayBody<B> {
    /// Creates a body that passes through unchanged, because it is not an event stream.
    pub(super) fn passed(inner: Guarded<B>) -> Self {
        Self {
            content: Content::Passed { inner },
        }
    }

    pub(super) fn event_stream(body: StreamBody<Relayed<B>>) -> Self {
        Self {
            content: Content::EventStream {
                body: Box::pin(body),
            },
        }
    }
}

impl<B> Default for RelayBody<B> {
    fn default() -> Self {
        Self::passed(Guarded::none())
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
        match self.project().content.project() {
            ContentProjection::EventStream { body } => body.as_mut().poll_frame(cx),
            ContentProjection::Passed { inner } => {
                let Some(inner) = inner.as_pin_mut() else {
                    return Poll::Ready(None);
                };
                let frame = ready!(inner.poll_frame(cx));
                let frame = frame.map(|frame| frame.map(|frame| frame.map_data(to_bytes)));
                Poll::Ready(frame.map(|frame| frame.map_err(BodyError::relayed)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::EventStream { body } => body.is_end_stream(),
            Content::Passed { inner } => inner.as_ref().is_none_or(Body::is_end_stream),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::EventStream { body } => body.size_hint(),
            Content::Passed { inner } => {
                let hint = inner.as_ref().map(Body::size_hint);
                hint.unwrap_or_else(|| SizeHint::with_exact(0))
            }
        }
    }
}

impl<B> fmt::Debug for RelayBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RelayBody");
        match &self.content {
            Content::EventStream { body } => debug.field("event_stream", body),
            Content::Passed { inner } => debug.field("ended", &!inner.is_some()),
        };
        debug.finish_non_exhaustive()
    }
}
