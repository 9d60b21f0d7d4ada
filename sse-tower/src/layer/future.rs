use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::{SseBody, response::Settings};

pin_project! {
    /// The future of [`SseService`](crate::SseService).
    pub struct SseFuture<F> {
        #[pin]
        inner: F,
        settings: Settings,
        is_head: bool,
    }
}

impl<F> SseFuture<F> {
    pub(super) fn new(inner: F, settings: Settings, is_head: bool) -> Self {
        Self {
            inner,
            settings,
            is_head,
        }
    }
}

impl<F, St, E> Future for SseFuture<F>
where
    F: Future<Output = Result<Response<St>, E>>,
{
    type Output = Result<Response<SseBody<St>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        let response = this.settings.clone().respond(response);
        Poll::Ready(Ok(match this.is_head {
            true => response.map(|_| SseBody::default()),
            false => response,
        }))
    }
}

impl<F> fmt::Debug for SseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseFuture")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
