//! The example of a rule, which only the suites know.

use crate::rule::Rule;
use crate::suite::{decoder, encoder};
use crate::vectors;

impl Rule {
    /// What the case gives and expects, where that is written down: names and texts.
    ///
    /// ```
    /// use sse_conformance::suite::decoder;
    ///
    /// let rules = decoder::rules();
    /// let rule = rules.iter().find(|rule| rule.id == "parse/line/cr-cr").unwrap();
    /// assert_eq!(rule.example()[0], ("given", r"data: a\r\r".to_owned()));
    /// ```
    pub fn example(&self) -> Vec<(&'static str, String)> {
        if let Some(vector) = vectors::all().find(|vector| vector.id() == self.id) {
            let (given, expected) = decoder::run::example(vector);
            return vec![("given", given), ("expected", expected)];
        }
        encoder::run::example(&self.id)
            .map(|blocks| ("given", blocks))
            .into_iter()
            .collect()
    }
}
