use std::task::{Context, Poll};

use http::{Method, Request, Response};
use tower_service::Service;

use crate::{LastEventId, SseBody, SseFuture, response::Settings};

/// The service that [`SseLayer`](crate::SseLayer) makes.
#[derive(Clone, Debug)]
pub struct SseService<S> {
    inner: S,
    settings: Settings,
}

impl<S> SseService<S> {
    pub(crate) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, St> Service<Request<B>> for SseService<S>
where
    S: Service<Request<B>, Response = Response<St>>,
{
    type Response = Response<SseBody<St>>;
    type Error = S::Error;
    type Future = SseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let is_head = request.method() == Method::HEAD;
        let last_event_id = LastEventId::of(&request);
        request.extensions_mut().insert(last_event_id);
        SseFuture::new(self.inner.call(request), self.settings.clone(), is_head)
    }
}
