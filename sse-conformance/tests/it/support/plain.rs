//! Finds Rust values in the texts of a report.

use sse_conformance::suite::Report;

/// Finds text that `{:?}` prints for a Rust type, but not for a string.
pub(crate) fn debug_shape(text: &str) -> Option<String> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let begins_a_type = |before: &str| {
        let name = before.rsplit(|character| !is_name(character)).next();
        name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    for (at, _) in text.match_indices(" { ") {
        let field = text[at + 3..].split(':').next().unwrap_or_default();
        if begins_a_type(&text[..at]) && !field.is_empty() && field.chars().all(is_name) {
            return Some(text[at.saturating_sub(20)..].chars().take(60).collect());
        }
    }
    for (at, _) in text.match_indices('(') {
        let name = text[..at].rsplit(|character| !is_name(character)).next();
        let wrapped = [
            "Some",
            "Ok",
            "Err",
            "Event",
            "Comment",
            "Retry",
            "LastEventId",
        ];
        if name.is_some_and(|name| wrapped.contains(&name)) {
            return Some(text[at - 2..].chars().take(60).collect());
        }
    }
    let words = ["None", "Heartbeat,", "Http1", "Duration"];
    words
        .into_iter()
        .find(|word| text.split([' ', ',']).any(|seen| seen == *word))
        .map(str::to_owned)
}

/// Fails if a text of the report looks like a Rust value.
pub(crate) fn assert_plain(report: &Report) {
    for case in report.cases() {
        let log = case.log.iter().map(|entry| entry.text.clone());
        let why = case.unsupported.clone().unwrap_or_default();
        for text in [case.to_string(), why].into_iter().chain(log) {
            if let Some(shape) = debug_shape(&text) {
                panic!("{}: {shape}\nin {text}", case.id());
            }
        }
    }
}
