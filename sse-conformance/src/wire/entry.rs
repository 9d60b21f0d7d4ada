//! The entries of a wire log.

use std::fmt;
use std::time::Duration;

/// An entry of the wire log of a case that fell short.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// Time since the case began; for a server, since its scene began.
    pub at: Duration,
    /// The way it went.
    pub direction: Direction,
    /// The number of the request that it belongs to, if it belongs to one.
    pub exchange: Option<u32>,
    /// The text, with escapes, cut where it is long.
    pub text: String,
}

/// The way that something went.
///
/// The enum is exhaustive on purpose: these are all the ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the suite to the testee.
    Sent,
    /// From the testee to the suite.
    Received,
    /// Neither: something that happened.
    Noted,
}

impl Direction {
    /// The name, as the JSON report has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Noted => "noted",
        }
    }

    /// The sign before the text: `>`, `<` or `*`, as curl has them.
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
