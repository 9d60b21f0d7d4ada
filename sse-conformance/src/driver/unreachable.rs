//! The error of a server that cannot be judged.

use std::fmt;

/// Why a server could not be judged at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreachable {
    /// The target cannot be so, whatever there is: no URL, a file of certificates that cannot be
    /// read, a host that is not this machine though the target does not say that it may be.
    Target(String),
    /// The server, or the control hook, does not answer.
    Silent(String),
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(why) | Self::Silent(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unreachable {}
