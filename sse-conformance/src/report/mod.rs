//! Reports for people and machines: for a terminal, as JSON, as JUnit XML, and as an HTML page.
//!
//! Each function takes a finished [`Report`](crate::suite::Report) and returns its text.

mod date;
mod html;
mod json;
mod junit;
mod terminal;

pub use html::html;
pub use json::{SCHEMA, json, rules_json};
pub use junit::junit;
pub use terminal::{Detail, case_line, summary};

/// Escapes text for the content of an element or a quoted attribute, in XML and HTML.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\t' | '\n' => character.to_string(),
            // XML 1.0 cannot hold these characters, not even escaped.
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => "\u{FFFD}".to_owned(),
            _ => character.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_element_or_an_attribute() {
        assert_eq!(
            escaped("<a b=\"c\">&\0\u{1B}\n"),
            "&lt;a b=&quot;c&quot;&gt;&amp;\u{FFFD}\u{FFFD}\n"
        );
    }
}
