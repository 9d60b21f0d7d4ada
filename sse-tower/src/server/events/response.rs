//! A stream of events as a response, without a layer.

use std::{error::Error, fmt, hash::Hash, sync::Arc, time::Duration};

use futures_core::Stream;
use http::{Request, Response, StatusCode};
use sse_proto::Event;

use crate::{
    foreign::Guarded,
    frame::EventItem,
    server::{
        admission::{
            Admission,
            limit::{Key, StreamKey},
            refusal::Refusal,
        },
        events::body::{Events, SseBody},
        heartbeat::Heartbeat,
        http::{headers, request::RequestFacts, response},
        settings::{Settings, StreamSettings},
    },
};

/// A response whose body is an event stream.
///
/// `St` is a stream of `Result<T, E>`, where `T` converts to an [`EventFrame`](crate::EventFrame).
/// It can be an [`Event`](crate::Event), or a frame that was encoded once for many clients. With
/// feature `axum`, a handler returns an `Sse`. Elsewhere, [`into_http`](Self::into_http) returns a
/// plain [`http::Response`].
///
/// In axum, if a handler returns header fields together with an `Sse`, they replace the fields of
/// this type, as in `([(CACHE_CONTROL, "no-cache")], Sse::new(events))`. Write
/// `no-cache, no-transform` there, or put a [`RelayLayer`](crate::RelayLayer) around the route,
/// which adds the directive.
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
    limit_key: StreamKey,
}

impl<St> Sse<St>
where
    St: Stream,
    St::Item: EventItem,
{
    /// Creates a response that sends the events of `stream`, with the default settings.
    #[cfg(feature = "tokio")]
    pub fn new(stream: St) -> Self {
        Self::with(stream, Settings::new())
    }

    /// Creates a response that sends the events of `stream`, with these settings.
    pub fn with(stream: St, settings: Settings) -> Self {
        Self {
            stream,
            settings,
            limit_key: StreamKey::NotGiven,
        }
    }
}

impl<St> Sse<St> {
    /// Sets the client's reconnection time, like [`Settings::retry`].
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        self.settings = self.settings.retry(reconnection_time);
        self
    }

    /// Sets the heartbeat, like [`Settings::heartbeat`].
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.settings = self.settings.heartbeat(heartbeat);
        self
    }

    /// Turns the heartbeat off, like [`Settings::without_heartbeat`].
    pub fn without_heartbeat(mut self) -> Self {
        self.settings = self.settings.without_heartbeat();
        self
    }

    /// Sends an event if the stream fails, like [`Settings::error_event`].
    pub fn error_event(
        mut self,
        event: impl Fn(&(dyn Error + 'static)) -> Option<Event> + Send + Sync + 'static,
    ) -> Self {
        self.settings = self.settings.error_event(event);
        self
    }

    /// Sends `event` when the stream is complete, like [`Settings::final_event`].
    pub fn final_event(mut self, event: Event) -> Self {
        self.settings = self.settings.final_event(event);
        self
    }

    /// Sets the key of this stream for [limits per key](crate::server::Limits#keys), such as a user or the
    /// address of the peer.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use sse_tower::{Event, Settings, Sse, server::Limits};
    ///
    /// let limits = Limits::each(1);
    /// let settings = Settings::new().limits(&limits);
    /// let answer = |user: &str| {
    ///     let events = tokio_stream::pending::<Result<Event, Infallible>>();
    ///     Sse::with(events, settings.clone()).limit_key(user).into_http()
    /// };
    /// let _responses = [answer("ann"), answer("ann"), answer("bob")];
    /// assert_eq!(limits.open_streams(), 2, "the second of Ann's was refused");
    /// ```
    ///
    /// A key without limits per key is answered with status 500, as are limits per key without a
    /// key.
    pub fn limit_key(mut self, key: impl Hash) -> Self {
        self.limit_key = StreamKey::Known(Key::of(key));
        self
    }

    /// Counts this stream only towards the total, even if the limits are per key.
    ///
    /// A layer does the same if the function of [`Limits::per_key`](crate::server::Limits::per_key)
    /// returns `None`.
    pub fn without_limit_key(mut self) -> Self {
        self.limit_key = StreamKey::None;
        self
    }

    /// Returns the response. It has status 200, the headers of an event stream, and the body, or it
    /// is a refusal by a drain or a limit.
    pub fn into_http(self) -> Response<SseBody<St>> {
        let events = Guarded::new(Events::new(self.stream));
        let settings = self.settings.values();
        let (no_request, ()) = Request::new(()).into_parts();
        let facts = RequestFacts {
            limit_key: self.limit_key,
            observer: settings.observing.observer(&no_request),
            ..RequestFacts::default()
        };
        match Admission::new(settings, facts.limit_key, None) {
            Ok(admission) => respond(Response::new(events), settings, admission, facts),
            Err(refusal) => refuse(settings, facts, refusal),
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
impl<St> axum_core::response::IntoResponse for Sse<St>
where
    St: Stream + Send + 'static,
    St::Item: EventItem,
{
    fn into_response(self) -> axum_core::response::Response {
        self.into_http().map(axum_core::body::Body::new)
    }
}

/// Turns the stream of a response into a body. With any status except 200, the handler refuses the
/// request. The stream is then dropped without being polled.
pub(super) fn respond<St>(
    response: Response<Guarded<Events<St>>>,
    settings: &Arc<StreamSettings>,
    admission: Admission,
    facts: RequestFacts,
) -> Response<SseBody<St>> {
    let (mut head, events) = response.into_parts();
    if head.status != StatusCode::OK {
        headers::remove_content(&mut head.headers);
        return Response::from_parts(head, SseBody::default());
    }
    let insertions = settings.insertions(facts.wants_padding);
    response::open(head, events, settings, admission, facts, insertions, None).map(SseBody::new)
}

/// Refuses a stream and tells the client when to reconnect.
pub(super) fn refuse<St>(
    settings: &Arc<StreamSettings>,
    facts: RequestFacts,
    refusal: Refusal,
) -> Response<SseBody<St>> {
    let (head, ()) = Response::new(()).into_parts();
    response::refuse(head, settings, facts, refusal).map(SseBody::new)
}
