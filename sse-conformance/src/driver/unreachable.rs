//! The error of a server that cannot be judged.

use std::fmt;

/// The reason why a server could not be judged at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreachable {
    /// The target is wrong: it is not a URL, its file of certificates cannot be read, or its host
    /// is another machine although the target does not allow that.
    Target(String),
    /// The server or the control hook does not answer.
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
