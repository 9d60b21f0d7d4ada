//! The settings of a source.

use core::time::Duration;

use super::{
    backoff::Backoff, pace::Pace, progress::Progress, response::StatusPolicy, source::Source,
};
use crate::memory::Memory;

impl<M: Memory> Source<M> {
    /// The same source with this reconnection time, until the server sets one.
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

    /// Returns the same source with a limit on the time that the server can ask for, in `retry` fields
    /// and in `Retry-After`. A longer time counts as the limit. The default is 5 minutes.
    ///
    /// Without a limit one `retry: 18446744073709551615` sends a client away for good. The back-off, and
    /// a [reconnection time](Self::with_reconnection_time) of the caller, are not limited.
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

    /// The same source with this policy for statuses other than 200.
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

    /// The same source with this back-off.
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

    /// Returns the same source with this average time between the starts of two attempts, whatever
    /// reconnection time the server sets. The default is 500 ms; zero sets no bound.
    ///
    /// After a quiet time, three attempts may follow each other faster. So a server that closes each
    /// connection after one event loses no time, and one that closes each connection at once is not
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
    /// A connection delivers something new if it gives out an event or changes the last event ID. One
    /// that delivers nothing counts only if it is open for less than 5 seconds. The connection that
    /// reaches the limit closes the source, with [`Reason::NoProgress`](super::Reason::NoProgress).
    ///
    /// Set it for a server that accepts every request but can fail to produce anything, where trying
    /// for ever costs money.
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
