//! Errors that end a stream of events cleanly.

use std::{error::Error, fmt};

use crate::error::BoxError;

#[cfg(feature = "tokio-stream")]
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// The error of a stream that has lost events because its reader was too slow.
///
/// A stream that fails with this error, or with an error that has it as a source, ends cleanly,
/// without the [final event](crate::Settings::final_event). The client reconnects. It resumes from
/// its last event ID, or gets a gap event if that is no longer possible.
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
    /// Creates an error that reports the loss of `missed` events.
    #[must_use]
    pub const fn new(missed: u64) -> Self {
        Self { missed }
    }

    /// Returns the number of events that were missed.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
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

/// The error of a stream that the server closes, for example because an operator has logged the
/// user out.
///
/// The stream ends like one that has [lagged](Lagged): cleanly, and without the
/// [final event](crate::Settings::final_event). A native `EventSource` connects again, so refuse its next request.
/// Status 204 tells it to stop.
///
/// ```
/// use sse_tower::server::Kicked;
///
/// assert_eq!(Kicked::new().to_string(), "the server has closed the stream");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kicked {}

impl Kicked {
    /// Creates an error that says that the server has closed the stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}

impl fmt::Display for Kicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server has closed the stream")
    }
}

impl Error for Kicked {}

/// The error of a stream whose client is no longer allowed to read it, for example because its token has
/// expired.
///
/// The stream ends like one that has [lagged](Lagged): cleanly, and without the
/// [final event](crate::Settings::final_event). The client connects again, with a new token if it has one.
///
/// ```
/// use sse_tower::server::Expired;
///
/// assert_eq!(Expired::new().to_string(), "the permission to read the stream has expired");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expired {}

impl Expired {
    /// Creates an error that says that the permission has expired.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the permission to read the stream has expired")
    }
}

impl Error for Expired {}

/// The error of a stream whose events cannot be read for now, such as one of a hub whose log is out of reach.
///
/// The stream ends like one that has [lagged](Lagged): cleanly, and without the
/// [final event](crate::Settings::final_event). The client connects again, and resumes after the last event that it
/// received. [`source`](Error::source) is the cause.
///
/// ```
/// use sse_tower::server::Unavailable;
///
/// assert_eq!(Unavailable::new("a cause").to_string(), "the events cannot be read for now");
/// ```
#[derive(Debug)]
pub struct Unavailable(BoxError);

impl Unavailable {
    /// Creates an error that has this cause.
    pub fn new(cause: impl Into<BoxError>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the events cannot be read for now")
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
