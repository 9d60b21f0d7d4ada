//! The end of a stream: its reason, its duration, and the amount of data that was sent.

use std::{error::Error, fmt, io, time::Duration};

use crate::ending::{Expired, Kicked, Lagged, Unavailable};

/// The reason why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// The connection dropped the response, because its client went away or the connection was
    /// closed.
    ClientGone,
    /// The client did not read. There are two cases:
    ///
    /// - The connection dropped the response after it had not polled the stream for five seconds.
    ///   Then the connection was closed by the write timeout of a guard, by the user timeout of the
    ///   socket, or by the client.
    /// - The place of the stream was given to another one (see
    ///   [`Limits::stalled_after`](crate::server::Limits::stalled_after)).
    ///
    /// A stream with few events is reported as [`ClientGone`](Self::ClientGone) instead. hyper
    /// accepts up to 16 frames for a client that does not read, and a stream cannot see why its
    /// connection was closed.
    Stalled,
    /// The stream of events or the relayed body is complete.
    Completed,
    /// The stream failed or panicked, or the relayed body ended within an event ([`Truncated`]).
    Error,
    /// The server is stopping. A [`Drain`](crate::Drain) ended the stream, or the stream was
    /// dropped after the window of the drain.
    Drain,
    /// The stream reached its maximum lifetime.
    Lifetime,
    /// The reader was too slow: the stream failed with [`Lagged`].
    Lag,
    /// The server closed the stream: it failed with [`Kicked`].
    Kick,
    /// The client's permission expired: the stream failed with [`Expired`].
    Expiry,
    /// The events cannot be read for now: the stream failed with [`Unavailable`].
    Unavailable,
}

/// The end of a stream, as in [`Notice::Ended`](crate::server::Notice::Ended).
#[derive(Debug)]
pub struct StreamEnd<'a> {
    pub(super) reason: EndReason,
    pub(super) duration: Duration,
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) sent_bytes: u64,
    pub(super) error: Option<&'a (dyn Error + 'static)>,
}

impl<'a> StreamEnd<'a> {
    /// Returns the reason for the end.
    #[must_use]
    pub const fn reason(&self) -> EndReason {
        self.reason
    }

    /// Returns how long the stream was open.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns the number of events that were passed to the connection. Events of a compressed
    /// relayed stream cannot be counted, so the number is 0.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Returns the number of bytes that were passed to the connection, including heartbeats. If its
    /// layer compresses the stream, this is the number before compression.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the number of bytes that were passed to the connection after compression. Without
    /// compression, it is that of [`bytes`](Self::bytes).
    #[must_use]
    pub const fn sent_bytes(&self) -> u64 {
        self.sent_bytes
    }

    /// Returns the error, if the stream failed.
    #[must_use]
    pub const fn error(&self) -> Option<&'a (dyn Error + 'static)> {
        self.error
    }
}

/// The error of a relayed stream that ended cleanly, but within an event or a line.
///
/// [`StreamEnd::error`](crate::server::StreamEnd::error) returns it, so that a broken upstream is
/// not taken for a complete stream. The client gets the end unchanged and discards the incomplete
/// event ([HTML, "Interpreting an event stream"][standard]).
///
/// ```
/// use sse_tower::server::{StreamEnd, Truncated};
///
/// fn is_truncated(end: &StreamEnd<'_>) -> bool {
///     end.error().is_some_and(|error| error.is::<Truncated>())
/// }
/// # let _ = is_truncated;
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truncated {}

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the relayed stream ended within an event, which its client discards")
    }
}

impl Error for Truncated {}

/// Returns the reason if `error` or one of its sources asks for a clean end.
pub(super) fn clean_end_of(error: &(dyn Error + 'static)) -> Option<EndReason> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Lagged>() {
            return Some(EndReason::Lag);
        }
        if error.is::<Kicked>() {
            return Some(EndReason::Kick);
        }
        if error.is::<Expired>() {
            return Some(EndReason::Expiry);
        }
        if error.is::<Unavailable>() {
            return Some(EndReason::Unavailable);
        }
        // The source of an I/O error is the source of its inner error, so the inner error itself
        // would be skipped.
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
