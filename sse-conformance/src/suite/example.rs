//! The example of a rule. Only the suites know it.

use crate::rule::Rule;
use crate::suite::{decoder, encoder};
use crate::vectors;

impl Rule {
    /// Returns the input of the case and the expected result, each with its name, if they are
    /// fixed.
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
