//! How a stream ended: what a hook is told.

use std::{error::Error, fmt, io, sync::Arc, time::Duration};

#[cfg(feature = "tokio-stream")]
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use crate::{
    foreign::{Guarded, caught},
    rt::{moment::Moment, timer::Timer},
};

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
    /// The stream failed or panicked, or the relayed body ended within an event ([`Truncated`]), or the
    /// stream was refused because of a mistake in the server (see [`Limits`](crate::server::Limits#keys)).
    Error,
    /// The server is stopping: the stream was ended by a [`Drain`](crate::Drain), or dropped when its
    /// window was over, or refused since it had started.
    Drain,
    /// It was open for as long as it may be.
    Lifetime,
    /// Its reader was too slow: the stream failed with [`Lagged`].
    Lag,
    /// It was refused: there were as many streams as may be.
    Limit,
}

/// What a hook is told when a stream has ended.
///
/// See [`Settings::on_end`](crate::Settings::on_end).
#[derive(Debug)]
pub struct StreamEnd<'a> {
    reason: EndReason,
    duration: Duration,
    events: u64,
    bytes: u64,
    error: Option<&'a (dyn Error + 'static)>,
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

/// The error of a stream whose reader was too slow, so that events are gone.
///
/// A stream that fails with it, or with an error whose source it is, ends in order: the client
/// comes back and resumes from its last event ID, or is told there of the gap.
///
/// ```
/// use sse_tower::server::Lagged;
///
/// assert_eq!(Lagged::new(3).to_string(), "the reader was too slow: 3 events are gone");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lagged {
    missed: u64,
}

impl Lagged {
    /// So many events were missed.
    #[must_use]
    pub const fn new(missed: u64) -> Self {
        Self { missed }
    }

    /// How many events were missed.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    /// Whether `error` is this, or comes from it.
    pub(crate) fn is_cause_of(error: &(dyn Error + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            // The source of an I/O error is that of the error in it, which would be passed over.
            let inner = error.downcast_ref().and_then(io::Error::get_ref);
            cause = match inner {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        false
    }
}

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missed } = self;
        write!(f, "the reader was too slow: {missed} events are gone")
    }
}

impl Error for Lagged {}

/// Converts the error of a tokio broadcast channel's stream.
///
/// ```
/// use sse_tower::{Event, Sse, server::Lagged};
/// use tokio::sync::broadcast;
/// use tokio_stream::{StreamExt, wrappers::BroadcastStream};
///
/// let (sender, receiver) = broadcast::channel::<Event>(16);
/// let events = BroadcastStream::new(receiver).map(|event| event.map_err(Lagged::from));
/// let response = Sse::new(events);
/// # let _ = (sender, response);
/// ```
#[cfg(feature = "tokio-stream")]
impl From<BroadcastStreamRecvError> for Lagged {
    fn from(BroadcastStreamRecvError::Lagged(missed): BroadcastStreamRecvError) -> Self {
        Self::new(missed)
    }
}

/// The error of a relayed stream that ended cleanly, but within an event or a line.
///
/// The hook is told of it, so that a broken upstream is not taken for a complete stream. The client gets
/// the end as it came. It discards the incomplete event
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

/// A hook that is called for a stream.
#[derive(Clone)]
pub(crate) struct Hook(Arc<dyn Fn(&StreamEnd<'_>) + Send + Sync>);

impl Hook {
    pub(crate) fn new(hook: impl Fn(&StreamEnd<'_>) + Send + Sync + 'static) -> Self {
        let hook = Guarded::new(hook);
        Self(Arc::new(move |end| {
            if let Some(hook) = hook.as_ref() {
                hook(end);
            }
        }))
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// A hook and what it will be told.
#[derive(Debug)]
pub(crate) struct Record {
    hook: Hook,
    start: Moment,
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

impl Record {
    pub(crate) fn new(hook: Hook, start: Moment) -> Self {
        Self {
            hook,
            start,
            events: 0,
            bytes: 0,
        }
    }

    pub(crate) fn tell(
        self,
        timer: &dyn Timer,
        reason: EndReason,
        error: Option<&(dyn Error + 'static)>,
    ) {
        // The stream has ended, perhaps by a drop while another panic unwinds.
        let _reported = caught(move || {
            let Hook(hook) = self.hook;
            hook(&StreamEnd {
                reason,
                duration: Moment::now(timer).since(self.start),
                events: self.events,
                bytes: self.bytes,
                error,
            });
        });
    }
}
