//! What a judgement is.

use super::seen::Lacking;

/// Why a case is not met.
#[derive(Debug)]
pub(super) enum Unmet {
    /// The server does not have what it is about.
    Lacks(Lacking),
    Wrong {
        /// In a few words.
        what: String,
        expected: String,
        seen: String,
    },
}

pub(super) type Judged = Result<(), Unmet>;

pub(super) fn wrong(
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

/// `Ok` if it holds.
pub(super) fn ensure(
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

/// Text with escapes, cut where it is too long to read.
pub(super) fn show(text: &str) -> String {
    crate::suite::report::brief(&format!("{text:?}"))
}

/// Events by their numbers, such as `events 1, 2, 5`.
pub(super) fn numbers(indices: &[usize]) -> String {
    match indices {
        [] => "no event".to_owned(),
        _ => {
            let numbers: Vec<_> = indices
                .iter()
                .map(|index| (index + 1).to_string())
                .collect();
            format!("events {}", numbers.join(", "))
        }
    }
}

/// Items as text, one after the other.
pub(super) fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    crate::suite::report::brief(&items.join(", "))
}
