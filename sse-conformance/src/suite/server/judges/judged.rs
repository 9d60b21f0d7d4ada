//! The result of a judge.

use crate::suite::server::lacking::{Lacking, not_judged};
use crate::suite::server::observation::seen::Observation;

/// The reason why a case does not pass.
#[derive(Debug)]
pub(crate) enum Unmet {
    /// The server lacks what the case is about.
    Lacks(Lacking),
    Wrong {
        /// The problem in a few words.
        what: String,
        expected: String,
        seen: String,
    },
}

pub(crate) type Judged = Result<(), Unmet>;

pub(crate) fn wrong(
    what: impl Into<String>,
    expected: impl Into<String>,
    seen: impl Into<String>,
) -> Unmet {
    Unmet::Wrong {
        what: what.into(),
        expected: expected.into(),
        seen: seen.into(),
    }
}

/// Returns the result for an event that did not arrive. If streams end without an ID to resume
/// from, an event may be lost between two of them, and the case is not judged.
pub(crate) fn missing(
    seen: &Observation,
    what: impl Into<String>,
    expected: impl Into<String>,
    instead: impl Into<String>,
) -> Unmet {
    match seen.excuse() {
        Some(why) => Unmet::Lacks(not_judged(why)),
        None => wrong(what, expected, instead),
    }
}

/// Returns `Ok` if the condition holds.
pub(crate) fn ensure(
    holds: bool,
    what: &str,
    expected: &str,
    seen: impl FnOnce() -> String,
) -> Judged {
    match holds {
        true => Ok(()),
        false => Err(wrong(what, expected, seen())),
    }
}
