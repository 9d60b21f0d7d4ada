use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use crate::{
    last_event_id::LastEventId,
    server::{
        admission::Admission,
        events::{body::SseBody, future::SseFuture},
        http::request::RequestFacts,
        settings::StreamSettings,
    },
};

/// The service that [`SseLayer`](crate::SseLayer) creates.
#[derive(Clone, Debug)]
pub struct SseService<S> {
    inner: S,
    settings: Arc<StreamSettings>,
}

impl<S> SseService<S> {
    pub(crate) fn new(inner: S, settings: Arc<StreamSettings>) -> Self {
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

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let settings = self.settings.clone();
        let (facts, mut request) = RequestFacts::by(request, &settings);
        if facts.excludes_event_streams {
            return SseFuture::not_acceptable(settings, facts);
        }
        let admission = match Admission::new(&settings, facts.limit_key, None) {
            Ok(admission) => admission,
            Err(refusal) => return SseFuture::refused(settings, facts, refusal),
        };
        let last_event_id = LastEventId::of(&request);
        request.extensions_mut().insert(last_event_id);
        SseFuture::new(self.inner.call(request), settings, admission, facts)
    }
}
