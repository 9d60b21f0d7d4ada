//! The suite for writers of event streams.
//!
//! The standard defines only the reader, so that what is written is judged by reading it with the
//! [model](crate::model): each value that an encoder accepts must come back as it was, whatever
//! stands before and after its block. Values that no reader can give back, such as an event type
//! with a line break, must be refused. A panic fails the case it happened in and nothing else.

use std::ops::ControlFlow;
use std::time::SystemTime;

use crate::rule::{Level, Rule, Section};
use crate::suite::case::Case;
use crate::suite::each::each;
use crate::suite::encoder::block::Owned;
use crate::suite::encoder::cases::Row;
use crate::suite::generated::smallest_failure;
use crate::suite::options::Options;
use crate::suite::report::Report;

pub(crate) mod block;
pub(crate) mod cases;
pub(crate) mod judge;
pub(crate) mod shape;
pub(crate) mod streams;

/// The largest of the whole numbers that a double holds exactly: 2^53 - 1. Many languages read JSON
/// numbers as doubles.
pub(crate) const MAX_EXACT_DOUBLE: u64 = (1 << 53) - 1;

pub use crate::event::Event;

/// Why there are no bytes.
///
/// The enum is exhaustive on purpose: it is about the value, about all values, or a mistake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The value cannot be written; the text says why.
    Refused(String),
    /// The encoder has no such operation.
    Unsupported,
    /// The encoder broke: an exception, a crash, an answer that is none. As bad as a panic.
    Broken(String),
}

/// What an encoder gives back: the bytes of one block, or why there are none.
pub type Encoded = Result<Vec<u8>, Refusal>;

/// A writer of event streams, as the suite drives it.
///
/// An encoder that validates its values where they are made refuses here, in the adapter, with what
/// its constructors say.
///
/// A call that never returns hangs the run, as it does of a
/// [decoder](super::decoder::Decoder): what is called in this process is not timed.
pub trait Encoder {
    /// Writes an event, with the blank line that dispatches it.
    ///
    /// # Errors
    ///
    /// Where the event type or the ID cannot be written, or the encoder has no such field.
    fn event(&mut self, event: &Event<'_>) -> Encoded;

    /// Writes a comment, which may hold several lines.
    ///
    /// # Errors
    ///
    /// Where the encoder has no comments, as by default.
    fn comment(&mut self, text: &str) -> Encoded {
        let _ = text;
        Err(Refusal::Unsupported)
    }

    /// Writes a reconnection time in milliseconds.
    ///
    /// A time above 2^31 - 1 may be refused. One that is written must not be rounded or wrapped.
    ///
    /// # Errors
    ///
    /// Where the encoder cannot set one, as by default.
    fn retry(&mut self, milliseconds: u64) -> Encoded {
        let _ = milliseconds;
        Err(Refusal::Unsupported)
    }

    /// Writes what keeps an idle connection open.
    ///
    /// # Errors
    ///
    /// Where the encoder has no heartbeat, as by default.
    fn heartbeat(&mut self) -> Encoded {
        Err(Refusal::Unsupported)
    }

    /// Writes a block that commits a last event ID without an event.
    ///
    /// # Errors
    ///
    /// Where the ID cannot be written, or the encoder has no such block, as by default.
    fn last_event_id(&mut self, id: &str) -> Encoded {
        let _ = id;
        Err(Refusal::Unsupported)
    }
}

/// What the suite asks, case by case.
pub fn rules() -> Vec<Rule> {
    work().map(|work| work.rule()).collect()
}

/// Returns the blocks that a written case has an encoder write, as reports show them.
pub(crate) fn example(id: &str) -> Option<String> {
    let row = cases::all().find(|row| row.id == id)?;
    Some(block::shown(row.check.blocks().into_iter()))
}

/// Runs the suite against the encoders that `fresh` makes, a new one for each stream.
pub fn run<E: Encoder>(options: &Options, fresh: impl Fn() -> E + Sync) -> Report {
    run_watched(options, fresh, &mut |_| ControlFlow::Continue(()))
}

/// Like [`run`], and hands each finished case to `watch`, in the order of [`rules`]. If `watch`
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
                "Any values in any order are read as they were written.",
            )
            .with_steps([
                "Make random blocks of all kinds from the seed.",
                "Have one encoder write them one after the other.",
                "Read the bytes with the standard's algorithm.",
                REPEAT,
            ])
            .with_expectation(Some("What is read is what was given to the encoder.")),
            Self::Refusals => generated(
                "encode/generated/refusals",
                "What no reader gives back is refused, wherever in the value it stands.",
            )
            .with_steps([
                "Make a random value that no reader gives back, such as an event type with a line break.",
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
