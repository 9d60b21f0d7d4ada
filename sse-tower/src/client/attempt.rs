//! Attempts to connect, and the requests that are made for them.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
};

use http::{Request, StatusCode};
use sse_proto::EventId;

use crate::error::BoxError;

/// An attempt to connect. A closure of the caller makes its request.
///
/// A client adds the header fields of the standard to each request, unless the request has them:
/// `Accept: text/event-stream` and `Cache-Control: no-cache`. It also sets `Last-Event-ID`, so the closure
/// does not have to.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub(super) number: u64,
    pub(super) last_status: Option<StatusCode>,
    pub(super) last_event_id: Option<EventId>,
}

impl Attempt {
    /// Returns the number of this attempt. The first is 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the status of the latest response, if any. For example, 401 means that the token has to be
    /// refreshed.
    #[must_use]
    pub const fn last_status(&self) -> Option<StatusCode> {
        self.last_status
    }

    /// Returns the ID of the event after which the server should continue. The client sends it as
    /// `Last-Event-ID`. Some services also want it in the URL or the body.
    #[must_use]
    pub const fn last_event_id(&self) -> Option<&EventId> {
        self.last_event_id.as_ref()
    }
}

/// Makes the request of an attempt.
pub(super) trait MakeRequest: Send {
    type Body;
    type Future: Future<Output = Result<Request<Self::Body>, BoxError>> + Send;

    fn make(&mut self, attempt: &Attempt) -> Self::Future;
}

/// A closure that returns the request.
pub(super) struct FromFn<F>(pub(super) F);

impl<F, B> MakeRequest for FromFn<F>
where
    F: FnMut(&Attempt) -> Request<B> + Send,
    B: Send,
{
    type Body = B;
    type Future = Ready<Result<Request<B>, BoxError>>;

    fn make(&mut self, attempt: &Attempt) -> Self::Future {
        ready(Ok((self.0)(attempt)))
    }
}

/// A closure that returns a future of the request.
pub(super) struct FromAsyncFn<F>(pub(super) F);

impl<F, Fut, B, E> MakeRequest for FromAsyncFn<F>
where
    F: FnMut(Attempt) -> Fut + Send,
    Fut: Future<Output = Result<Request<B>, E>> + Send + 'static,
    E: Into<BoxError>,
{
    type Body = B;
    type Future = Pin<Box<dyn Future<Output = Result<Request<B>, BoxError>> + Send>>;

    fn make(&mut self, attempt: &Attempt) -> Self::Future {
        let request = (self.0)(attempt.clone());
        Box::pin(async move { request.await.map_err(Into::into) })
    }
}
