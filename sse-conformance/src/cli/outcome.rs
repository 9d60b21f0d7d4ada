//! The result of a command.

use std::fmt;

/// `true` if everything passed, or the reason why nothing was run.
pub(super) type Outcome = Result<bool, Stop>;

/// The reason why nothing was run.
#[derive(Debug)]
pub(super) enum Stop {
    /// The command line, or a file that it names, is wrong.
    Usage(String),
    /// The testee does not start or does not answer.
    Unreachable(String),
}

impl Stop {
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => f.write_str(what),
            Self::Unreachable(why) => write!(f, "the testee cannot be reached: {why}"),
        }
    }
}
