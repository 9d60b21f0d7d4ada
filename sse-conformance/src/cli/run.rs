//! Runs a suite: the part that all suites share.

use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, thread};

use clap::{Args, ValueEnum};
use sse_conformance::report::{self, Detail};
use sse_conformance::rule::{Level, Rule};
use sse_conformance::suite::{Case, Options, Report, Verdict, Waivers};

use crate::cli::outcome::{Outcome, Stop};
use crate::cli::text::{self, print};

/// A suite and the testee that it judges.
pub(super) trait Suite {
    /// The name of the subcommand.
    fn name(&self) -> &'static str;

    /// Returns the rules of all cases.
    fn rules(&self) -> Vec<Rule>;

    /// Returns the arguments that name the testee, for the command that runs a case again.
    fn arguments(&self) -> Vec<String>;

    /// Returns the options of this suite as names and values, for the reports.
    fn settings(&self) -> Vec<(&'static str, String)>;

    /// Runs the suite and passes each case to `watch`, in order.
    fn run(
        &self,
        options: &Options,
        watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
    ) -> Result<Report, Stop>;
}

/// The options of a run, and its testee.
#[derive(Debug, Args)]
pub(super) struct Run<S: Args> {
    #[command(flatten)]
    selection: Selection,
    /// Seed of the random cuts and the generated values. Equal seeds give equal runs
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Number of values that each generated case tries
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    cases: u32,
    /// Number of cases that run at the same time [default: one per processor]. Cases that make a
    /// server publish run one after the other, because all its clients receive what is published
    #[arg(long)]
    jobs: Option<NonZero<usize>>,
    /// Seconds to wait for an answer of the testee. One that is late too often is not asked any
    /// more
    #[arg(long, default_value_t = TIMEOUT, value_parser = seconds)]
    timeout: f64,
    /// Stop after the first case that fails
    #[arg(long)]
    fail_fast: bool,
    /// Treat warnings as failures, so that a SHOULD counts like a MUST
    #[arg(long)]
    strict: bool,
    /// File of cases that are allowed to fail: on each line an ID and the reason
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as an HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print only failures and totals
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Also print the rule of each case
    #[arg(long, short)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
    #[command(flatten)]
    suite: S,
}

/// The default of `--timeout`, in seconds.
const TIMEOUT: f64 = 10.0;

/// The options that select cases.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Run only these cases: an ID, a section (parse/line) or a pattern (*cr*). May be repeated
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// Run only cases of this level or a higher one
    #[arg(long, value_enum, default_value_t = Weight::Info)]
    level: Weight,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Weight {
    Must,
    Should,
    Info,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl Selection {
    pub(super) fn options(&self) -> Options {
        Options {
            filters: self.filter.clone(),
            level: match self.level {
                Weight::Must => Level::Must,
                Weight::Should => Level::Should,
                Weight::Info => Level::Info,
            },
            ..Options::default()
        }
    }

    /// Returns the arguments that select these cases.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for filter in &self.filter {
            words.extend(["--filter".to_owned(), filter.clone()]);
        }
        if self.level.name() != Weight::Info.name() {
            words.extend(["--level".to_owned(), self.level.name().to_owned()]);
        }
        words
    }

    /// Returns the error for a selection without cases.
    pub(super) fn selects_nothing(&self, rules: &[Rule]) -> Stop {
        let near: Vec<String> = self
            .filter
            .iter()
            .flat_map(|filter| near(filter, rules))
            .take(5)
            .collect();
        let hint = match near.as_slice() {
            [] => "`sse-conformance list` shows all cases".to_owned(),
            near => format!("did you mean {}?", near.join(", ")),
        };
        let words: Vec<String> = self.words().iter().map(|word| quoted(word)).collect();
        Stop::Usage(format!("`{}` selects no case: {hint}", words.join(" ")))
    }
}

impl Weight {
    fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Info => "info",
        }
    }
}

/// Returns the IDs that contain the last word of a text.
pub(super) fn near(text: &str, rules: &[Rule]) -> Vec<String> {
    let word = text.trim_matches(['*', '/']).rsplit('/').next();
    let word = word.unwrap_or_default().trim_matches('*');
    rules
        .iter()
        .filter(|rule| !word.is_empty() && rule.id.contains(word))
        .map(|rule| rule.id.clone())
        .take(5)
        .collect()
}

impl<S: Suite + Args> Run<S> {
    pub(super) fn run(&self) -> Outcome {
        match self.color {
            Colour::Auto => {}
            Colour::Always => anstream::ColorChoice::Always.write_global(),
            Colour::Never => anstream::ColorChoice::Never.write_global(),
        }
        let options = self.options();
        let rules = self.suite.rules();
        let selected = rules.iter().filter(|rule| options.selects(rule)).count();
        if selected == 0 {
            return Err(self.selection.selects_nothing(&rules));
        }
        let waivers = self.waivers(&rules)?;
        let mut progress = Progress::start(selected);
        let mut watch = |case: &Case| {
            let mut case = case.clone();
            case.waive(&waivers);
            if self.strict {
                case.fail_warning();
            }
            case.reproduce = Some(self.again(&case.rule));
            progress.clear();
            if let Some(line) = report::case_line(&case, self.detail()) {
                print(text::for_stdout(&line));
            }
            if self.fail_fast && case.verdict == Verdict::Fail {
                return ControlFlow::Break(());
            }
            progress.step();
            ControlFlow::Continue(())
        };
        let report = self.suite.run(&options, &mut watch);
        // The bar must be gone before an error is printed as well.
        progress.clear();
        let mut report = report?;
        report.waive(&waivers);
        if self.strict {
            report.fail_warnings();
        }
        report.set_command(self.command(), self.settings());
        report.reproduced_by(|rule| self.again(rule));
        write(self.json.as_deref(), || report::json(&report))?;
        write(self.junit.as_deref(), || report::junit(&report))?;
        write(self.html.as_deref(), || report::html(&report))?;
        print(text::for_stdout(&report::summary(&report)));
        Ok(report.is_success())
    }

    fn options(&self) -> Options {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        Options {
            seed: self.seed,
            cases: self.cases,
            jobs: self.jobs.map_or_else(processors, NonZero::get),
            timeout: Duration::from_secs_f64(self.timeout),
            ..self.selection.options()
        }
    }

    fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }

    /// Reads the waivers. A waiver for a case that does not exist is an error, because nobody would
    /// ever notice it.
    fn waivers(&self, rules: &[Rule]) -> Result<Waivers, Stop> {
        let Some(path) = &self.waivers else {
            return Ok(Waivers::default());
        };
        let usage = |what: String| Stop::Usage(format!("{}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
        let waivers = Waivers::parse(&text).map_err(|error| usage(error.to_string()))?;
        let unknown = waivers
            .ids()
            .find(|id| rules.iter().all(|rule| rule.id != *id));
        if let Some(id) = unknown {
            return Err(usage(format!(
                "no case has the ID {id}: see `sse-conformance list`"
            )));
        }
        Ok(waivers)
    }

    /// Returns the command that runs one case alone.
    fn again(&self, rule: &Rule) -> String {
        let select = ["--filter".to_owned(), rule.id.clone()];
        let generated = rule.id.contains("/generated/");
        self.line(select.into(), generated)
    }

    /// Returns the command that repeats this run.
    fn command(&self) -> String {
        let mut words = self.selection.words();
        if let Some(jobs) = self.jobs {
            words.extend(["--jobs".to_owned(), jobs.to_string()]);
        }
        if let Some(waivers) = &self.waivers {
            words.extend(["--waivers".to_owned(), waivers.display().to_string()]);
        }
        if self.fail_fast {
            words.push("--fail-fast".to_owned());
        }
        self.line(words, true)
    }

    /// Returns a command line of this suite that selects its cases by these words.
    fn line(&self, select: Vec<String>, with_cases: bool) -> String {
        let mut words = ["sse-conformance", self.suite.name()]
            .map(str::to_owned)
            .to_vec();
        words.extend(select);
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        if self.seed != 0 {
            option("--seed", self.seed.to_string());
        }
        if self.cases != Options::default().cases && with_cases {
            option("--cases", self.cases.to_string());
        }
        if self.timeout != TIMEOUT {
            option("--timeout", self.timeout.to_string());
        }
        if self.strict {
            words.push("--strict".to_owned());
        }
        words.extend(self.suite.arguments());
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        words.join(" ")
    }

    /// Returns the options of the run as names and values, for the reports.
    fn settings(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("level", self.selection.level.name().to_owned()),
            ("seed", self.seed.to_string()),
            ("cases", self.cases.to_string()),
            ("jobs", self.options().jobs.to_string()),
            ("timeout", format!("{} s", self.timeout)),
            ("strict", self.strict.to_string()),
            ("fail-fast", self.fail_fast.to_string()),
        ];
        if !self.selection.filter.is_empty() {
            settings.push(("filter", self.selection.filter.join(" ")));
        }
        if let Some(waivers) = &self.waivers {
            settings.push(("waivers", waivers.display().to_string()));
        }
        settings.extend(self.suite.settings());
        settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn write(path: Option<&Path>, text: impl FnOnce() -> String) -> Result<(), Stop> {
    let Some(path) = path else {
        return Ok(());
    };
    fs::write(path, text())
        .map_err(|error| Stop::Usage(format!("cannot write {}: {error}", path.display())))
}

/// Returns a word as it has to be written in a shell.
fn quoted(word: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("expected a number of seconds above 0 and at most 86400".to_owned()),
    }
}

/// A progress bar below the output, if that is a terminal.
struct Progress {
    total: usize,
    done: usize,
    drawn: bool,
}

impl Progress {
    /// Draws the bar at once, since the first case may take a while.
    fn start(total: usize) -> Self {
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let progress = Self {
            total,
            done: 0,
            drawn: !is_dumb && io::stderr().is_terminal() && io::stdout().is_terminal(),
        };
        progress.draw();
        progress
    }

    fn step(&mut self) {
        self.done += 1;
        self.draw();
    }

    fn draw(&self) {
        if self.drawn {
            let width = 30 * self.done / self.total.max(1);
            eprint!("[{:<30}] {}/{}", "#".repeat(width), self.done, self.total);
            let _ = io::stderr().flush();
        }
    }

    fn clear(&self) {
        if self.drawn {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        for (word, expected) in [
            ("node", "node"),
            ("a b", "'a b'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
