//! The head of a response, and the policy for its status.

use core::time::Duration;

use crate::media_type::names_event_stream;

/// The parts of a response head that matter to an event source.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::reconnect::ResponseHead;
///
/// let open = ResponseHead::new(200).with_content_type(["text/event-stream"]);
/// let busy = ResponseHead::new(503).with_retry_after(Duration::from_secs(120));
/// assert_ne!(open, busy);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ResponseHead {
    pub(super) status: u16,
    pub(super) is_event_stream: bool,
    pub(super) retry_after: Duration,
    pub(super) verdict: Option<Verdict>,
}

impl ResponseHead {
    /// Makes the head of a response with this status and without a content type.
    ///
    /// Use the final response, which is neither informational nor a redirect that the client follows.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Decoder;
    /// use sse_proto::reconnect::{Action, Reason, ResponseHead, Source};
    ///
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(Duration::ZERO);
    /// source.handle_response(ResponseHead::new(204), Duration::ZERO, 0);
    /// assert_eq!(source.poll(Duration::ZERO), Action::Closed(Reason::Status(204)));
    /// ```
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            is_event_stream: false,
            retry_after: Duration::ZERO,
            verdict: None,
        }
    }

    /// Returns the same head with these values of `Content-Type`. Pass all of them, first to last, because
    /// the last valid one counts (see [`names_event_stream`]).
    ///
    /// ```
    /// use sse_proto::reconnect::ResponseHead;
    ///
    /// let one = ResponseHead::new(200).with_content_type(["text/event-stream; charset=utf-8"]);
    /// let two = ResponseHead::new(200).with_content_type(["text/html", "Text/Event-Stream"]);
    /// assert_eq!(one, two);
    /// assert_ne!(one, ResponseHead::new(200).with_content_type(["text/html"]));
    /// ```
    pub fn with_content_type<V>(self, values: impl IntoIterator<Item = V>) -> Self
    where
        V: AsRef<[u8]>,
    {
        Self {
            is_event_stream: names_event_stream(values),
            ..self
        }
    }

    /// Returns the same head with this `Retry-After`
    /// ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
    ///
    /// It only has an effect if the source reconnects. [`Source::with_max_requested_wait`] limits it.
    ///
    /// [`Source::with_max_requested_wait`]: super::Source::with_max_requested_wait
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, ResponseHead, Source}};
    ///
    /// let (now, minute) = (Duration::ZERO, Duration::from_secs(60));
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// source.handle_response(ResponseHead::new(429).with_retry_after(minute), now, 0);
    /// assert_eq!(source.poll(now), Action::Wait(minute));
    /// ```
    pub const fn with_retry_after(self, time: Duration) -> Self {
        Self {
            retry_after: time,
            ..self
        }
    }

    /// Returns the same head with a verdict of the caller, which overrides the [`StatusPolicy`].
    ///
    /// It has no effect if the status is 200. Then the content type decides.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Decoder;
    /// use sse_proto::reconnect::{Action, ResponseHead, Source, Verdict};
    ///
    /// let now = Duration::ZERO;
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// // The token has expired: the caller refreshes it and tries again.
    /// source.handle_response(ResponseHead::new(401).with_verdict(Verdict::Again), now, 0);
    /// assert!(matches!(source.poll(now), Action::Connect { .. }));
    /// ```
    pub const fn with_verdict(self, verdict: Verdict) -> Self {
        Self {
            verdict: Some(verdict),
            ..self
        }
    }
}

/// The caller's decision about a response whose status is not 200.
///
/// ```
/// use sse_proto::reconnect::{ResponseHead, Verdict};
///
/// // An API that answers 404 while an answer is being prepared.
/// fn head(status: u16) -> ResponseHead {
///     match status {
///         404 => ResponseHead::new(404).with_verdict(Verdict::Wait),
///         _ => ResponseHead::new(status),
///     }
/// }
/// assert_ne!(head(404), ResponseHead::new(404));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The source closes with [`Reason::Status`](super::Reason::Status).
    Final,
    /// The source waits and then connects again, as after a passing error.
    Wait,
    /// The source connects again at once, without counting a failure, for example with a new token.
    ///
    /// It does so only once in a row: if the next response has this verdict too, the source closes
    /// with [`Reason::Status`](super::Reason::Status).
    Again,
}

/// The policy for a response whose status is not 200.
///
/// With any policy, status 200 opens the source if the content type is that of an event stream, and closes
/// it otherwise. More policies may be added.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::Decoder;
/// use sse_proto::reconnect::{ReadyState, ResponseHead, Source, StatusPolicy};
///
/// let [standard, resilient] = [StatusPolicy::Standard, StatusPolicy::Resilient].map(|policy| {
///     let mut source = Source::new(Decoder::new_in([0; 64])).with_status_policy(policy);
///     let _ = source.poll(Duration::ZERO);
///     source.handle_response(ResponseHead::new(502), Duration::ZERO, 0);
///     source.ready_state()
/// });
/// assert_eq!((standard, resilient), (ReadyState::Closed, ReadyState::Connecting));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusPolicy {
    /// Every other status closes the source, as in the standard.
    Standard,
    /// The source reconnects after a status that reports a temporary problem: 408, 425, 429, 500, 502, 503
    /// and 504, 520 to 524 and 530 of CDNs, and 529 of overloaded services. All other statuses close the
    /// source. Among them are 204, which tells clients to stop, redirects that the client does not follow, and
    /// errors that would occur again.
    ///
    /// The standard does not have this policy. There, a proxy that restarts ends every event source until
    /// the user reloads the page. A client outside of a browser may have no user who does that.
    #[default]
    Resilient,
}

impl StatusPolicy {
    pub(super) const fn waits_out(self, status: u16) -> bool {
        match self {
            Self::Standard => false,
            Self::Resilient => matches!(
                status,
                408 | 425 | 429 | 500 | 502..=504 | 520..=524 | 529 | 530
            ),
        }
    }
}
