//! A stream of events as a response, without a service around it.

use std::{fmt, hash::Hash, sync::Arc};

use http::{HeaderValue, Request, Response, StatusCode, header, response::Parts};

use crate::{
    EndReason, Settings, SseBody, admission::Admission, foreign::Source, headers, limit::Key,
    request::Asked, settings::has_settings,
};

/// A response whose body is an event stream.
///
/// `St` is a stream of `Result<T, E>`, where `T` is anything that becomes an
/// [`EventFrame`](crate::EventFrame): an [`Event`](crate::Event), or a frame that was encoded once
/// for many. With feature `axum` this is what a handler returns; elsewhere
/// [`into_http`](Self::into_http) gives a plain [`http::Response`].
///
/// In axum, header fields that a handler returns beside an `Sse`, as in `([(CACHE_CONTROL, "no-cache")],
/// Sse::new(events))`, replace those of this type. Write `no-cache, no-transform` there, or put a
/// [`RelayLayer`](crate::RelayLayer) over the route, which adds the directive.
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
    limit_key: Option<Key>,
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

    /// Says whose stream this is, for the limit [per key](crate::Limits::per_key).
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
        self.limit_key = Some(Key::of(key));
        self
    }

    /// The response: status 200, the headers of an event stream, and the body; or a refusal, by a
    /// drain or a limit.
    pub fn into_http(self) -> Response<SseBody<St>> {
        let stream = Source::new(self.stream);
        let (no_request, ()) = Request::new(()).into_parts();
        let asked = Asked {
            limit_key: self.limit_key,
            hook: self.settings.hook(&no_request),
            ..Asked::default()
        };
        let settings = Arc::new(self.settings);
        match Admission::new(&settings, asked.limit_key) {
            Ok(admission) => respond(Response::new(stream), &settings, admission, asked),
            Err(reason) => refuse(&settings, asked, reason),
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

/// Is in the extensions of a response that is a refusal, so that a relay passes it as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused;

/// Answers 406 to a client that does not take event streams. What other layers have put into the
/// head stays: without it, a page of another origin could not see the refusal.
pub(crate) fn not_acceptable<B>(mut head: Parts, body: B) -> Response<B> {
    headers::remove_representation(&mut head.headers);
    headers::vary_with_accept(&mut head.headers);
    head.status = StatusCode::NOT_ACCEPTABLE;
    Response::from_parts(head, body)
}

/// Turns the stream of a response into a body. Any status but 200 is a refusal of the handler's:
/// the stream is dropped here, unpolled.
pub(crate) fn respond<St>(
    response: Response<Source<St>>,
    settings: &Arc<Settings>,
    admission: Admission,
    asked: Asked,
) -> Response<SseBody<St>> {
    let (mut head, stream) = response.into_parts();
    if head.status != StatusCode::OK {
        headers::remove_content(&mut head.headers);
        return Response::from_parts(head, SseBody::default());
    }
    headers::complete(&mut head.headers, &asked, settings);
    let insertions = settings.insertions(asked.wants_padding);
    let body = match asked.is_head {
        true => SseBody::head(),
        false => SseBody::new(stream, settings.clone(), admission, asked.hook, insertions),
    };
    head.extensions.insert(insertions);
    Response::from_parts(head, body)
}

/// Sends the client away, to come back later.
pub(crate) fn refuse<St>(
    settings: &Arc<Settings>,
    asked: Asked,
    reason: EndReason,
) -> Response<SseBody<St>> {
    let (head, ()) = Response::new(()).into_parts();
    let head = refusal(head, settings, &asked);
    let body = match asked.is_head {
        true => SseBody::head(),
        false => SseBody::refused(settings.clone(), asked.hook, reason),
    };
    Response::from_parts(head, body)
}

/// The head of a refusal. What other layers have put into it stays.
pub(crate) fn refusal(mut head: Parts, settings: &Settings, asked: &Asked) -> Parts {
    let fields = &mut head.headers;
    headers::remove_representation(fields);
    headers::complete(fields, asked, settings);
    if asked.may_close_connection() {
        // A client that was sent away would keep it open, and with it what a server holds for it
        // (RFC 9112, section 9.6).
        fields.remove("keep-alive");
        fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    head.extensions.insert(Refused);
    if !settings.refuse_with_503 {
        return head;
    }
    head.status = StatusCode::SERVICE_UNAVAILABLE;
    let time = settings.random().within(&settings.retry_after);
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    fields.remove(header::CONTENT_TYPE);
    fields.insert(header::RETRY_AFTER, seconds.into());
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    head
}
