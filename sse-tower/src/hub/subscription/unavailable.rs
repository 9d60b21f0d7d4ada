//! The end of streams whose log is out of reach.

use std::{error::Error, fmt};

use crate::{error::BoxError, hub::log::LogError};

/// The error of a stream whose log cannot be read.
///
/// The client should come back: it resumes after the last event that it received. [`source`](Error::source)
/// is the error of the log.
#[derive(Debug)]
pub struct Unavailable(LogError);

impl Unavailable {
    pub(crate) fn because(cause: &LogError) -> BoxError {
        Self(cause.clone()).into()
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hub's log cannot be read")
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
