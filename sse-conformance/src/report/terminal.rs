//! A report for a terminal.
//!
//! The text contains escapes for colours. Remove them if the output is not a terminal.

use crate::suite::case::{Case, Verdict};
use crate::suite::report::Report;

/// The amount of text about each case.
///
/// The enum is exhaustive on purpose: a program that prints must decide for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Only failures.
    Quiet,
    /// A line for each case, and details for each that breaks a MUST or SHOULD.
    #[default]
    Normal,
    /// Also the rule of each case, and the details of every remark.
    Verbose,
}

/// Returns the lines for one case, or `None` if `detail` leaves it out.
pub fn case_line(case: &Case, detail: Detail) -> Option<String> {
    let (sign, colour) = match case.verdict {
        Verdict::Pass => ('✔', GREEN),
        Verdict::Fail => ('✘', RED),
        Verdict::Warn => ('!', YELLOW),
        Verdict::Info => ('i', BLUE),
        Verdict::Waived => ('~', DIM),
        Verdict::Unsupported => ('-', DIM),
    };
    let everything = match (detail, case.verdict) {
        (_, Verdict::Fail) | (Detail::Normal, Verdict::Warn) => true,
        (Detail::Quiet, _) => return None,
        (Detail::Normal, _) => false,
        (Detail::Verbose, _) => case.failure.is_some(),
    };
    let said = if everything {
        case.to_string()
            .lines()
            .skip(1)
            .map(|line| format!("\n  {line}"))
            .collect()
    } else if detail == Detail::Verbose {
        let why = case
            .unsupported
            .as_deref()
            .map(|why| format!("\n    because {why}"));
        format!("\n    {}{}", case.rule.text, why.unwrap_or_default())
    } else {
        String::new()
    };
    let id = case.id();
    let remark = match case.verdict {
        Verdict::Pass => String::new(),
        Verdict::Unsupported => case
            .rule
            .capability
            .map_or(" unsupported".to_owned(), |capability| {
                format!(" unsupported: {capability}")
            }),
        verdict => format!(" {}", verdict.to_string().to_lowercase()),
    };
    Some(format!(
        "{colour}{sign}{RESET} {id}{DIM}{remark}{RESET}{said}"
    ))
}

/// Returns the closing line, followed by the reasons why cases are unsupported.
pub fn summary(report: &Report) -> String {
    let colour = if report.is_success() { GREEN } else { RED };
    let testee = report
        .testee()
        .map_or(String::new(), |testee| format!("{testee}, "));
    let not_run = match report.not_run() {
        0 => String::new(),
        left => format!(", {left} not run"),
    };
    let unsupported: String = report
        .unsupported()
        .into_iter()
        .map(|(why, count)| format!("\n{DIM}- {count:>3} unsupported: {why}{RESET}"))
        .collect();
    format!(
        "{colour}{testee}{} suite, seed {}: {}{not_run}{RESET}{unsupported}",
        report.suite(),
        report.seed(),
        report.counts()
    )
}

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BLUE: &str = "\x1b[34m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";
