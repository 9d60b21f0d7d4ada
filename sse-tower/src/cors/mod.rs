//! Lets pages of other origins read event streams ([Fetch, "CORS
//! protocol"](https://fetch.spec.whatwg.org/#http-cors-protocol)).

mod body;
pub(crate) mod origin;
mod policy;
mod service;

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, Method, header};
use tower_layer::Layer;

use self::policy::{IsAllowed, Policy};
pub use self::{
    body::CorsBody,
    origin::{InvalidOrigin, Origin},
    service::{Cors, CorsFuture},
};

/// Decides which origins may read the streams of a service, and whether requests may carry cookies.
///
/// Put this layer outside the others, because it answers preflights itself, without calling the
/// service. Other OPTIONS requests reach the service.
///
/// Preflights allow GET, HEAD and POST with the header fields `Last-Event-ID`, `Cache-Control`,
/// `Authorization` and `Content-Type`. To allow more, use [`allow_methods`](Self::allow_methods)
/// and [`allow_headers`](Self::allow_headers). Pages can read the field `Retry-After`;
/// [`expose_headers`](Self::expose_headers) adds others.
///
/// Every response has `Vary: Origin`, so that no cache gives the response for one origin to
/// another. CORS fields that the service itself sets are replaced or removed.
///
/// ```
/// use std::convert::Infallible;
///
/// use http::{Request, Response};
/// use sse_tower::{CorsLayer, Event, SseLayer, cors::Origin};
/// use tower::{ServiceBuilder, service_fn};
///
/// let public = CorsLayer::any();
/// let branches = CorsLayer::matching(|origin| origin.ends_with(".branches.example"));
/// let ours = CorsLayer::origins([Origin::from_static("https://app.example")]).allow_credentials();
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
/// Browsers refuse credentials if any origin may read, so the combination does not compile:
///
/// ```compile_fail
/// sse_tower::CorsLayer::any().allow_credentials();
/// ```
#[must_use]
pub struct CorsLayer<O = AnyOrigin> {
    is_allowed: Option<IsAllowed>,
    allow_credentials: bool,
    refuse_foreign: bool,
    max_age: Option<Duration>,
    methods: Vec<Method>,
    allowed: Vec<HeaderName>,
    exposed: Vec<HeaderName>,
    origins: PhantomData<O>,
}

/// Marks a [`CorsLayer`] that lets every origin read, without credentials.
#[derive(Clone, Copy, Debug)]
pub enum AnyOrigin {}

/// Marks a [`CorsLayer`] that lets listed or matching origins read.
#[derive(Clone, Copy, Debug)]
pub enum KnownOrigins {}

impl CorsLayer<AnyOrigin> {
    /// Lets every page read, without credentials.
    pub fn any() -> Self {
        Self::new(None)
    }
}

impl CorsLayer<KnownOrigins> {
    /// Lets pages of these origins read.
    pub fn origins(origins: impl IntoIterator<Item = Origin>) -> Self {
        let origins: Vec<_> = origins.into_iter().collect();
        Self::new(Some(Arc::new(move |value| {
            let value = value.as_bytes();
            origins
                .iter()
                .any(|origin| origin.as_str().as_bytes() == value)
        })))
    }

    /// Lets pages read if `allowed` returns true for their origin.
    ///
    /// `allowed` gets the origin as the browser sends it. This can be `null`, which sandboxed pages
    /// of every site have in common. Compare whole labels of the host: an origin that ends in
    /// `example.com` may be `https://evil-example.com`.
    pub fn matching(allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(Some(Arc::new(move |value| {
            value.to_str().is_ok_and(&allowed)
        })))
    }

    /// Allows cookies and other credentials, if the page asks for them (`withCredentials: true`).
    pub fn allow_credentials(mut self) -> Self {
        self.allow_credentials = true;
        self
    }

    /// Answers requests from origins that are not allowed with status 403, without calling the
    /// service. By default, the service is called and the browser hides the response from the page.
    ///
    /// Pages of the service's own origin also send the `Origin` field when they POST, so list that
    /// origin as well.
    pub fn refuse_foreign(mut self) -> Self {
        self.refuse_foreign = true;
        self
    }
}

impl<O> CorsLayer<O> {
    /// Sets how long a browser may cache the response to a preflight, in whole seconds. By default,
    /// browsers cache it for five seconds.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = Some(time);
        self
    }

    /// Allows requests with these methods, in addition to GET, HEAD and POST
    /// ([Fetch, `Access-Control-Allow-Methods`](https://fetch.spec.whatwg.org/#http-access-control-allow-methods)).
    ///
    /// A client of the Model Context Protocol ends its
    /// [session](https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#session-management)
    /// with a DELETE request. The server therefore allows that method and the protocol's header
    /// fields, and refuses other origins:
    ///
    /// ```
    /// use http::{HeaderName, Method};
    /// use sse_tower::{CorsLayer, cors::Origin};
    ///
    /// const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
    /// const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
    ///
    /// let mcp = CorsLayer::origins([Origin::from_static("https://app.example")])
    ///     .refuse_foreign()
    ///     .allow_methods([Method::DELETE])
    ///     .allow_headers([SESSION, VERSION])
    ///     .expose_headers([SESSION]);
    /// # let _ = mcp;
    /// ```
    pub fn allow_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        add(&mut self.methods, methods);
        self
    }

    /// Allows requests with these header fields, in addition to those that are always allowed.
    ///
    /// ```
    /// use http::HeaderName;
    /// use sse_tower::CorsLayer;
    ///
    /// let cors = CorsLayer::any().allow_headers([HeaderName::from_static("x-csrf-token")]);
    /// # let _ = cors;
    /// ```
    pub fn allow_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        add(&mut self.allowed, names);
        self
    }

    /// Lets pages read these header fields of a response, in addition to `Retry-After` and to the
    /// fields that pages can always read, such as `Content-Type` and `Cache-Control`.
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        add(&mut self.exposed, names);
        self
    }

    fn new(is_allowed: Option<IsAllowed>) -> Self {
        Self {
            is_allowed,
            allow_credentials: false,
            refuse_foreign: false,
            max_age: None,
            methods: vec![Method::GET, Method::HEAD, Method::POST],
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

    fn policy(&self) -> Policy {
        let mut preflight = vec![
            (header::ACCESS_CONTROL_ALLOW_METHODS, list(&self.methods)),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, list(&self.allowed)),
        ];
        if let Some(time) = self.max_age {
            preflight.push((header::ACCESS_CONTROL_MAX_AGE, time.as_secs().into()));
        }
        Policy {
            is_allowed: self.is_allowed.clone(),
            allow_credentials: self.allow_credentials,
            refuse_foreign: self.refuse_foreign,
            preflight,
            exposed: list(&self.exposed),
        }
    }
}

/// Returns the value of a header field that lists methods or names.
fn list<T: AsRef<str>>(items: &[T]) -> HeaderValue {
    let names: Vec<_> = items.iter().map(AsRef::as_ref).collect();
    let value = HeaderValue::from_str(&names.join(","));
    value.expect("methods and names are tokens, and a list of tokens is a valid value")
}

/// Adds the items that are not in the list yet.
fn add<T: PartialEq>(list: &mut Vec<T>, items: impl IntoIterator<Item = T>) {
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

impl<O> Clone for CorsLayer<O> {
    fn clone(&self) -> Self {
        Self {
            is_allowed: self.is_allowed.clone(),
            methods: self.methods.clone(),
            allowed: self.allowed.clone(),
            exposed: self.exposed.clone(),
            ..*self
        }
    }
}

impl<O> fmt::Debug for CorsLayer<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsLayer")
            .field("any_origin", &self.is_allowed.is_none())
            .field("allow_credentials", &self.allow_credentials)
            .field("refuse_foreign", &self.refuse_foreign)
            .field("max_age", &self.max_age)
            .field("methods", &self.methods)
            .field("allowed", &self.allowed)
            .field("exposed", &self.exposed)
            .finish_non_exhaustive()
    }
}

impl<S, O> Layer<S> for CorsLayer<O> {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors::new(inner, Arc::new(self.policy()))
    }
}
