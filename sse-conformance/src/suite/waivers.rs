//! Known failures, each with its reason.

use std::fmt;

/// Cases that are allowed to fail, each with a reason.
///
/// Each line has a whole ID, white space and the reason. Blank lines and lines that begin with `#`
/// are ignored.
///
/// ```
/// use sse_conformance::suite::Waivers;
///
/// let waivers = Waivers::parse("# until 2.0\nparse/bom/stripped  left to the HTTP client\n")?;
/// assert_eq!(waivers.reason("parse/bom/stripped"), Some("left to the HTTP client"));
///
/// let error = Waivers::parse("parse/bom/stripped").unwrap_err();
/// assert!(error.to_string().starts_with("line 1: no reason"));
/// # Ok::<(), sse_conformance::suite::InvalidWaiver>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers(Vec<(String, String)>);

impl Waivers {
    /// Reads a list of waivers.
    ///
    /// # Errors
    ///
    /// Fails if a line has no reason, or an ID occurs twice.
    pub fn parse(text: &str) -> Result<Self, InvalidWaiver> {
        let mut waivers = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what| InvalidWaiver {
                line: index + 1,
                what,
            };
            let Some((id, reason)) = line.split_once(char::is_whitespace) else {
                return Err(wrong(format!(
                    "no reason: write `{line} why it is accepted`"
                )));
            };
            if waivers.reason(id).is_some() {
                return Err(wrong(format!(
                    "{id} is waived already: remove one of the two"
                )));
            }
            waivers.0.push((id.to_owned(), reason.trim().to_owned()));
        }
        Ok(waivers)
    }

    /// Returns the reason why a case may fail, if it is waived.
    pub fn reason(&self, id: &str) -> Option<&str> {
        let (_, reason) = self.0.iter().find(|(waived, _)| waived == id)?;
        Some(reason)
    }

    /// Returns the IDs, in the order of the list.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }
}

/// A line that is not a valid waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidWaiver {
    line: usize,
    what: String,
}

impl fmt::Display for InvalidWaiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for InvalidWaiver {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_an_id_and_a_reason() {
        let waivers = Waivers::parse("\n # note\n a/b/c \t two  words \nd/e/f x\n").unwrap();
        assert_eq!(waivers.ids().collect::<Vec<_>>(), ["a/b/c", "d/e/f"]);
        assert_eq!(waivers.reason("a/b/c"), Some("two  words"));
        assert_eq!(waivers.reason("a/b"), None);
        for (text, error) in [
            ("a/b/c why\n\na/b/d", "line 3: no reason"),
            ("a/b/c why\na/b/c why", "line 2: a/b/c is waived already"),
        ] {
            let said = Waivers::parse(text).unwrap_err().to_string();
            assert!(said.starts_with(error), "{said}");
        }
    }
}
