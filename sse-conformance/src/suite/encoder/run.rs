//! Runs the suite for encoders.

use std::ops::ControlFlow;
use std::time::SystemTime;

use crate::rule::{Level, Rule, Section};
use crate::suite::case::Case;
use crate::suite::each::each;
use crate::suite::encoder::adapter::Encoder;
use crate::suite::encoder::block::Owned;
use crate::suite::encoder::cases::Row;
use crate::suite::encoder::{block, cases, judge, streams};
use crate::suite::generated::smallest_failure;
use crate::suite::options::Options;
use crate::suite::report::Report;

/// Returns the rules of all cases.
pub fn rules() -> Vec<Rule> {
    work().map(|work| work.rule()).collect()
}

/// Returns the blocks that a written case asks for, as reports show them.
pub(crate) fn example(id: &str) -> Option<String> {
    let row = cases::all().find(|row| row.id == id)?;
    Some(block::shown(row.check.blocks().into_iter()))
}

/// Runs the suite against the encoders that `fresh` makes: a new one for each stream.
pub fn run<E: Encoder>(options: &Options, fresh: impl Fn() -> E + Sync) -> Report {
    run_watched(options, fresh, &mut |_| ControlFlow::Continue(()))
}

/// Like [`run`], and passes each finished case to `watch`, in the order of [`rules`]. If `watch`
/// breaks, the run ends with that case.
pub fn run_watched<E: Encoder>(
    options: &Options,
    fresh: impl Fn() -> E + Sync,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Report {
    let work: Vec<Work> = work()
        .filter(|work| options.selects(&work.rule()))
        .collect();
    let started = SystemTime::now();
    let cases = each(options, &work, |work| work.run(options, &fresh), watch);
    Report::new("encoder", options, started, work.len(), cases)
}

/// One case.
enum Work {
    Written(&'static Row),
    Sequences,
    Refusals,
}

fn work() -> impl Iterator<Item = Work> {
    cases::all()
        .map(Work::Written)
        .chain([Work::Sequences, Work::Refusals])
}

impl Work {
    fn rule(&self) -> Rule {
        const REPEAT: &str = "Repeat this `--cases` times. Look for the shortest values that fail.";
        let generated = |id, text| Rule::new(id, Level::Must, Section::RoundTrip, text);
        match self {
            Self::Written(row) => Rule::new(row.id, row.level, row.section, row.rule)
                .with_steps(row.check.steps().iter().copied())
                .with_expectation(row.check.expects())
                .for_those_with(row.capability()),
            Self::Sequences => generated(
                "encode/generated/sequences",
                "Any sequence of values is read back as it was written.",
            )
            .with_steps([
                "Make random blocks of all kinds from the seed.",
                "Have one encoder write them one after the other.",
                "Read the bytes with the standard's algorithm.",
                REPEAT,
            ])
            .with_expectation(Some(
                "The values that are read are those given to the encoder.",
            )),
            Self::Refusals => generated(
                "encode/generated/refusals",
                "A value that cannot be read back is refused, wherever the invalid character is.",
            )
            .with_steps([
                "Make a random value that cannot be read back, such as an event type with a line \
                 break.",
                "Have a new encoder write it.",
                REPEAT,
            ])
            .with_expectation(Some("The encoder refuses the value and writes no bytes.")),
        }
    }

    fn run<E: Encoder>(&self, options: &Options, fresh: &impl Fn() -> E) -> Case {
        let rule = self.rule();
        let failure = match self {
            Self::Written(row) => return judge::judge(row.check, fresh).into_case(Case::new(rule)),
            Self::Sequences => {
                let shown = |blocks: &Vec<Owned>| block::shown(blocks.iter().map(Owned::borrowed));
                smallest_failure(options, &rule.id, &streams::sequences(), shown, |blocks| {
                    judge::sequence_reads_back(blocks, fresh)
                })
            }
            Self::Refusals => {
                let shown = |block: &Owned| block.borrowed().to_string();
                smallest_failure(options, &rule.id, &streams::unwritable(), shown, |block| {
                    judge::is_refused(&block.borrowed(), fresh)
                })
            }
        };
        Case::new(rule).ended(failure)
    }
}
