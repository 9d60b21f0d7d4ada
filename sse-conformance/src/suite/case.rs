//! A case and its verdict.

use std::fmt;
use std::time::Duration;

use crate::rule::{Level, Rule};
use crate::suite::waivers::Waivers;
use crate::wire::entry::Wire;

/// The result of one case.
///
/// The enum is exhaustive on purpose: code that sums up a report must handle every verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Passed.
    Pass,
    /// Broke a MUST.
    Fail,
    /// Broke a SHOULD.
    Warn,
    /// Differs from what was expected, but nothing is required.
    Info,
    /// Did not pass, and was waived for a reason.
    Waived,
    /// The implementation lacks what the case is about, or does not report it.
    Unsupported,
}

impl Verdict {
    /// Returns the verdict on a case of this level that did not pass.
    pub(crate) fn unmet(level: Level) -> Self {
        match level {
            Level::Must => Self::Fail,
            Level::Should => Self::Warn,
            Level::Info => Self::Info,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Waived => "waived",
            Self::Unsupported => "unsupported",
        })
    }
}

/// One case and its verdict.
///
/// Two cases are equal even if their times differ: [`duration`](Self::duration) and
/// [`log`](Self::log) are not compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The rule that was checked.
    pub rule: Rule,
    /// The verdict.
    pub verdict: Verdict,
    /// The failure. `None` if the case passed or is unsupported.
    pub failure: Option<Failure>,
    /// The reason why the case is unsupported, if it is.
    pub unsupported: Option<String>,
    /// The reason why the case is allowed to fail, if it was waived.
    pub waiver: Option<String>,
    /// The command that runs this case alone, if the program ran it.
    pub reproduce: Option<String>,
    /// The time that the case took. For a server, the time of its scene, which several cases share.
    pub duration: Duration,
    /// The wire log, if the case did not pass: everything sent to the testee and received from it.
    /// It is empty for a testee that is called in this process.
    pub log: Vec<Wire>,
}

impl PartialEq for Case {
    fn eq(&self, other: &Self) -> bool {
        let parts = |case: &Self| {
            (
                case.rule.clone(),
                case.verdict,
                case.failure.clone(),
                case.unsupported.clone(),
                case.waiver.clone(),
                case.reproduce.clone(),
            )
        };
        parts(self) == parts(other)
    }
}

impl Eq for Case {}

impl Case {
    /// Returns a case that is about to be run.
    pub(crate) fn new(rule: Rule) -> Self {
        Self {
            rule,
            verdict: Verdict::Pass,
            failure: None,
            unsupported: None,
            waiver: None,
            reproduce: None,
            duration: Duration::ZERO,
            log: Vec::new(),
        }
    }

    /// Returns the stable ID.
    pub fn id(&self) -> &str {
        &self.rule.id
    }

    /// Returns the case with its result.
    pub(crate) fn ended(mut self, failure: Option<Failure>) -> Self {
        if failure.is_some() {
            self.verdict = Verdict::unmet(self.rule.level);
        }
        self.failure = failure;
        self
    }

    /// Returns the case as unsupported, with the reason.
    pub(crate) fn unsupported(mut self, why: impl Into<String>) -> Self {
        self.verdict = Verdict::Unsupported;
        self.unsupported = Some(why.into());
        self
    }

    /// Accepts a failure that is waived. A case that passes in spite of its waiver fails.
    pub fn waive(&mut self, waivers: &Waivers) {
        let Some(reason) = waivers.reason(&self.rule.id) else {
            return;
        };
        match self.verdict {
            Verdict::Fail | Verdict::Warn | Verdict::Info => self.verdict = Verdict::Waived,
            Verdict::Pass => {
                self.verdict = Verdict::Fail;
                self.failure = Some(Failure {
                    what: "the case passes: remove its waiver".to_owned(),
                    given: "a waiver".to_owned(),
                    chunking: None,
                    expected: "a failure, as the waiver says".to_owned(),
                    seen: "the case passes".to_owned(),
                });
            }
            Verdict::Waived | Verdict::Unsupported => {}
        }
        self.waiver = Some(reason.to_owned());
    }

    /// Turns a warning into a failure.
    pub fn fail_warning(&mut self) {
        if self.verdict == Verdict::Warn {
            self.verdict = Verdict::Fail;
        }
    }
}

/// The failure of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The problem in a few words, such as `late` or `panicked`.
    pub what: String,
    /// The input, as text with escapes.
    pub given: String,
    /// The chunking under which a decoder failed.
    pub chunking: Option<String>,
    /// The expected result.
    pub expected: String,
    /// The result that was seen.
    pub seen: String,
}

impl fmt::Display for Case {
    /// The verdict and, unless the case passed, the rule, the input and what was seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            id,
            level,
            clause,
            text,
            ..
        } = &self.rule;
        write!(f, "{} {id} ({level})", self.verdict)?;
        if let Some(why) = &self.unsupported {
            write!(f, ": {why}")?;
        }
        let Some(failure) = &self.failure else {
            return Ok(());
        };
        let mut line = |name: &str, text: &str| write!(f, "\n  {name:<9} {text}");
        line("rule", &format!("{text} [{}]", clause.title))?;
        line("given", &failure.given)?;
        if let Some(chunking) = &failure.chunking {
            line("chunking", chunking)?;
        }
        line("expected", &failure.expected)?;
        line("seen", &failure.seen)?;
        line("problem", &failure.what)?;
        if let Some(waiver) = &self.waiver {
            line("waived", waiver)?;
        }
        if let Some(reproduce) = &self.reproduce {
            line("rerun", reproduce)?;
        }
        Ok(())
    }
}
