//! Reading streams from pages of other origins
//! ([Fetch, "CORS protocol"](https://fetch.spec.whatwg.org/#http-cors-protocol)).

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use pin_project_lite::pin_project;
use tower_http::cors::{self, AllowOrigin, CorsLayer};
use tower_layer::Layer;
use tower_service::Service;

use crate::Origin;

/// Which origins may read the streams of a service, and whether with cookies.
///
/// A layer, to be put outside of all others, since it answers every OPTIONS request. Preflights
/// allow GET, HEAD and POST with `Last-Event-ID`, `Cache-Control`, `Authorization` and
/// `Content-Type`, and pages can read `Retry-After`. Every response has `Vary: Origin`, so that no
/// cache gives the answer for one origin to another.
///
/// ```
/// use std::convert::Infallible;
///
/// use http::{Request, Response};
/// use sse_tower::{Cors, Event, Origin, SseLayer};
/// use tower::{ServiceBuilder, service_fn};
///
/// let public = Cors::any();
/// let branches = Cors::matching(|origin| origin.ends_with(".branches.example"));
/// let ours = Cors::origins([Origin::from_static("https://app.example")]).allow_credentials();
///
/// let service = ServiceBuilder::new()
///     .layer(ours)
///     .layer(SseLayer::new())
///     .service(service_fn(|_: Request<()>| async {
///         let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
///         Ok::<_, Infallible>(Response::new(events))
///     }));
/// # let _ = (public, branches, service);
/// ```
///
/// In axum: `Router::new().route("/events", get(events)).layer(ours)`.
///
/// Browsers refuse credentials where any origin may read, so that cannot be written:
///
/// ```compile_fail
/// sse_tower::Cors::any().allow_credentials();
/// ```
#[must_use]
pub struct Cors<O = AnyOrigin> {
    known: Option<Known>,
    allow_credentials: bool,
    refuse_foreign: bool,
    max_age: Option<Duration>,
    allowed: Vec<HeaderName>,
    exposed: Vec<HeaderName>,
    origins: PhantomData<O>,
}

/// Any origin may read, without credentials.
#[derive(Clone, Copy, Debug)]
pub enum AnyOrigin {}

/// Listed or matching origins may read.
#[derive(Clone, Copy, Debug)]
pub enum KnownOrigins {}

/// Whether the value of an `Origin` field is one that may read.
type Known = Arc<dyn Fn(&HeaderValue) -> bool + Send + Sync>;

impl Cors<AnyOrigin> {
    /// Any page may read, without credentials.
    pub fn any() -> Self {
        Self::new(None)
    }
}

impl Cors<KnownOrigins> {
    /// Pages of these origins may read.
    pub fn origins(origins: impl IntoIterator<Item = Origin>) -> Self {
        let origins: Vec<_> = origins.into_iter().collect();
        Self::new(Some(Arc::new(move |value| {
            let value = value.as_bytes();
            origins
                .iter()
                .any(|origin| origin.as_str().as_bytes() == value)
        })))
    }

    /// Pages of origins for which `allowed` is true may read.
    ///
    /// It is given the origin as the browser sends it, also `null`, which sandboxed pages of anyone
    /// share. Compare whole labels: an origin that merely ends in `example.com` may be
    /// `https://evil-example.com`.
    pub fn matching(allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(Some(Arc::new(move |value| {
            value.to_str().is_ok_and(&allowed)
        })))
    }

    /// Cookies and other credentials may come along, if the page asks for it
    /// (`withCredentials: true`).
    pub fn allow_credentials(mut self) -> Self {
        self.allow_credentials = true;
        self
    }

    /// Answers a request with a foreign `Origin` with 403 instead of leaving it to the browser to
    /// hide the answer. The service is not called.
    ///
    /// A page of the service's own origin sends the field, too, when it posts: list it as well.
    pub fn refuse_foreign(mut self) -> Self {
        self.refuse_foreign = true;
        self
    }
}

impl<O> Cors<O> {
    /// How long a browser may remember the answer to a preflight. Without it, a few seconds.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = Some(time);
        self
    }

    /// Allows requests with these header fields as well.
    ///
    /// ```
    /// use http::HeaderName;
    /// use sse_tower::Cors;
    ///
    /// let cors = Cors::any().allow_headers([HeaderName::from_static("x-csrf-token")]);
    /// # let _ = cors;
    /// ```
    pub fn allow_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.allowed.extend(names);
        self
    }

    /// Lets pages read these header fields of a response as well. `Content-Type` and `Cache-Control`
    /// they can read anyway.
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.exposed.extend(names);
        self
    }

    fn new(known: Option<Known>) -> Self {
        Self {
            known,
            allow_credentials: false,
            refuse_foreign: false,
            max_age: None,
            allowed: vec![
                HeaderName::from_static("last-event-id"),
                header::CACHE_CONTROL,
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
            ],
            exposed: vec![header::RETRY_AFTER],
            origins: PhantomData,
        }
    }

    fn layer(&self) -> CorsLayer {
        let allowed = match self.known.clone() {
            None => AllowOrigin::any(),
            Some(known) => AllowOrigin::predicate(move |value, _| known(value)),
        };
        let layer = CorsLayer::new()
            .allow_origin(allowed)
            .allow_credentials(self.allow_credentials)
            .allow_methods([Method::GET, Method::HEAD, Method::POST])
            .allow_headers(self.allowed.clone())
            .expose_headers(self.exposed.clone())
            .vary([header::ORIGIN]);
        match self.max_age {
            None => layer,
            Some(time) => layer.max_age(time),
        }
    }
}

impl<O> Clone for Cors<O> {
    fn clone(&self) -> Self {
        Self {
            known: self.known.clone(),
            allowed: self.allowed.clone(),
            exposed: self.exposed.clone(),
            ..*self
        }
    }
}

impl<O> fmt::Debug for Cors<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cors")
            .field("any_origin", &self.known.is_none())
            .field("allow_credentials", &self.allow_credentials)
            .field("refuse_foreign", &self.refuse_foreign)
            .field("max_age", &self.max_age)
            .field("allowed", &self.allowed)
            .field("exposed", &self.exposed)
            .finish_non_exhaustive()
    }
}

impl<S, O> Layer<S> for Cors<O> {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CorsService {
            inner: self.layer().layer(inner),
            refused: self.known.clone().filter(|_| self.refuse_foreign),
        }
    }
}

/// The service that [`Cors`] makes.
#[derive(Clone)]
pub struct CorsService<S> {
    inner: cors::Cors<S>,
    /// If set, origins that are not known are refused.
    refused: Option<Known>,
}

impl<S, B, ResB> Service<Request<B>> for CorsService<S>
where
    S: Service<Request<B>, Response = Response<ResB>>,
    ResB: Default,
{
    type Response = Response<ResB>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // No browser sends two; if something does, one that is foreign is enough.
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        let is_foreign = |known: &Known| origins.any(|origin| !known(origin));
        let state = match self.refused.as_ref().is_some_and(is_foreign) {
            true => State::Refused,
            false => State::Passed {
                future: self.inner.call(request),
            },
        };
        CorsFuture { state }
    }
}

impl<S: fmt::Debug> fmt::Debug for CorsService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`CorsService`].
    pub struct CorsFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Passed { #[pin] future: cors::ResponseFuture<F> },
        Refused,
    }
}

impl<F, B, E> Future for CorsFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Passed { future } => future.poll(cx),
            StateProjection::Refused => {
                let mut response = Response::new(B::default());
                *response.status_mut() = StatusCode::FORBIDDEN;
                let vary = HeaderValue::from_static("origin");
                response.headers_mut().insert(header::VARY, vary);
                Poll::Ready(Ok(response))
            }
        }
    }
}

impl<F> fmt::Debug for CorsFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsFuture").finish_non_exhaustive()
    }
}
