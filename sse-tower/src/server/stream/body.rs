//! The body of an event stream, for any source.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    error::BodyError,
    foreign::Guarded,
    server::stream::{pipeline::Pipeline, source::Source},
};

pin_project! {
    /// The body of an event stream: a source and its pipeline.
    pub(crate) struct StreamBody<S> {
        // Dropped before the pipeline, so that the stream is gone when the hook is called.
        #[pin]
        source: Guarded<S>,
        content: Content,
    }
}

#[derive(Debug)]
enum Content {
    Stream(Pipeline),
    /// A response to HEAD has no body. Its size hint must not be 0, or frameworks would send that
    /// as the length.
    Head,
    Ended,
}

impl<S> StreamBody<S> {
    /// Creates a body. A refusal has no source, only a pipeline.
    pub(crate) fn new(source: Guarded<S>, pipeline: Pipeline) -> Self {
        Self {
            source,
            content: Content::Stream(pipeline),
        }
    }

    /// Creates the body of a response to HEAD.
    pub(crate) fn head() -> Self {
        Self {
            content: Content::Head,
            ..Self::default()
        }
    }
}

/// Creates a body that has ended.
impl<S> Default for StreamBody<S> {
    fn default() -> Self {
        Self {
            source: Guarded::none(),
            content: Content::Ended,
        }
    }
}

impl<S: Source> Body for StreamBody<S> {
    type Data = Bytes;
    type Error = BodyError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.project();
        match this.content {
            Content::Stream(pipeline) => pipeline.poll_frame(cx, this.source),
            Content::Head | Content::Ended => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Stream(pipeline) => !self.source.is_some() && pipeline.has_ended(),
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

impl<S> fmt::Debug for StreamBody<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamBody")
            .field("ended", &!self.source.is_some())
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}
