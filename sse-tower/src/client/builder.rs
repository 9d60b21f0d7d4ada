//! The builder of an event source.

use std::{fmt, sync::Arc, time::Duration};

use http::{Request, Response, response};
use http_body::Body;
use sse_proto::{
    EventId,
    reconnect::{Backoff, StatusPolicy, Verdict},
};
use tower_service::Service;

use super::{
    attempt::{Attempt, FromAsyncFn, FromFn},
    connect::{Connect, Connector},
    notice::{Hook, Notice},
    settings::Settings,
    source::EventSource,
};
use crate::{error::BoxError, rt::timer::Timer};

/// Settings for an [`EventSource`], and the service it sends requests to.
///
/// [`EventSource::builder`] makes it.
#[must_use]
pub struct EventSourceBuilder<S> {
    service: S,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) settings: Settings,
}

impl EventSource {
    /// Returns the builder of a source that sends its requests to `service` and uses tokio's timer.
    ///
    /// The service can be any HTTP client that is a Tower service, such as hyper-util's `Client` or layers
    /// around it. In a test, it can be a server.
    #[cfg(feature = "tokio")]
    pub fn builder<S>(service: S) -> EventSourceBuilder<S> {
        Self::builder_with_timer(service, crate::rt::timer::TokioTimer)
    }

    /// Returns the builder of a source that uses another runtime's timer.
    pub fn builder_with_timer<S>(service: S, timer: impl Timer + 'static) -> EventSourceBuilder<S> {
        EventSourceBuilder {
            service,
            timer: Arc::new(timer),
            settings: Settings::new(),
        }
    }
}

impl<S> EventSourceBuilder<S> {
    /// Returns the source. `request` makes the request of each [`Attempt`].
    ///
    /// The source sends nothing until it is polled.
    pub fn build<F, B, ResB>(self, request: F) -> EventSource
    where
        F: FnMut(&Attempt) -> Request<B> + Send + 'static,
        S: Service<Request<B>, Response = Response<ResB>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: Default + Send + 'static,
        ResB: Body + Send + 'static,
        ResB::Error: Into<BoxError>,
    {
        let connector = Connector::new(self.service, FromFn(request));
        EventSource::new(Box::new(connector), self.timer, self.settings)
    }

    /// Returns the source. The future that `request` returns makes the request of each [`Attempt`], for
    /// example with a token that it fetches first.
    ///
    /// If the future fails, the source waits and tries again, as if the server could not be reached. The
    /// [response timeout](Self::response_timeout) includes the time of this future.
    pub fn build_async<F, Fut, E, B, ResB>(self, request: F) -> EventSource
    where
        F: FnMut(Attempt) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Request<B>, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
        S: Service<Request<B>, Response = Response<ResB>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: Default + Send + 'static,
        ResB: Body + Send + 'static,
        ResB::Error: Into<BoxError>,
    {
        let connector: Box<dyn Connect> =
            Box::new(Connector::new(self.service, FromAsyncFn(request)));
        EventSource::new(connector, self.timer, self.settings)
    }

    /// Limits the size of one event, in bytes. The default is 16 MiB. A larger event ends the source.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.settings.limit = bytes;
        self
    }

    /// Starts after this event, as if the source had received it.
    pub fn last_event_id(mut self, id: EventId) -> Self {
        self.settings.last_event_id = Some(id);
        self
    }

    /// Sets how long the source waits before it connects again, until the server sets another time. The
    /// default is 3 seconds.
    pub fn reconnection_time(mut self, time: Duration) -> Self {
        self.settings.reconnection_time = time;
        self
    }

    /// Limits how long the server can make the source wait, by `retry` fields and `Retry-After`. The
    /// default is 5 minutes.
    pub fn max_requested_wait(mut self, time: Duration) -> Self {
        self.settings.max_requested_wait = time;
        self
    }

    /// Sets the smallest average time between two attempts, even if the server sets a shorter one. The default
    /// is 500 ms. See [`Source::with_min_interval`](sse_proto::reconnect::Source::with_min_interval).
    pub fn min_interval(mut self, interval: Duration) -> Self {
        self.settings.min_interval = Some(interval);
        self
    }

    /// Sets the back-off, which is added to the wait after a failure. By default, it is a random time of up to 1
    /// second after the first failure. Each further failure in a row doubles the upper end, up to 30 seconds.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = backoff;
        self
    }

    /// Limits the number of retries after a failure. If all of them fail, the source ends with an error. By
    /// default, it never stops trying.
    ///
    /// A connection that delivers an event, or stays open for 5 seconds, starts the count again.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.settings.max_retries = Some(retries);
        self
    }

    /// Limits the number of short connections in a row that deliver nothing new. After that, the source ends
    /// with an error. The default is unlimited. See [`Source::with_max_without_progress`](sse_proto::reconnect::Source::with_max_without_progress).
    pub fn max_without_progress(mut self, connections: u32) -> Self {
        self.settings.max_without_progress = Some(connections);
        self
    }

    /// Sets the statuses after which the source tries again. The default is [`StatusPolicy::Resilient`].
    ///
    /// With [`StatusPolicy::Standard`], 401 and 403 are final like any other status. Otherwise, the request is
    /// made again at once, and only the second response counts. So the closure can see
    /// [`Attempt::last_status`] and get a new token.
    pub fn status_policy(mut self, policy: StatusPolicy) -> Self {
        self.settings.status_policy = policy;
        self
    }

    /// Sets a function that decides about responses whose status is neither 200 nor 204. If it returns `None`,
    /// the [policy](Self::status_policy) decides.
    ///
    /// ```
    /// use http::Request;
    /// use sse_tower::client::{EventSource, Verdict};
    /// # use http::Response;
    /// # let service = tower::service_fn(|_: Request<String>| async {
    /// #     Ok::<_, std::convert::Infallible>(Response::new(String::new()))
    /// # });
    ///
    /// // This service answers 404 until the answer has begun.
    /// let events = EventSource::builder(service)
    ///     .verdict(|head| (head.status == 404).then_some(Verdict::Wait))
    ///     .build(|_| Request::get("http://localhost/answers/7").body(String::new()).unwrap());
    /// # let _ = events;
    /// ```
    pub fn verdict(
        mut self,
        verdict: impl FnMut(&response::Parts) -> Option<Verdict> + Send + 'static,
    ) -> Self {
        self.settings.verdict = Some(Box::new(verdict));
        self
    }

    /// Sends requests again even if their method is neither GET nor HEAD.
    ///
    /// By default, the source of a POST ends with its first connection, because another POST can cost money, or
    /// start the work a second time.
    pub fn resend_any_method(mut self) -> Self {
        self.settings.resends_any_method = true;
        self
    }

    /// Ends the source, without an error, at the event with this data, such as `[DONE]`. The source
    /// does not deliver that event.
    ///
    /// If the stream ends without it, the source reconnects. If the request is not sent again, the source fails
    /// with [`Incomplete`](super::ErrorKind::Incomplete).
    pub fn final_event(mut self, data: impl Into<String>) -> Self {
        self.settings.final_event = Some(data.into());
        self
    }

    /// Delivers a last event whose blank line is missing, if the connection ended cleanly.
    ///
    /// Some providers forget that line. The standard discards such an event, because it may be incomplete. See [`DecoderBuilder::completes_at_end`](sse_proto::DecoderBuilder::completes_at_end).
    pub fn completes_at_end(mut self, completes: bool) -> Self {
        self.settings.completes_at_end = completes;
        self
    }

    /// Ends the source, with an error, if the last event ID cannot be sent in a header field.
    ///
    /// By default, the source continues without the ID, after a [notice](super::Notice::UnsendableId). Events
    /// may then be lost or repeated.
    pub fn strict_ids(mut self, is_strict: bool) -> Self {
        self.settings.is_strict_about_ids = is_strict;
        self
    }

    /// Limits the time from the start of an attempt to the head of the response. The default is
    /// 30 seconds.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.settings.response_timeout = Some(timeout);
        self
    }

    /// Limits the time from the head of the response to the first event. The default is unlimited,
    /// because many streams begin with silence.
    pub fn first_event_timeout(mut self, timeout: Duration) -> Self {
        self.settings.first_event_timeout = Some(timeout);
        self
    }

    /// Limits how long an open connection may be silent. Every byte counts, comments included. The
    /// default is unlimited.
    ///
    /// Set it for every server that sends heartbeats. Without it, a connection whose peer has vanished stays
    /// open until the operating system gives it up, which may be never. The time in which the caller does not
    /// poll the source does not count. After a suspended machine wakes up, the time of its sleep counts.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = Some(timeout);
        self
    }

    /// Sets the [idle timeout](Self::idle_timeout) to 2.5 times this interval, for a server that sends
    /// heartbeats at the interval. So one heartbeat may be lost or late.
    pub fn heartbeat(self, interval: Duration) -> Self {
        self.idle_timeout(interval.saturating_mul(5) / 2)
    }

    /// Limits the total time of the source with all its connections. After that, it ends with an error. The
    /// default is unlimited.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.settings.total_timeout = Some(timeout);
        self
    }

    /// Sets a hook, which is called for each attempt, each response, each wait, and each comment. It replaces
    /// the previous hook.
    pub fn on_notice(mut self, hook: impl FnMut(&Notice<'_>) + Send + 'static) -> Self {
        self.settings.hook = Hook(Some(Box::new(hook)));
        self
    }
}

impl<S> fmt::Debug for EventSourceBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourceBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
