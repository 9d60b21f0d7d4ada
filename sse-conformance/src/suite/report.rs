//! The result of a run.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::rule::Rule;
use crate::suite::case::{Case, Verdict};
use crate::suite::options::Options;
use crate::suite::waivers::Waivers;

/// The number of cases with each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Cases that passed.
    pub pass: usize,
    /// Cases that failed.
    pub fail: usize,
    /// Cases with a warning.
    pub warn: usize,
    /// Cases that differ from what was expected, where nothing is required.
    pub info: usize,
    /// Cases that did not pass and were waived.
    pub waived: usize,
    /// Cases about features that the implementation lacks.
    pub unsupported: usize,
}

/// The result of a run, case by case. Its [`Display`](fmt::Display) is for people to read.
///
/// Two reports are equal even if their times differ.
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
    /// Returns the report of a run that has just ended. `selected` is the number of cases that were
    /// to be run.
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
            // If the clock was set back meanwhile, the duration is unknown.
            duration: started.elapsed().unwrap_or_default(),
            selected,
            cases,
        }
    }

    /// Accepts failures that are waived. Cases that pass in spite of a waiver fail.
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

    /// Turns warnings into failures, so that a SHOULD counts like a MUST. Waived warnings stay
    /// waived if [`waive`](Self::waive) was called before.
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

    /// Sets the command that runs each case alone.
    pub fn reproduced_by(&mut self, command: impl Fn(&Rule) -> String) {
        for case in &mut self.cases {
            case.reproduce = Some(command(&case.rule));
        }
    }

    /// Sets the command that repeats this run, and its options as names and values, for the
    /// reports.
    pub fn set_command(&mut self, command: String, settings: Vec<(String, String)>) {
        self.command = Some(command);
        self.settings = settings;
    }

    /// Sets the name or the address of the testee.
    #[cfg(any(feature = "cli", feature = "server"))]
    pub(crate) fn set_testee(&mut self, name: Option<&str>) {
        self.testee = name.map(str::to_owned);
    }

    /// Returns the name that the testee gave, or the URL of a server.
    pub fn testee(&self) -> Option<&str> {
        self.testee.as_deref()
    }

    /// Returns the suite that was run, such as `decoder`.
    pub fn suite(&self) -> &'static str {
        self.suite
    }

    /// Returns the seed, with which the run can be repeated.
    pub fn seed(&self) -> u64 {
        self.options.seed
    }

    /// Returns the options of the run.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the options of the program, as names and values.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Returns the command that repeats this run, if the program ran it.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// Returns the time at which the run began.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// Returns the time that the run took.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns the number of cases that were selected. If the run was stopped, fewer were run.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Returns the number of cases that were selected but not run, because the run was stopped.
    pub fn not_run(&self) -> usize {
        self.selected.saturating_sub(self.cases.len())
    }

    /// Returns every case that was run, in order.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Returns the case with this ID, if it was run.
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.rule.id == id)
    }

    /// Returns the cases that failed, without warnings.
    pub fn failures(&self) -> impl Iterator<Item = &Case> {
        self.cases
            .iter()
            .filter(|case| case.verdict == Verdict::Fail)
    }

    /// Returns the number of cases with each verdict.
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

    /// Returns the reasons why cases are unsupported, and the number of cases for each. The most
    /// frequent reason comes first.
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
        // The sort is stable, so that equally frequent reasons stay in the order of the cases.
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
    }

    /// Returns whether a case was run and none failed. A filter that selects no case is not a
    /// success.
    pub fn is_success(&self) -> bool {
        !self.cases.is_empty() && self.failures().next().is_none()
    }
}

impl fmt::Display for Report {
    /// Prints each case that did not pass, then one line of counts.
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
