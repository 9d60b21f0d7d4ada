//! How a suite is run.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;
use std::{env, fmt};

use crate::rule::{Level, Rule};

/// How a suite is run.
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
    /// Seeds the random cuts and the generated cases.
    pub seed: u64,
    /// How many streams or values each generated case tries.
    pub cases: u32,
    /// Run only the cases whose id one of these selects; none selects every case.
    ///
    /// A filter is a whole id, the beginning of one up to a `/` (`parse/line`), or a pattern in
    /// which `*` stands for any text and `?` for any one character.
    pub filters: Vec<String>,
    /// Run only the cases that weigh at least this much.
    pub level: Level,
    /// How many cases are run at a time. Those that publish run one after the other, since the
    /// readers of a server share what is published.
    pub jobs: usize,
    /// How long a testee may keep silent. An implementation that is called in this process cannot
    /// be interrupted and is not timed.
    pub timeout: Duration,
}

impl Default for Options {
    /// Every case, 256 values for each generated one, a fixed seed, one case at a time, 10 seconds.
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
    /// Every case that this filter selects, and the defaults for the rest.
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
    /// For tests that run a suite: so a failure can be repeated, or one case run alone, without
    /// a change to the test.
    ///
    /// # Errors
    ///
    /// If a variable is set to something that is not a number.
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

    /// Whether a case of this rule is to be run.
    pub fn selects(&self, rule: &Rule) -> bool {
        // The heaviest level comes first.
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

/// Remembers only the last `*`: an earlier one never needs to give way for a later one to match.
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
