use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The response body of [`Cors`](crate::cors::Cors): the body of the service, or an empty body
    /// if the response answers a preflight or refuses a request.
    ///
    /// [`Default`] is the empty body.
    pub struct CorsBody<B> {
        #[pin]
        inner: Option<B>,
    }
}

impl<B> CorsBody<B> {
    pub(super) fn new(inner: B) -> Self {
        Self { inner: Some(inner) }
    }
}

impl<B> Default for CorsBody<B> {
    fn default() -> Self {
        Self { inner: None }
    }
}

impl<B: Body> Body for CorsBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().inner.as_pin_mut() {
            Some(inner) => inner.poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.as_ref().map(Body::size_hint);
        inner.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl<B> fmt::Debug for CorsBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsBody")
            .field("is_empty", &self.inner.is_none())
            .finish_non_exhaustive()
    }
}
