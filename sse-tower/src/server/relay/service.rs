use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use crate::server::{
    http::request::RequestFacts,
    relay::{body::RelayBody, future::RelayFuture},
    settings::StreamSettings,
};

/// The service that [`RelayLayer`](crate::RelayLayer) creates.
#[derive(Clone, Debug)]
pub struct RelayService<S> {
    inner: S,
    settings: Arc<StreamSettings>,
}

impl<S> RelayService<S> {
    pub(super) fn new(inner: S, settings: Arc<StreamSettings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for RelayService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
{
    type Response = Response<RelayBody<ResB>>;
    type Error = S::Error;
    type Future = RelayFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let settings = self.settings.clone();
        let (facts, request) = RequestFacts::by(request, &settings);
        RelayFuture::new(self.inner.call(request), settings, facts)
    }
}
