//! A stream of events as a response, without a service around it.

use std::{fmt, time::Duration};

use http::{Response, StatusCode};

use crate::{Heartbeat, SseBody, headers};

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
}

impl<St> Sse<St> {
    /// A response with the events of `stream`, and with the default heartbeat.
    pub fn new(stream: St) -> Self {
        Self {
            stream,
            settings: Settings::default(),
        }
    }

    /// Sets the client's reconnection time, at the start of the stream. Without it, clients use
    /// their own, a few seconds.
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        self.settings.retry = Some(reconnection_time);
        self
    }

    /// Sets the heartbeat.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.settings.heartbeat = Some(heartbeat);
        self
    }

    /// Sends no heartbeat. A client that is gone is then noticed with the next event only, and
    /// proxies may close the connection.
    pub fn without_heartbeat(mut self) -> Self {
        self.settings.heartbeat = None;
        self
    }

    /// The response: status 200, the headers of an event stream, and the body.
    pub fn into_http(self) -> Response<SseBody<St>> {
        self.settings.respond(Response::new(self.stream))
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

/// What [`Sse`] and [`SseLayer`](crate::SseLayer) can be told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) retry: Option<Duration>,
    pub(crate) heartbeat: Option<Heartbeat>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retry: None,
            heartbeat: Heartbeat::by_default(),
        }
    }
}

impl Settings {
    /// Turns the stream into a body. Any status but 200 is a refusal: the stream is dropped here,
    /// unpolled.
    pub(crate) fn respond<St>(self, response: Response<St>) -> Response<SseBody<St>> {
        let (mut head, stream) = response.into_parts();
        if head.status != StatusCode::OK {
            headers::remove_content(&mut head.headers);
            return Response::from_parts(head, SseBody::default());
        }
        headers::complete(&mut head.headers);
        Response::from_parts(head, SseBody::new(stream, self))
    }
}
