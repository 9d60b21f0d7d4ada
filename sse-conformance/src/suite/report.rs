//! What came of a run.

use std::fmt;

use super::Waivers;
use crate::rule::{Level, Rule};

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

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
    /// Cases that fell short and were waived.
    pub waived: usize,
    /// Cases about something the implementation does not have.
    pub unsupported: usize,
}

/// What came of a run, case by case. Its [`Display`](fmt::Display) is for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    suite: &'static str,
    testee: Option<String>,
    seed: u64,
    cases: Vec<Case>,
}

impl Report {
    pub(crate) fn new(suite: &'static str, seed: u64, cases: Vec<Case>) -> Self {
        Self {
            suite,
            testee: None,
            seed,
            cases,
        }
    }

    /// Accepts what falls short for a known reason, and fails what passes in spite of its waiver.
    ///
    /// ```
    /// use sse_conformance::suite::{Waivers, decoder, Options};
    /// # use sse_conformance::model::{self, Item};
    /// # struct Adapter;
    /// # impl decoder::Decoder for Adapter {
    /// #     fn feed(&mut self, _: &[u8]) -> Result<Vec<Item>, String> { Ok(Vec::new()) }
    /// # }
    ///
    /// let mut report = decoder::run(&Options::only("parse/data/one-line"), || Adapter);
    /// assert!(!report.is_success());
    /// report.waive(&Waivers::parse("parse/data/one-line known, see issue 7")?);
    /// assert!(report.is_success());
    /// # Ok::<(), sse_conformance::suite::InvalidWaiver>(())
    /// ```
    pub fn waive(&mut self, waivers: &Waivers) {
        for case in &mut self.cases {
            case.waive(waivers);
        }
    }

    /// Gives each case the command that runs it alone.
    pub fn reproduced_by(&mut self, command: impl Fn(&Rule) -> String) {
        for case in &mut self.cases {
            case.reproduce = Some(command(&case.rule));
        }
    }

    /// Puts down what the testee calls itself, or where it is.
    #[cfg(any(feature = "cli", feature = "server"))]
    pub(crate) fn set_testee(&mut self, name: Option<&str>) {
        self.testee = name.map(str::to_owned);
    }

    /// What the testee calls itself, if it was asked, or the URL of a server.
    pub fn testee(&self) -> Option<&str> {
        self.testee.as_deref()
    }

    /// The suite that was run, such as `decoder`.
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
        self.cases.iter().find(|case| case.rule.id == id)
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
                Verdict::Waived => &mut counts.waived,
                Verdict::Unsupported => &mut counts.unsupported,
            } += 1;
        }
        counts
    }

    /// Why cases are unsupported, and how many for each reason, the most frequent first.
    pub fn unsupported(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for why in self
            .cases
            .iter()
            .filter_map(|case| case.unsupported.as_deref())
        {
            match reasons.iter_mut().find(|(reason, _)| *reason == why) {
                Some((_, count)) => *count += 1,
                None => reasons.push((why, 1)),
            }
        }
        // Stable: reasons of equal weight stay in the order of the cases.
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
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
            if case.failure.is_some() {
                writeln!(f, "{case}\n")?;
            }
        }
        write!(
            f,
            "{} suite, seed {}: {}",
            self.suite,
            self.seed,
            self.counts()
        )
    }
}

impl fmt::Display for Case {
    /// The verdict and, unless it passed, what was asked, given and seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            id,
            level,
            section,
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
        line("rule", &format!("{text} [{section}]"))?;
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

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pass,
            fail,
            warn,
            info,
            waived,
            unsupported,
        } = self;
        write!(
            f,
            "{pass} pass, {fail} fail, {warn} warn, {info} info, {waived} waived, {unsupported} unsupported"
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
