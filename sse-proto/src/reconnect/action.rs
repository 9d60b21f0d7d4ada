//! What a source says to the client that drives it.

use core::{fmt, time::Duration};

/// What to do next.
///
/// The enum is exhaustive on purpose: who drives a source must do each of these.
///
/// ```
/// use sse_proto::reconnect::Action;
///
/// fn log(action: Action<'_>) -> String {
///     match action {
///         Action::Connect { last_event_id: None } => "connect".to_owned(),
///         Action::Connect { last_event_id: Some(id) } => format!("resume after {id}"),
///         Action::Receive => "read on".to_owned(),
///         Action::Wait(time) => format!("wait {} ms", time.as_millis()),
///         Action::Closed(reason) => format!("stop: {reason}"),
///     }
/// }
/// assert_eq!(log(Action::Connect { last_event_id: Some("7") }), "resume after 7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action<'a> {
    /// Connect, and hand in what comes of it. This is said once for each connection. Besides the ID
    /// the standard sends `Accept: text/event-stream` and `Cache-Control: no-cache`.
    Connect {
        /// What to send as `Last-Event-ID`; if `None`, that header is not sent. It is what the
        /// stream said, any text without CR, LF and NUL: the standard sends its UTF-8 bytes, and
        /// whoever cannot has to decide what to do instead.
        last_event_id: Option<&'a str>,
    },
    /// Hand in what the connection says; until then there is nothing to do.
    Receive,
    /// Wait this long, then poll again. Polled earlier, it says how much is left.
    Wait(Duration),
    /// Nothing, for good.
    Closed(Reason),
}

/// The standard's [`readyState`][state], which has these three values and no other.
///
/// ```
/// use sse_proto::reconnect::ReadyState;
///
/// assert_eq!(ReadyState::Closed as u8, 2); // `EventSource.CLOSED`
/// ```
///
/// [state]: https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadyState {
    /// Waiting to connect, or for the response.
    Connecting = 0,
    /// An event stream is being read.
    Open = 1,
    /// Nothing comes any more.
    Closed = 2,
}

/// Why a source is closed.
///
/// More may be added.
///
/// ```
/// use sse_proto::reconnect::Reason;
///
/// let message = Reason::Status(204).to_string();
/// assert!(message.starts_with("the server answered with status 204"));
/// assert_ne!(Reason::ContentType, Reason::ByCaller);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// [`Source::close`](super::Source::close) was called.
    ByCaller,
    /// The response had this status, which is final.
    Status(u16),
    /// The response was no event stream by its `Content-Type`.
    ContentType,
    /// Too many connections in a row delivered nothing new. See
    /// [`Source::with_max_without_progress`](super::Source::with_max_without_progress).
    NoProgress,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByCaller => f.write_str("the event source was closed by its user"),
            Self::Status(status) => write!(
                f,
                "the server answered with status {status}, after which an event source does not \
                 reconnect"
            ),
            Self::ContentType => f.write_str(
                "the server's response is no event stream: its Content-Type must be \
                 text/event-stream",
            ),
            Self::NoProgress => f.write_str(
                "too many connections in a row delivered neither an event nor a new last event ID",
            ),
        }
    }
}
