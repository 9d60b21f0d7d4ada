//! A case and its verdict.

use std::fmt;
use std::time::Duration;

use crate::rule::{Level, Rule};
use crate::suite::waivers::Waivers;
use crate::wire::entry::Wire;

/// What came of one case.
///
/// The enum is exhaustive on purpose: whoever sums up a report must place each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Did what was expected.
    Pass,
    /// Fell short of a MUST.
    Fail,
    /// Fell short of a SHOULD.
    Warn,
    /// Differs from what was expected where nothing is required.
    Info,
    /// Fell short, and was waived for a reason.
    Waived,
    /// Does not offer, or does not report, what the case is about.
    Unsupported,
}

impl Verdict {
    /// The verdict on a case of this level that was not met.
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
/// Two of them are equal if they differ in nothing but times: in [`duration`](Self::duration) and
/// [`log`](Self::log).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// What was asked.
    pub rule: Rule,
    /// What came of it.
    pub verdict: Verdict,
    /// What went wrong, unless it passed or is unsupported.
    pub failure: Option<Failure>,
    /// Why it says nothing of the implementation, if it is unsupported.
    pub unsupported: Option<String>,
    /// Why it may fall short, if it was waived.
    pub waiver: Option<String>,
    /// The command that runs this case alone, where the program ran it.
    pub reproduce: Option<String>,
    /// Time that the case took. For a server, the time of its scene, which several cases share.
    pub duration: Duration,
    /// The wire log, if the case fell short: everything sent to the testee and received from it. It is
    /// empty for a testee that is called in this process.
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
    /// A case that is about to be run.
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

    /// The stable id.
    pub fn id(&self) -> &str {
        &self.rule.id
    }

    /// The case with what came of it.
    pub(crate) fn ended(mut self, failure: Option<Failure>) -> Self {
        if failure.is_some() {
            self.verdict = Verdict::unmet(self.rule.level);
        }
        self.failure = failure;
        self
    }

    /// The case of an implementation that does not have what it is about, and how that is known.
    pub(crate) fn unsupported(mut self, why: impl Into<String>) -> Self {
        self.verdict = Verdict::Unsupported;
        self.unsupported = Some(why.into());
        self
    }

    /// Accepts that it fell short if it is waived; then it must not have passed.
    pub fn waive(&mut self, waivers: &Waivers) {
        let Some(reason) = waivers.reason(&self.rule.id) else {
            return;
        };
        match self.verdict {
            Verdict::Fail | Verdict::Warn | Verdict::Info => self.verdict = Verdict::Waived,
            Verdict::Pass => {
                self.verdict = Verdict::Fail;
                self.failure = Some(Failure {
                    what: "it passes: remove its waiver".to_owned(),
                    given: "a waiver".to_owned(),
                    chunking: None,
                    expected: "what the waiver excuses".to_owned(),
                    seen: "what the rule asks".to_owned(),
                });
            }
            Verdict::Waived | Verdict::Unsupported => {}
        }
        self.waiver = Some(reason.to_owned());
    }

    /// Makes a warning a failure.
    pub fn fail_warning(&mut self) {
        if self.verdict == Verdict::Warn {
            self.verdict = Verdict::Fail;
        }
    }
}

/// How a case went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// In a few words, such as `late` or `panicked`.
    pub what: String,
    /// What was given, as text with escapes.
    pub given: String,
    /// The chunking that brought it out, for a decoder.
    pub chunking: Option<String>,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Case {
    /// The verdict and, unless it passed, what was asked, given and seen.
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
        line("so", &failure.what)?;
        if let Some(waiver) = &self.waiver {
            line("waived", waiver)?;
        }
        if let Some(reproduce) = &self.reproduce {
            line("again", reproduce)?;
        }
        Ok(())
    }
}
