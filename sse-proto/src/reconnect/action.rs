//! The answers of a source to its client.

use core::{fmt, time::Duration};

/// The next step of the client.
///
/// The enum is exhaustive on purpose, because a client has to handle each action.
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
    /// Connect, and report the result. This is returned once for each connection. The standard also sends
    /// `Accept: text/event-stream` and `Cache-Control: no-cache`.
    Connect {
        /// The value of `Last-Event-ID`. If it is `None`, do not send that header. The ID comes from the
        /// stream, and can be any text without CR, LF and NUL. The standard sends its UTF-8 bytes. A
        /// client that cannot send them has to decide what to do instead.
        last_event_id: Option<&'a str>,
    },
    /// Read from the connection, and report what arrives. There is nothing else to do.
    Receive,
    /// Wait this long, then poll again. An earlier poll returns the remaining time.
    Wait(Duration),
    /// Stop. The source stays closed.
    Closed(Reason),
}

/// The standard's [`readyState`][state], which has exactly these three values.
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
    /// The client waits before it connects, or waits for the response.
    Connecting = 0,
    /// The client reads an event stream.
    Open = 1,
    /// The client has stopped for good.
    Closed = 2,
}

/// The reason why a source is closed.
///
/// More variants may be added.
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
    /// The `Content-Type` of the response was not that of an event stream.
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
                "the server's response is not an event stream: its Content-Type must be \
                 text/event-stream",
            ),
            Self::NoProgress => f.write_str(
                "too many connections in a row delivered neither an event nor a new last event ID",
            ),
        }
    }
}
