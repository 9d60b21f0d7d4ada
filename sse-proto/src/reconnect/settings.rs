//! The settings of a source.

use core::time::Duration;

use super::{
    backoff::Backoff, pace::Pace, progress::Progress, response::StatusPolicy, source::Source,
};
use crate::memory::Memory;

impl<M: Memory> Source<M> {
    /// Returns the same source with this reconnection time, which applies until the server sets one.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::Source};
    ///
    /// let second = Duration::from_secs(1);
    /// let source = Source::new(Decoder::new_in([0; 64])).with_reconnection_time(second);
    /// assert_eq!(source.reconnection_time(), second);
    /// ```
    #[must_use]
    pub fn with_reconnection_time(self, reconnection_time: Duration) -> Self {
        Self {
            reconnection_time,
            ..self
        }
    }

    /// Returns the same source with a limit on the wait that the server can request, by `retry` fields or
    /// `Retry-After`. Longer times are cut to the limit. The default is 5 minutes.
    ///
    /// Without a limit, a single `retry: 18446744073709551615` would send a client away for ever. The limit
    /// does not apply to the back-off, nor to the caller's
    /// [reconnection time](Self::with_reconnection_time).
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, ResponseHead, Source}};
    ///
    /// let (now, minute) = (Duration::ZERO, Duration::from_secs(60));
    /// let mut source = Source::new(Decoder::new_in([0; 64])).with_max_requested_wait(minute);
    /// let _ = source.poll(now);
    /// source.handle_response(ResponseHead::new(503).with_retry_after(60 * minute), now, 0);
    /// assert_eq!(source.poll(now), Action::Wait(minute));
    /// ```
    #[must_use]
    pub fn with_max_requested_wait(self, max_requested_wait: Duration) -> Self {
        Self {
            max_requested_wait,
            ..self
        }
    }

    /// Returns the same source with this policy for statuses other than 200.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Decoder;
    /// use sse_proto::reconnect::{Action, Reason, ResponseHead, Source, StatusPolicy};
    ///
    /// let now = Duration::ZERO;
    /// let source = Source::new(Decoder::new_in([0; 64]));
    /// let mut source = source.with_status_policy(StatusPolicy::Standard);
    /// let _ = source.poll(now);
    /// source.handle_response(ResponseHead::new(503), now, 0);
    /// assert_eq!(source.poll(now), Action::Closed(Reason::Status(503)));
    /// ```
    #[must_use]
    pub fn with_status_policy(self, status_policy: StatusPolicy) -> Self {
        Self {
            status_policy,
            ..self
        }
    }

    /// Returns the same source with this back-off.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, Backoff, Source}};
    ///
    /// let (now, random) = (Duration::ZERO, u64::MAX);
    /// let mut source = Source::new(Decoder::new_in([0; 64])).with_backoff(Backoff::NONE);
    /// let _ = source.poll(now);
    /// source.handle_error(now, random);
    /// assert_eq!(source.poll(now), Action::Wait(Duration::from_secs(3)));
    /// ```
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// Returns the same source with this smallest average time between the starts of two attempts. It applies
    /// even if the server sets a shorter reconnection time. The default is 500 ms. Zero removes the limit.
    ///
    /// After a quiet time, three attempts may follow each other faster. So a server that closes each
    /// connection after one event is not slowed down, and a server that closes each connection at once is not
    /// flooded with requests.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, Backoff, Source}};
    ///
    /// let now = Duration::ZERO;
    /// let source = Source::new(Decoder::new_in([0; 64])).with_min_interval(Duration::from_secs(1));
    /// let mut source = source.with_reconnection_time(now).with_backoff(Backoff::NONE);
    /// for _ in 0..3 {
    ///     assert!(matches!(source.poll(now), Action::Connect { .. }));
    ///     source.handle_error(now, 0);
    /// }
    /// assert_eq!(source.poll(now), Action::Wait(Duration::from_secs(1)));
    /// ```
    #[must_use]
    pub fn with_min_interval(self, interval: Duration) -> Self {
        let pace = Pace::new(interval);
        Self { pace, ..self }
    }

    /// Returns the same source with a limit on the connections in a row that deliver nothing new. The
    /// default is unlimited.
    ///
    /// A connection delivers something new if it delivers an event or changes the last event ID. A connection
    /// that delivers nothing counts only if it was open for less than 5 seconds. The source is closed when
    /// the limit is reached, with [`Reason::NoProgress`](super::Reason::NoProgress).
    ///
    /// Use it for a server that accepts every request but may never produce anything, if endless attempts
    /// cost money.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Decoder;
    /// use sse_proto::reconnect::{Action, Reason, ResponseHead, Source};
    ///
    /// let mut now = Duration::ZERO;
    /// let mut source = Source::new(Decoder::new_in([0; 64])).with_max_without_progress(2);
    /// let reason = loop {
    ///     match source.poll(now) {
    ///         Action::Connect { .. } => {
    ///             let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
    ///             source.handle_response(head, now, 0);
    ///         }
    ///         Action::Receive => source.handle_end(now, 0),
    ///         Action::Wait(time) => now += time,
    ///         Action::Closed(reason) => break reason,
    ///     }
    /// };
    /// assert_eq!(reason, Reason::NoProgress);
    /// ```
    #[must_use]
    pub fn with_max_without_progress(self, connections: u32) -> Self {
        let progress = Progress::with_max_fruitless(connections);
        Self { progress, ..self }
    }
}
