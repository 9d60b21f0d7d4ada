//! The entries of a wire log.

use std::fmt;
use std::time::Duration;

/// An entry in the wire log of a case that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// The time since the case began. For a server, since the scene began.
    pub at: Duration,
    /// The direction.
    pub direction: Direction,
    /// The number of the request that the entry belongs to, if it belongs to one.
    pub exchange: Option<u32>,
    /// The text, with escapes. A long text is shortened.
    pub text: String,
}

/// The direction in which something was sent.
///
/// The enum is exhaustive on purpose: there are no other directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the suite to the testee.
    Sent,
    /// From the testee to the suite.
    Received,
    /// Neither: something happened.
    Noted,
}

impl Direction {
    /// Returns the name, as in the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Noted => "noted",
        }
    }

    /// Returns the sign before the text, as curl prints it: `>`, `<` or `*`.
    pub const fn sign(self) -> char {
        match self {
            Self::Sent => '>',
            Self::Received => '<',
            Self::Noted => '*',
        }
    }
}

impl fmt::Display for Wire {
    /// The time in seconds, the number of the request, the sign and the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8.3} s ", self.at.as_secs_f64())?;
        if let Some(exchange) = self.exchange {
            write!(f, "#{exchange} ")?;
        }
        write!(f, "{} {}", self.direction.sign(), self.text)
    }
}
