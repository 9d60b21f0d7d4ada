//! Errors of response bodies.

use std::{error::Error, fmt, io};

/// Any error. The same type as Tower's `BoxError`.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The error of an [`SseBody`](crate::server::SseBody) or a [`RelayBody`](crate::server::RelayBody).
///
/// The message says which kind of body failed. [`source`](Error::source) returns the cause: the
/// error or panic of the stream of events or of the relayed body. As usual, the message does not
/// repeat the cause, so log the whole chain.
///
/// ```
/// use std::{error::Error, io};
/// use http_body_util::BodyExt;
/// use sse_tower::{Event, Sse};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let events = tokio_stream::iter([Err::<Event, _>(io::Error::other("no database"))]);
/// let error = Sse::new(events).into_http().into_body().collect().await.unwrap_err();
/// assert_eq!(error.to_string(), "the stream of events failed");
/// assert_eq!(error.source().unwrap().to_string(), "no database");
/// # }
/// ```
#[derive(Debug)]
pub struct BodyError {
    body: FailedBody,
    cause: BoxError,
}

#[derive(Clone, Copy, Debug)]
enum FailedBody {
    Events,
    Relayed,
}

impl BodyError {
    pub(crate) fn of_events(cause: BoxError) -> Self {
        let body = FailedBody::Events;
        Self { body, cause }
    }

    pub(crate) fn relayed(cause: impl Into<BoxError>) -> Self {
        let (body, cause) = (FailedBody::Relayed, Self::cause_of(cause));
        Self { body, cause }
    }

    /// Returns the error. If it is a [`BodyError`], returns its cause instead, so that nested
    /// relays do not wrap the same cause repeatedly.
    pub(crate) fn cause_of(error: impl Into<BoxError>) -> BoxError {
        match error.into().downcast::<Self>() {
            Ok(error) => error.cause,
            Err(other) => other,
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.body {
            FailedBody::Events => "the stream of events failed",
            FailedBody::Relayed => "the relayed body failed",
        })
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// Converts the error for frameworks whose bodies fail with [`io::Error`], such as poem.
impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        Self::other(error)
    }
}
