//! Runs the suite for logs.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::SystemTime;

use crate::rule::{Rule, Section};
use crate::suite::case::{Case, Failure, Verdict};
use crate::suite::each::each;
use crate::suite::log::adapter::Log;
use crate::suite::log::cases::{self, Judge, Row};
use crate::suite::log::judged::{Unmet, Wrong};
use crate::suite::log::judges::stall::Stall;
use crate::suite::log::subject::Subject;
use crate::suite::options::Options;
use crate::suite::report::Report;

/// Returns the rules of all cases.
pub fn rules() -> Vec<Rule> {
    cases::all().map(Row::rule).collect()
}

/// Runs the suite against a store of logs.
///
/// Each case uses logs of its own, with names that differ in each run.
pub fn run(options: &Options, log: impl Log) -> Report {
    run_watched(options, log, &mut |_| ControlFlow::Continue(()))
}

/// Like [`run`], and passes each finished case to `watch`, in the order of [`rules`]. If `watch`
/// breaks, the run ends with that case.
pub fn run_watched(
    options: &Options,
    log: impl Log,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Report {
    let rows = cases::all().filter(|row| options.selects(&row.rule()));
    let (alone, beside): (Vec<&Row>, Vec<&Row>) = rows.partition(|row| row.plays_alone());
    let selected = alone.len() + beside.len();
    let started = SystemTime::now();
    let run = Run {
        log: Arc::new(log),
        nonce: RandomState::new().hash_one(options.seed),
        stall: Stall::default(),
    };
    let is_stopped = Cell::new(false);
    let mut watch = |case: &Case| {
        let flow = watch(case);
        is_stopped.set(flow.is_break());
        flow
    };
    let mut cases = each(options, &beside, |row| run.case(row), &mut watch);
    if !is_stopped.get() {
        let one_by_one = Options {
            jobs: 1,
            ..options.clone()
        };
        let run = |row: &&Row| run.case(row);
        cases.extend(each(&one_by_one, &alone, run, &mut watch));
    }
    Report::new("log", options, started, selected, cases)
}

impl Row {
    fn rule(&self) -> Rule {
        Rule::new(self.id, self.level, Section::Log, self.rule)
            .with_steps(self.steps.iter().copied())
            .with_clause(Some(self.part()))
            .for_those_with(self.capability())
    }
}

/// The data that all cases of a run share.
struct Run {
    log: Arc<dyn Log>,
    nonce: u64,
    stall: Stall,
}

impl Run {
    fn case(&self, row: &Row) -> Case {
        let prefix = format!("{:016x}-{}", self.nonce, row.id);
        let subject = Subject::new(self.log.clone(), prefix);
        let (judged, given) = match row.judge {
            Judge::Own(judge) | Judge::Alone(judge) => (judge(&subject), subject.given()),
            Judge::Stall(judge) => {
                let (seen, given) = self.stall.seen(&subject);
                (seen.and_then(judge), given)
            }
        };
        let case = Case::new(row.rule());
        let failed = |case: Case, wrong: Wrong| {
            case.ended(Some(Failure {
                what: wrong.what,
                given,
                chunking: None,
                expected: wrong.expected,
                seen: wrong.seen,
            }))
        };
        match judged {
            Ok(()) => case,
            Err(Unmet::Lacks(why)) => case.unsupported(why),
            Err(Unmet::Wrong(wrong)) => failed(case, wrong),
            Err(Unmet::Declined(wrong)) => Case {
                verdict: Verdict::Warn,
                ..failed(case, wrong)
            },
        }
    }
}
