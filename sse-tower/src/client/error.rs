//! The errors of a client.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use http::{StatusCode, response::Parts};
#[cfg(feature = "json")]
use sse_proto::Event;
use sse_proto::TooLarge;

use crate::error::BoxError;

/// The error that ends an [`EventSource`](super::EventSource) or an
/// [`EventStream`](super::EventStream).
///
/// [`kind`](Self::kind) says what happened, [`fault`](Self::fault) says who can fix it, and the message says
/// what to do. [`source`](StdError::source) is the cause, if any. The message does not repeat the cause, so
/// log the whole chain.
///
/// ```
/// use sse_tower::client::{Error, ErrorKind};
///
/// fn log(error: &Error) {
///     match error.kind() {
///         ErrorKind::Status => eprintln!("{error}: {:?}", error.body()),
///         _ => eprintln!("{error} ({:?})", error.fault()),
///     }
/// }
/// # let _ = log;
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    head: Option<Parts>,
    body: Bytes,
    timeout: Duration,
    #[cfg(feature = "json")]
    event: Option<Event>,
    cause: Option<BoxError>,
}

/// The cause of an [`Error`].
///
/// More variants may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The closure that makes the request failed.
    Request,
    /// The service failed: the server cannot be reached, or the connection broke before the response.
    Service,
    /// The connection broke while the body was read.
    Body,
    /// The server did not answer within the response timeout.
    ResponseTimeout,
    /// The first event did not arrive within its timeout.
    FirstEventTimeout,
    /// The connection was silent for longer than the idle timeout.
    IdleTimeout,
    /// The total timeout is over.
    TotalTimeout,
    /// The server answered with a status after which the client does not connect again.
    Status,
    /// The response is not an event stream.
    ContentType,
    /// A redirect could not be followed, or there were too many.
    Redirect,
    /// An event is larger than the decoder's limit.
    TooLarge,
    /// The last event ID cannot be sent in a header field, and the settings forbid to go on without it.
    LastEventId,
    /// The permitted retries are used up. The cause is the error of the last attempt.
    Retries,
    /// Too many connections in a row delivered nothing new.
    NoProgress,
    /// The stream ended without the declared final event, and the request is not sent again.
    Incomplete,
    /// The data of an event is not a value of the caller's type. It is the only error that is not the
    /// last item. [`Error::event`] returns the event. Only [typed](super::EventSource::typed) streams
    /// have it.
    #[cfg(feature = "json")]
    Data,
    /// The server has sent an event that the caller declared to be an error. [`Error::event`] returns the
    /// event. Only [typed](super::EventSource::typed) streams have it.
    #[cfg(feature = "json")]
    Reported,
    /// The server ended the stream, and the client connects again. Only a
    /// [notice](super::Notice::Waiting) has this kind.
    Ended,
    /// The caller asked for [another connection](super::EventSource::reconnect). Only a
    /// [notice](super::Notice::Waiting) has this kind.
    Reconnect,
}

/// The party that can fix an error.
///
/// ```
/// use sse_tower::client::{ErrorKind, Fault};
///
/// assert_eq!(ErrorKind::ContentType.fault(), Fault::Server);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The program that uses the client, by its request or its settings.
    Caller,
    /// The server, or a proxy in front of it. Its response is wrong, or final.
    Server,
    /// The network, or a server that is down. Trying again later may help.
    Network,
}

impl Error {
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            head: None,
            body: Bytes::new(),
            timeout: Duration::ZERO,
            #[cfg(feature = "json")]
            event: None,
            cause: None,
        }))
    }

    pub(super) fn caused(kind: ErrorKind, cause: impl Into<BoxError>) -> Self {
        let mut error = Self::new(kind);
        error.0.cause = Some(cause.into());
        error
    }

    pub(super) fn timeout(kind: ErrorKind, timeout: Duration) -> Self {
        let mut error = Self::new(kind);
        error.0.timeout = timeout;
        error
    }

    pub(super) fn refused(kind: ErrorKind, head: Parts) -> Self {
        let mut error = Self::new(kind);
        error.0.head = Some(head);
        error
    }

    pub(super) fn with_body(mut self, body: Bytes) -> Self {
        self.0.body = body;
        self
    }

    #[cfg(feature = "json")]
    pub(super) fn with_event(mut self, event: Event) -> Self {
        self.0.event = Some(event);
        self
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns who can fix the error. After all retries have failed, this is about the error of the last attempt.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self
            .0
            .cause
            .as_deref()
            .and_then(|cause| cause.downcast_ref::<Self>())
        {
            Some(last) if self.0.kind == ErrorKind::Retries => last.fault(),
            _ => self.0.kind.fault(),
        }
    }

    /// Returns the head of the response that was refused, for errors of status and content type.
    #[must_use]
    pub fn head(&self) -> Option<&Parts> {
        self.0.head.as_ref()
    }

    /// Returns the status of the response that was refused.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.head().map(|head| head.status)
    }

    /// Returns the first 64 KiB of the body of the response that was refused, for errors of status and
    /// content type. Services often explain there what is wrong with the request.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Returns the event whose data could not be read, or that reports an error, in a
    /// [typed](super::TypedEvents) stream.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        self.0.event.as_ref()
    }
}

impl ErrorKind {
    /// Returns who can fix errors of this kind.
    #[must_use]
    pub const fn fault(self) -> Fault {
        match self {
            Self::Request | Self::LastEventId | Self::TotalTimeout | Self::Reconnect => {
                Fault::Caller
            }
            Self::Status
            | Self::ContentType
            | Self::Redirect
            | Self::TooLarge
            | Self::NoProgress
            | Self::Incomplete
            | Self::Ended => Fault::Server,
            #[cfg(feature = "json")]
            Self::Data | Self::Reported => Fault::Server,
            Self::Service
            | Self::Body
            | Self::ResponseTimeout
            | Self::FirstEventTimeout
            | Self::IdleTimeout
            | Self::Retries => Fault::Network,
        }
    }
}

impl From<TooLarge> for Error {
    fn from(error: TooLarge) -> Self {
        Self::caused(ErrorKind::TooLarge, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timeout = self.0.timeout;
        match (self.0.kind, self.head()) {
            (ErrorKind::Request, _) => f.write_str("the request could not be made"),
            (ErrorKind::Service, _) => f.write_str("the server could not be reached"),
            (ErrorKind::Body, _) => f.write_str("the connection broke while the stream was read"),
            (ErrorKind::ResponseTimeout, _) => {
                write!(f, "the server did not answer within {timeout:?}")
            }
            (ErrorKind::FirstEventTimeout, _) => {
                write!(f, "the first event did not come within {timeout:?}")
            }
            (ErrorKind::IdleTimeout, _) => write!(
                f,
                "the connection was silent for {timeout:?}; the server should send heartbeats more \
                 often than that"
            ),
            (ErrorKind::TotalTimeout, _) => write!(f, "the total timeout of {timeout:?} is over"),
            (ErrorKind::Status, Some(head)) => {
                write!(f, "the server answered with status {}", head.status)
            }
            (ErrorKind::ContentType, Some(head)) => {
                f.write_str("the response is not an event stream: its Content-Type is ")?;
                let mut values = head.headers.get_all(http::header::CONTENT_TYPE).iter();
                match (values.next(), values.next()) {
                    (None, _) => f.write_str("missing, not text/event-stream"),
                    (Some(value), None) => write!(f, "{value:?}, not text/event-stream"),
                    (Some(first), Some(second)) => {
                        write!(f, "{first:?} and {second:?}, not text/event-stream")
                    }
                }
            }
            (ErrorKind::Status, None) => f.write_str("the server answered with a final status"),
            (ErrorKind::ContentType, None) => f.write_str("the response is not an event stream"),
            (ErrorKind::Redirect, _) => f.write_str("the server's redirect cannot be followed"),
            (ErrorKind::TooLarge, _) => f.write_str("an event of the stream is too large"),
            (ErrorKind::LastEventId, _) => f.write_str(
                "the last event ID cannot be sent in a header field, so the stream cannot be resumed",
            ),
            (ErrorKind::Retries, _) => f.write_str("all permitted retries have failed"),
            (ErrorKind::NoProgress, _) => f.write_str(
                "too many connections in a row delivered neither an event nor a new last event ID",
            ),
            (ErrorKind::Incomplete, _) => {
                f.write_str("the stream ended without the final event that was declared")
            }
            #[cfg(feature = "json")]
            (ErrorKind::Data, _) => {
                f.write_str("the data of an event is not a value of the expected type")
            }
            #[cfg(feature = "json")]
            (ErrorKind::Reported, _) => {
                f.write_str("the server reported an error in the stream")?;
                match &self.0.event {
                    Some(event) => write!(f, ": {event}"),
                    None => Ok(()),
                }
            }
            (ErrorKind::Ended, _) => f.write_str("the server ended the stream"),
            (ErrorKind::Reconnect, _) => f.write_str("another connection was asked for"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = f.debug_struct("Error");
        error.field("kind", &self.0.kind);
        if let Some(status) = self.status() {
            error.field("status", &status);
        }
        if let Some(cause) = &self.0.cause {
            error.field("cause", cause);
        }
        error.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn StdError + 'static))
    }
}
