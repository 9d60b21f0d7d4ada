//! One attempt, from the closure to the head of the response.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderValue, Method, Request, Response, header, request, response};
use http_body::Body;
use tower_service::Service;

use super::{
    Error, ErrorKind, OnSilence,
    attempt::{Attempt, MakeRequest},
    body::Chunks,
    redirect::{MAX_REDIRECTS, RedirectError, Target, is_redirect},
};
use crate::error::BoxError;

/// Makes one attempt at a time.
pub(super) trait Connect: Send {
    /// Begins an attempt. Drops an unfinished one.
    fn start(&mut self, attempt: Attempt, id: SentId);

    /// Ready with the first response that is not a redirect, or with the reason for the failure.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer, Failure>>;

    /// Drops an unfinished attempt. Returns the method of its request, if the request was sent.
    fn cancel(&mut self) -> Option<Method>;

    /// Gives up the connection of the latest request, because it is silent.
    fn give_up(&mut self);
}

/// The value of `Last-Event-ID` in a request.
#[derive(Clone, Debug)]
pub(super) enum SentId {
    /// The client has no ID. If the request has the field, it stays.
    Unknown,
    /// The ID is empty, or cannot be sent. If the request has the field, it is removed.
    None,
    Id(HeaderValue),
}

/// The response to an attempt.
#[derive(Debug)]
pub(super) struct Answer {
    /// The method of the request before any redirect.
    pub(super) method: Method,
    pub(super) head: response::Parts,
    pub(super) body: Chunks,
}

/// The reason why an attempt has no response.
#[derive(Debug)]
pub(super) struct Failure {
    /// The method of the request, if it was sent.
    pub(super) method: Option<Method>,
    pub(super) error: Error,
}

pub(super) struct Connector<S, R>
where
    S: Service<Request<R::Body>>,
    R: MakeRequest,
{
    service: S,
    make: R,
    attempt: Option<Attempt>,
    /// The method of the request that the closure made. A redirect may have changed it since.
    method: Method,
    id: SentId,
    redirects: usize,
    target: Option<Target>,
    on_silence: OnSilence,
    step: Step<R::Body, R::Future, S::Future>,
}

enum Step<B, M, C> {
    Idle,
    Making(Pin<Box<M>>),
    /// Waits until the service is ready.
    Made(Box<Request<B>>),
    Called {
        /// The request's head, for a redirect.
        head: Box<request::Parts>,
        response: Pin<Box<C>>,
    },
}

impl<S, R> Connector<S, R>
where
    S: Service<Request<R::Body>>,
    R: MakeRequest,
{
    pub(super) fn new(service: S, make: R) -> Self {
        Self {
            service,
            make,
            attempt: None,
            method: Method::GET,
            id: SentId::Unknown,
            redirects: 0,
            target: None,
            on_silence: OnSilence::default(),
            step: Step::Idle,
        }
    }
}

impl<S, R, B> Connect for Connector<S, R>
where
    S: Service<Request<R::Body>, Response = Response<B>> + Send,
    S::Future: Send,
    S::Error: Into<BoxError>,
    R: MakeRequest,
    R::Body: Default + Send,
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn start(&mut self, attempt: Attempt, id: SentId) {
        self.step = Step::Making(Box::pin(self.make.make(&attempt)));
        self.attempt = Some(attempt);
        self.id = id;
        self.redirects = 0;
        self.target = None;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer, Failure>> {
        loop {
            match &mut self.step {
                Step::Idle => return Poll::Pending,
                Step::Making(request) => {
                    let request = match ready!(request.as_mut().poll(cx)) {
                        Ok(request) => request,
                        Err(error) => {
                            self.step = Step::Idle;
                            return Poll::Ready(Err(Failure {
                                method: None,
                                error: Error::caused(ErrorKind::Request, error),
                            }));
                        }
                    };
                    self.method = request.method().clone();
                    self.step = Step::Made(Box::new(self.prepare(request)));
                }
                Step::Made(_) => {
                    let ready = ready!(self.service.poll_ready(cx));
                    let Step::Made(request) = std::mem::replace(&mut self.step, Step::Idle) else {
                        return Poll::Pending;
                    };
                    if let Err(error) = ready {
                        return Poll::Ready(Err(Failure {
                            method: None,
                            error: Error::caused(ErrorKind::Service, error),
                        }));
                    }
                    let (head, body) = request.into_parts();
                    let mut request = Request::from_parts(head.clone(), body);
                    self.on_silence = OnSilence::default();
                    request.extensions_mut().insert(self.on_silence.clone());
                    self.step = Step::Called {
                        head: Box::new(head),
                        response: Box::pin(self.service.call(request)),
                    };
                }
                Step::Called { response, .. } => {
                    let response = ready!(response.as_mut().poll(cx));
                    let Step::Called { head, .. } = std::mem::replace(&mut self.step, Step::Idle)
                    else {
                        return Poll::Pending;
                    };
                    let method = self.method.clone();
                    let failure = |error| Failure {
                        method: Some(method.clone()),
                        error,
                    };
                    let response = match response {
                        Ok(response) => response,
                        Err(error) => {
                            let error = Error::caused(ErrorKind::Service, error);
                            return Poll::Ready(Err(failure(error)));
                        }
                    };
                    if !is_redirect(response.status()) {
                        let (head, body) = response.into_parts();
                        let body = Chunks::of_body(body);
                        return Poll::Ready(Ok(Answer { method, head, body }));
                    }
                    if let Err(error) = self.redirect(*head, &response) {
                        let error = Error::caused(ErrorKind::Redirect, error);
                        return Poll::Ready(Err(failure(error)));
                    }
                }
            }
        }
    }

    fn cancel(&mut self) -> Option<Method> {
        match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Called { .. } => Some(self.method.clone()),
            Step::Idle | Step::Making(_) | Step::Made(_) => None,
        }
    }

    fn give_up(&mut self) {
        self.on_silence.call();
    }
}

impl<S, R, B> Connector<S, R>
where
    S: Service<Request<R::Body>, Response = Response<B>>,
    R: MakeRequest,
    R::Body: Default,
{
    /// Adds the header fields of the standard to a request that the closure has made.
    fn prepare(&self, request: Request<R::Body>) -> Request<R::Body> {
        let (mut head, body) = request.into_parts();
        let headers = &mut head.headers;
        for (name, value) in [
            (header::ACCEPT, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache"),
        ] {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        }
        match &self.id {
            SentId::Unknown => {}
            SentId::None => {
                headers.remove("last-event-id");
            }
            SentId::Id(id) => {
                headers.insert("last-event-id", id.clone());
            }
        }
        if let Some(target) = &self.target {
            target.apply(&mut head);
        }
        Request::from_parts(head, body)
    }

    /// Follows the redirect that answered a request with this head.
    fn redirect(
        &mut self,
        mut head: request::Parts,
        response: &Response<B>,
    ) -> Result<(), RedirectError> {
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            return Err(RedirectError::TooMany);
        }
        let (method, uri) = (&head.method, &head.uri);
        let before = self.target.as_ref();
        let target = Target::of(response.status(), response.headers(), method, uri, before)?;
        self.step = match &self.attempt {
            // A body can be sent only once, so the closure makes another request.
            Some(attempt) if !target.has_no_body(method) => {
                Step::Making(Box::pin(self.make.make(attempt)))
            }
            _ => {
                target.apply(&mut head);
                Step::Made(Box::new(Request::from_parts(head, R::Body::default())))
            }
        };
        self.target = Some(target);
        Ok(())
    }
}

impl<S, R> fmt::Debug for Connector<S, R>
where
    S: Service<Request<R::Body>>,
    R: MakeRequest,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Idle => "idle",
            Step::Making(_) => "making the request",
            Step::Made(_) => "waiting for the service",
            Step::Called { .. } => "waiting for the response",
        };
        f.debug_struct("Connector")
            .field("step", &step)
            .finish_non_exhaustive()
    }
}
