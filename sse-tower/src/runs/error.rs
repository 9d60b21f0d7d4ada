//! The errors of runs.

use std::{error::Error, fmt};

use http::StatusCode;

use crate::{error::BoxError, runs::store::StoreError};

/// A run cannot be started, followed, stopped or found, or nothing is left to follow.
///
/// [`status`](Self::status) is the status of the response, and with feature `axum` this is a response that no cache
/// stores.
#[derive(Debug)]
pub struct RunError(Cause);

#[derive(Debug)]
enum Cause {
    NotFound,
    Complete,
    Exists,
    Full,
    Unavailable(BoxError),
}

/// Why it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunErrorKind {
    /// There is no such run, its time is over, or it has another key. Status 404.
    NotFound,
    /// The client already has everything, including the end of the run. Status 204, at which an `EventSource` stops.
    Complete,
    /// There already is a run with the ID that the client has chosen for a new one. It may have another key, and then
    /// its [status](crate::runs::Runs::status) is `NotFound`. Status 409.
    Exists,
    /// There are too many runs that have not ended. Status 503.
    Full,
    /// The store, or the source of random numbers, did not answer. Status 503.
    Unavailable,
}

impl RunError {
    pub(crate) const fn not_found() -> Self {
        Self(Cause::NotFound)
    }

    pub(crate) const fn complete() -> Self {
        Self(Cause::Complete)
    }

    pub(crate) const fn exists() -> Self {
        Self(Cause::Exists)
    }

    pub(crate) const fn full() -> Self {
        Self(Cause::Full)
    }

    pub(crate) fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self(Cause::Unavailable(cause.into()))
    }

    /// Returns what kind of error this is.
    #[must_use]
    pub const fn kind(&self) -> RunErrorKind {
        match self.0 {
            Cause::NotFound => RunErrorKind::NotFound,
            Cause::Complete => RunErrorKind::Complete,
            Cause::Exists => RunErrorKind::Exists,
            Cause::Full => RunErrorKind::Full,
            Cause::Unavailable(_) => RunErrorKind::Unavailable,
        }
    }

    /// Returns the status of the response: 404, 204, 409 or 503.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.0 {
            Cause::NotFound => StatusCode::NOT_FOUND,
            Cause::Complete => StatusCode::NO_CONTENT,
            Cause::Exists => StatusCode::CONFLICT,
            Cause::Full | Cause::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Cause::NotFound => {
                "there is no such run: its time is over, it has another key, or it never was"
            }
            Cause::Complete => "the client already has the whole run",
            Cause::Exists => "there already is a run with this ID",
            Cause::Full => "too many runs have not ended: wait, or see `RunsBuilder::max_runs`",
            Cause::Unavailable(_) => "the store of runs cannot be reached: try again",
        })
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::Unavailable(cause) => Some(&**cause),
            _ => None,
        }
    }
}

#[cfg(feature = "axum")]
impl axum_core::response::IntoResponse for RunError {
    fn into_response(self) -> axum_core::response::Response {
        // Caches may store answers with status 204 and 404 unless they say otherwise (RFC 9110, 15.1).
        let headers = [(http::header::CACHE_CONTROL, "no-store")];
        match self.0 {
            Cause::Complete => (self.status(), headers).into_response(),
            _ => (self.status(), headers, self.to_string()).into_response(),
        }
    }
}
