//! The options of a run.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;
use std::{env, fmt};

use crate::rule::{Level, Rule};

/// The options of a run.
///
/// ```
/// use sse_conformance::rule::Level;
/// use sse_conformance::suite::Options;
///
/// let options = Options {
///     filters: vec!["parse/line".to_owned(), "*/bom/*".to_owned()],
///     level: Level::Must,
///     ..Options::default()
/// };
/// assert_eq!(options.jobs, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The seed of the random cuts and the generated cases.
    pub seed: u64,
    /// The number of streams or values that each generated case tries.
    pub cases: u32,
    /// Selects the cases to run by their IDs. Without a filter, every case runs.
    ///
    /// A filter is a whole ID, the beginning of one up to a `/` (`parse/line`), or a pattern in
    /// which `*` stands for any text and `?` for any one character.
    pub filters: Vec<String>,
    /// Selects the cases of this level and of higher ones.
    pub level: Level,
    /// The number of cases that run at the same time. Cases that make a server publish run one
    /// after the other, because all its clients receive what is published.
    pub jobs: usize,
    /// The time in which a testee must answer. A decoder or encoder that is called in this process
    /// cannot be interrupted and is not timed. A log states its own time.
    pub timeout: Duration,
}

impl Default for Options {
    /// Returns the defaults: every case, 256 values for each generated case, a fixed seed, one case
    /// at a time, 10 seconds.
    fn default() -> Self {
        Self {
            seed: 0,
            cases: 256,
            filters: Vec::new(),
            level: Level::Info,
            jobs: 1,
            timeout: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Selects the cases that match this filter. All other options have their defaults.
    ///
    /// ```
    /// use sse_conformance::suite::Options;
    ///
    /// assert_eq!(Options::only("parse/id").filters, ["parse/id"]);
    /// ```
    pub fn only(filter: &str) -> Self {
        Self {
            filters: vec![filter.to_owned()],
            ..Self::default()
        }
    }

    /// Returns the defaults, changed by the environment: `SSE_CONFORMANCE_SEED` and
    /// `SSE_CONFORMANCE_CASES` are numbers, `SSE_CONFORMANCE_FILTER` is one filter.
    ///
    /// This is for tests that run a suite. With it, you can repeat a failure or run one case
    /// without changing the test.
    ///
    /// # Errors
    ///
    /// Fails if a variable that must be a number is not one.
    ///
    /// ```
    /// use sse_conformance::suite::Options;
    ///
    /// let options = Options::from_env()?;
    /// # Ok::<(), sse_conformance::suite::InvalidVariable>(())
    /// ```
    pub fn from_env() -> Result<Self, InvalidVariable> {
        let default = Self::default();
        Ok(Self {
            seed: number("SSE_CONFORMANCE_SEED")?.unwrap_or(default.seed),
            cases: number("SSE_CONFORMANCE_CASES")?.unwrap_or(default.cases),
            filters: env::var("SSE_CONFORMANCE_FILTER").into_iter().collect(),
            ..default
        })
    }

    /// Returns whether the case of this rule is to be run.
    pub fn selects(&self, rule: &Rule) -> bool {
        // The highest level is the smallest value.
        rule.level <= self.level
            && (self.filters.is_empty()
                || self.filters.iter().any(|filter| matches(filter, &rule.id)))
    }
}

/// An environment variable that should hold a number does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidVariable {
    name: &'static str,
    value: String,
}

impl fmt::Display for InvalidVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value } = self;
        write!(
            f,
            "the environment variable {name} must be a number, but is {value:?}"
        )
    }
}

impl Error for InvalidVariable {}

fn number<T: FromStr>(name: &'static str) -> Result<Option<T>, InvalidVariable> {
    let Some(value) = env::var_os(name) else {
        return Ok(None);
    };
    let number = value.to_str().and_then(|value| value.parse().ok());
    let invalid = || InvalidVariable {
        name,
        value: value.to_string_lossy().into_owned(),
    };
    number.ok_or_else(invalid).map(Some)
}

fn matches(filter: &str, id: &str) -> bool {
    if filter.contains(['*', '?']) {
        return globs(filter.as_bytes(), id.as_bytes());
    }
    id.strip_prefix(filter.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// It is enough to remember the last `*`: if a later one can match, no earlier one needs to match
/// differently.
fn globs(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_an_id_a_section_or_a_pattern() {
        let table = [
            ("parse/line/cr", "parse/line/cr", true),
            ("parse/line/cr", "parse/line/cr-cr", false),
            ("parse/line", "parse/line/cr", true),
            ("parse/line/", "parse/line/cr", true),
            ("parse/li", "parse/line/cr", false),
            ("line", "parse/line/cr", false),
            ("", "parse/line/cr", false),
            ("*", "parse/line/cr", true),
            ("*/line/*", "parse/line/cr", true),
            ("*cr", "parse/line/cr-cr", true),
            ("parse/*/cr", "parse/line/cr-cr", false),
            ("parse/line/c?", "parse/line/cr", true),
            ("parse/line/c?", "parse/line/c", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
        ];
        for (filter, id, expected) in table {
            assert_eq!(matches(filter, id), expected, "{filter} on {id}");
        }
    }
}
