use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    body::CorsBody,
    policy::{self, Decision, Policy},
};

/// The service that [`CorsLayer`](crate::CorsLayer) creates.
#[derive(Clone)]
pub struct Cors<S> {
    inner: S,
    policy: Arc<Policy>,
}

impl<S> Cors<S> {
    pub(super) fn new(inner: S, policy: Arc<Policy>) -> Self {
        Self { inner, policy }
    }
}

impl<S, B, ResB> Service<Request<B>> for Cors<S>
where
    S: Service<Request<B>, Response = Response<ResB>>,
{
    type Response = Response<CorsBody<ResB>>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (state, fields) = match self.policy.decide(&request) {
            Decision::Call(fields) => {
                let inner = self.inner.call(request);
                (State::Called { inner }, fields)
            }
            Decision::Answer(status, fields) => (State::Answered { status }, fields),
        };
        CorsFuture { state, fields }
    }
}

impl<S: fmt::Debug> fmt::Debug for Cors<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cors")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The response future of [`Cors`].
    pub struct CorsFuture<F> {
        #[pin]
        state: State<F>,
        fields: HeaderMap,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Called { #[pin] inner: F },
        Answered { status: StatusCode },
    }
}

impl<F, B, E> Future for CorsFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<CorsBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.state.project() {
            StateProjection::Called { inner } => ready!(inner.poll(cx))?.map(CorsBody::new),
            StateProjection::Answered { status } => {
                let mut response = Response::new(CorsBody::default());
                *response.status_mut() = *status;
                response
            }
        };
        policy::complete(response.headers_mut(), mem::take(this.fields));
        Poll::Ready(Ok(response))
    }
}

impl<F> fmt::Debug for CorsFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsFuture").finish_non_exhaustive()
    }
}
