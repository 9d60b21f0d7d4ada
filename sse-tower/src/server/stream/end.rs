//! The end of a stream: why, after how long, and how much was sent.

use std::{error::Error, fmt, io, time::Duration};

use crate::ending::{Expired, Kicked, Lagged};

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// The connection dropped the response: its client went away, or the connection was closed.
    ClientGone,
    /// The client did not read. Either the connection dropped the response after it had taken nothing
    /// of the stream for five seconds: the write timeout of a guard, the user timeout of the socket,
    /// or the client itself has ended it. Or the place of the stream went to another one (see
    /// [`Limits::stalled_after`](crate::server::Limits::stalled_after)).
    ///
    /// A stream of few events looks like [`ClientGone`](Self::ClientGone) instead, because
    /// hyper takes up to 16 frames for a client that does not read, and a stream is not told why its
    /// connection was closed.
    Stalled,
    /// The stream of events, or the relayed body, came to its end.
    Completed,
    /// The stream failed or panicked, or the relayed body ended within an event ([`Truncated`]).
    Error,
    /// The server is stopping: the stream was ended by a [`Drain`](crate::Drain), or dropped when its
    /// window was over.
    Drain,
    /// It was open for as long as it may be.
    Lifetime,
    /// Its reader was too slow: the stream failed with [`Lagged`].
    Lag,
    /// The server has closed it: the stream failed with [`Kicked`].
    Kick,
    /// Its client's permission is over: the stream failed with [`Expired`].
    Expiry,
}

/// The end of a stream, as in [`Notice::Ended`](crate::server::Notice::Ended).
#[derive(Debug)]
pub struct StreamEnd<'a> {
    pub(super) reason: EndReason,
    pub(super) duration: Duration,
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) error: Option<&'a (dyn Error + 'static)>,
}

impl<'a> StreamEnd<'a> {
    /// Why it ended.
    #[must_use]
    pub const fn reason(&self) -> EndReason {
        self.reason
    }

    /// How long it was open.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// How many events were handed to the connection. In a relayed stream that is compressed they
    /// cannot be seen, and count as none.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// How many bytes were handed to the connection, heartbeats included.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The error, if the stream failed.
    #[must_use]
    pub const fn error(&self) -> Option<&'a (dyn Error + 'static)> {
        self.error
    }
}

/// The error of a relayed stream that ended cleanly, but within an event or a line.
///
/// It is the error of the [end](crate::server::StreamEnd::error), so that a broken upstream is not taken for a
/// complete stream. The client gets the end as it came. It discards the incomplete event
/// ([HTML, "Interpreting an event stream"][standard]).
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

/// Returns the reason of the end that `error`, or an error that it comes from, asks for.
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
        // The source of an I/O error is that of the error in it, which would be passed over.
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
