//! A stream of events as a response, without a service around it.

use std::{fmt, hash::Hash, sync::Arc};

use http::{Extensions, HeaderValue, Response, StatusCode, header};

use crate::{
    EndReason, Settings, SseBody, headers, pipeline::Admission, request::Asked,
    settings::has_settings,
};

/// A response whose body is an event stream.
///
/// `St` is a stream of `Result<T, E>`, where `T` is anything that becomes an
/// [`EventFrame`](crate::EventFrame): an [`Event`](crate::Event), or a frame that was encoded once
/// for many. With feature `axum` this is what a handler returns; elsewhere
/// [`into_http`](Self::into_http) gives a plain [`http::Response`].
///
/// ```
/// use std::convert::Infallible;
/// use sse_tower::{Event, Sse};
///
/// let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
/// let response = Sse::new(events).into_http();
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// ```
#[must_use]
pub struct Sse<St> {
    stream: St,
    settings: Settings,
    limit_key: Option<u64>,
}

impl<St> Sse<St> {
    /// A response with the events of `stream`, and with the default settings.
    #[cfg(feature = "tokio")]
    pub fn new(stream: St) -> Self {
        Self::with(stream, Settings::new())
    }

    /// A response with the events of `stream`, and with settings that others may share.
    pub fn with(stream: St, settings: Settings) -> Self {
        Self {
            stream,
            settings,
            limit_key: None,
        }
    }

    has_settings!();

    /// Says whose stream this is, for the limit [per key](crate::Limits::per_key). Call it after
    /// [`limits`](Self::limits).
    ///
    /// ```
    /// use std::{convert::Infallible, net::Ipv4Addr};
    /// use sse_tower::{Event, Limits, Sse};
    ///
    /// let limits = Limits::new(10_000).per_key(1, |_| None::<Ipv4Addr>);
    /// let answer = || {
    ///     let events = tokio_stream::pending::<Result<Event, Infallible>>();
    ///     Sse::new(events).limits(&limits).limit_key(Ipv4Addr::LOCALHOST).into_http()
    /// };
    /// let (_first, _refused) = (answer(), answer());
    /// assert_eq!(limits.open_streams(), 1);
    /// ```
    pub fn limit_key(mut self, key: impl Hash) -> Self {
        let limits = self.settings.limits.as_ref();
        self.limit_key = limits.map(|limits| limits.key_from(key));
        self
    }

    /// The response: status 200, the headers of an event stream, and the body; or a refusal, by a
    /// drain or a limit.
    pub fn into_http(self) -> Response<SseBody<St>> {
        let asked = Asked {
            limit_key: self.limit_key,
            ..Asked::default()
        };
        let settings = Arc::new(self.settings);
        match Admission::new(&settings, asked.limit_key) {
            Ok(admission) => respond(Response::new(self.stream), &settings, admission, &asked),
            Err(reason) => refuse(&settings, reason),
        }
    }
}

impl<St> fmt::Debug for Sse<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sse")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "axum")]
impl<St, T, E> axum_core::response::IntoResponse for Sse<St>
where
    St: futures_core::Stream<Item = Result<T, E>> + Send + 'static,
    T: Into<crate::EventFrame>,
    E: Into<crate::BoxError>,
{
    fn into_response(self) -> axum_core::response::Response {
        self.into_http().map(axum_core::body::Body::new)
    }
}

/// Is in the extensions of a response that has a start and heartbeats, so that no relay adds more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HasHeartbeat;

impl HasHeartbeat {
    pub(crate) fn is_in(extensions: &Extensions) -> bool {
        extensions.get::<Self>().is_some()
    }
}

/// Answers 406 to a client that does not take event streams.
pub(crate) fn not_acceptable<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
    headers::vary_with_accept(response.headers_mut());
    response
}

/// Turns the stream of a response into a body. Any status but 200 is a refusal of the handler's:
/// the stream is dropped here, unpolled.
pub(crate) fn respond<St>(
    response: Response<St>,
    settings: &Arc<Settings>,
    admission: Admission,
    asked: &Asked,
) -> Response<SseBody<St>> {
    let (mut head, stream) = response.into_parts();
    if head.status != StatusCode::OK {
        headers::remove_content(&mut head.headers);
        return Response::from_parts(head, SseBody::default());
    }
    headers::complete_for(&mut head.headers, asked, settings);
    let body = match asked.is_head {
        true => SseBody::head(),
        false => SseBody::new(stream, settings.clone(), admission, asked.wants_padding),
    };
    head.extensions.insert(HasHeartbeat);
    Response::from_parts(head, body)
}

/// Sends the client away, to come back later.
pub(crate) fn refuse<St>(settings: &Arc<Settings>, reason: EndReason) -> Response<SseBody<St>> {
    let mut response = Response::new(SseBody::refused(settings.clone(), reason));
    put_refusal(&mut response, settings);
    response
}

/// The status and the header fields of a refusal.
pub(crate) fn put_refusal<B>(response: &mut Response<B>, settings: &Settings) {
    if !settings.refuse_with_503 {
        headers::complete(response.headers_mut());
        return;
    }
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let time = settings.random().within(&settings.retry_after);
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let fields = response.headers_mut();
    fields.insert(header::RETRY_AFTER, seconds.into());
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
