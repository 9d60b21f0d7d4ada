//! What came of a run.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::rule::Rule;
use crate::suite::case::{Case, Verdict};
use crate::suite::options::Options;
use crate::suite::waivers::Waivers;

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

/// The outcome of a run, case by case. Its [`Display`](fmt::Display) is for people to read.
///
/// Two of them are equal if they differ in nothing but times.
#[derive(Clone, Debug)]
pub struct Report {
    suite: &'static str,
    testee: Option<String>,
    options: Options,
    settings: Vec<(String, String)>,
    command: Option<String>,
    started: SystemTime,
    duration: Duration,
    selected: usize,
    cases: Vec<Case>,
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        let parts = |report: &Self| {
            (
                report.suite,
                report.testee.clone(),
                report.options.clone(),
                report.settings.clone(),
                report.command.clone(),
                report.selected,
            )
        };
        parts(self) == parts(other) && self.cases == other.cases
    }
}

impl Eq for Report {}

impl Report {
    /// A report of a run that has just ended, of which `selected` cases were to be run.
    pub(crate) fn new(
        suite: &'static str,
        options: &Options,
        started: SystemTime,
        selected: usize,
        cases: Vec<Case>,
    ) -> Self {
        Self {
            suite,
            testee: None,
            options: options.clone(),
            settings: Vec::new(),
            command: None,
            started,
            // A clock that was set back meanwhile says nothing.
            duration: started.elapsed().unwrap_or_default(),
            selected,
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

    /// Makes warnings failures, so that a SHOULD weighs as much as a MUST. Warnings that are waived
    /// stay so if [`waive`](Self::waive) was called before.
    ///
    /// ```
    /// use sse_conformance::suite::{Options, Verdict, encoder};
    /// # struct Crlf;
    /// # impl encoder::Encoder for Crlf {
    /// #     fn event(&mut self, _: &encoder::Event<'_>) -> encoder::Encoded { Ok(b"data: a\r\n\r\n".to_vec()) }
    /// # }
    ///
    /// let mut report = encoder::run(&Options::only("encode/block/lf-only"), || Crlf);
    /// assert!(report.is_success());
    /// report.fail_warnings();
    /// assert!(!report.is_success());
    /// ```
    pub fn fail_warnings(&mut self) {
        for case in &mut self.cases {
            case.fail_warning();
        }
    }

    /// Gives each case the command that runs it alone.
    pub fn reproduced_by(&mut self, command: impl Fn(&Rule) -> String) {
        for case in &mut self.cases {
            case.reproduce = Some(command(&case.rule));
        }
    }

    /// Notes the command that makes this run again, and its options as names and values, for the
    /// reports.
    pub fn set_command(&mut self, command: String, settings: Vec<(String, String)>) {
        self.command = Some(command);
        self.settings = settings;
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
        self.options.seed
    }

    /// The options of the run.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The options of the program's run, as names and values.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// The command that makes this run again, where the program made it.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// The time at which the run began.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// The time that the run took.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The number of cases that were selected. Fewer were run if the run was stopped.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The number of cases that were selected and not run, since the run was stopped before.
    pub fn not_run(&self) -> usize {
        self.selected.saturating_sub(self.cases.len())
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
            self.options.seed,
            self.counts()
        )?;
        match self.not_run() {
            0 => Ok(()),
            left => write!(f, ", {left} not run"),
        }
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
