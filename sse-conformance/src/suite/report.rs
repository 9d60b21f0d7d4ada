//! What came of a run.

use std::fmt;

use crate::rule::{Level, Section};

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
            Self::Unsupported => "unsupported",
        })
    }
}

/// One case and its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The stable id, such as `parse/line/cr-at-chunk-end`.
    pub id: String,
    /// How much the case weighs.
    pub level: Level,
    /// The text it rests on.
    pub section: Section,
    /// The rule, in one sentence.
    pub rule: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What went wrong, unless it passed or is unsupported.
    pub failure: Option<Failure>,
}

impl Case {
    /// A case that is about to be run.
    pub(crate) fn new(id: &str, level: Level, section: Section, rule: &str) -> Self {
        Self {
            id: id.to_owned(),
            level,
            section,
            rule: rule.to_owned(),
            verdict: Verdict::Pass,
            failure: None,
        }
    }

    /// The case with what came of it.
    pub(crate) fn ended(mut self, failure: Option<Failure>) -> Self {
        if failure.is_some() {
            self.verdict = Verdict::unmet(self.level);
        }
        self.failure = failure;
        self
    }

    /// The case of an implementation that does not have what it is about.
    pub(crate) fn unsupported(mut self) -> Self {
        self.verdict = Verdict::Unsupported;
        self
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

/// How many cases there are of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Cases that passed.
    pub pass: usize,
    /// Cases that failed.
    pub fail: usize,
    /// Cases with a warning.
    pub warn: usize,
    /// Cases that differ where nothing is required.
    pub info: usize,
    /// Cases about something the implementation does not have.
    pub unsupported: usize,
}

/// What came of a run, case by case. Its [`Display`](fmt::Display) is for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    suite: &'static str,
    seed: u64,
    cases: Vec<Case>,
}

impl Report {
    pub(crate) fn new(suite: &'static str, seed: u64) -> Self {
        Self {
            suite,
            seed,
            cases: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, case: Case) {
        self.cases.push(case);
    }

    /// The suite that was run: `decoder` or `encoder`.
    pub fn suite(&self) -> &'static str {
        self.suite
    }

    /// The seed to run it again with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Every case that was run, in order.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The case of this id, if it was run.
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The cases that failed. Warnings are not among them.
    pub fn failures(&self) -> impl Iterator<Item = &Case> {
        self.cases
            .iter()
            .filter(|case| case.verdict == Verdict::Fail)
    }

    /// How many cases there are of each verdict.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for case in &self.cases {
            *match case.verdict {
                Verdict::Pass => &mut counts.pass,
                Verdict::Fail => &mut counts.fail,
                Verdict::Warn => &mut counts.warn,
                Verdict::Info => &mut counts.info,
                Verdict::Unsupported => &mut counts.unsupported,
            } += 1;
        }
        counts
    }

    /// Whether something was run and nothing failed. A filter that selects no case is no success.
    pub fn is_success(&self) -> bool {
        !self.cases.is_empty() && self.failures().next().is_none()
    }
}

impl fmt::Display for Report {
    /// Each case that did not pass, then one line of counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            if let Some(failure) = &case.failure {
                writeln!(f, "{} {} ({})", case.verdict, case.id, case.level)?;
                writeln!(f, "  rule      {} [{}]", case.rule, case.section)?;
                writeln!(f, "  given     {}", failure.given)?;
                if let Some(chunking) = &failure.chunking {
                    writeln!(f, "  chunking  {chunking}")?;
                }
                writeln!(f, "  expected  {}", failure.expected)?;
                writeln!(f, "  seen      {}", failure.seen)?;
                writeln!(f, "  so        {}\n", failure.what)?;
            }
        }
        let Counts {
            pass,
            fail,
            warn,
            info,
            unsupported,
        } = self.counts();
        write!(
            f,
            "{} suite, seed {}: {pass} pass, {fail} fail, {warn} warn, {info} info, {unsupported} unsupported",
            self.suite, self.seed
        )
    }
}

/// The beginning and the end of a text that is too long to read.
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
