//! Helpers for the texts of reports.

use std::time::Duration;

/// Returns the beginning and the end of a text that is too long to read.
pub(crate) fn brief(text: &str) -> String {
    const SHOWN: usize = 300;
    let len = text.chars().count();
    if len <= 2 * SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    let end: String = text.chars().skip(len - SHOWN).collect();
    format!("{start} [… {} characters …] {end}", len - 2 * SHOWN)
}

/// Returns a time as people write it: `10 s`, `0.25 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let text = format!("{:.3}", time.as_secs_f64());
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Returns text with escapes, shortened if it is too long to read.
#[cfg(feature = "server")]
pub(crate) fn show(text: &str) -> String {
    brief(&format!("{text:?}"))
}

/// Returns events by their numbers, such as `events 1, 2, 5`.
#[cfg(feature = "server")]
pub(crate) fn numbers(indices: &[usize]) -> String {
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

/// Returns items as text, separated by commas.
#[cfg(feature = "server")]
pub(crate) fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    brief(&items.join(", "))
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds() {
        for (milliseconds, expected) in [
            (10_000, "10 s"),
            (250, "0.25 s"),
            (0, "0 s"),
            (100_500, "100.5 s"),
        ] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(seconds(time), expected);
        }
    }
}
