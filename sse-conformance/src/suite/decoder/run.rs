//! Runs the suite for decoders.

use std::ops::ControlFlow;
use std::time::SystemTime;

use proptest::strategy::{BoxedStrategy, Strategy};

use crate::chunking::Chunking;
use crate::model::Item;
use crate::rule::{Level, Rule, Section};
use crate::suite::case::{Case, Failure};
use crate::suite::decoder::adapter::{Capabilities, Decoder};
use crate::suite::decoder::decoders::{Decoders, Local};
use crate::suite::decoder::growth::{LONGEST, growth};
use crate::suite::decoder::play::Script;
use crate::suite::each::each;
use crate::suite::generated::smallest_failure;
use crate::suite::options::Options;
use crate::suite::report::Report;
use crate::vectors::vector::Vector;
use crate::{model, strategies, vectors};

/// Returns the rules of all cases.
pub fn rules() -> Vec<Rule> {
    work().map(|work| work.rule()).collect()
}

/// Runs the suite against the decoders that `fresh` makes: a new one for each stream and chunking.
pub fn run<D: Decoder>(options: &Options, fresh: impl Fn() -> D + Sync) -> Report {
    run_watched(options, fresh, &mut |_| ControlFlow::Continue(()))
}

/// Like [`run`], and passes each finished case to `watch`, in the order of [`rules`]. If `watch`
/// breaks, the run ends with that case.
pub fn run_watched<D: Decoder>(
    options: &Options,
    fresh: impl Fn() -> D + Sync,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Report {
    let can = fresh().capabilities();
    run_with(options, can, &Local(fresh), watch)
}

/// Runs the suite against decoders in this process or another.
pub(crate) fn run_with(
    options: &Options,
    can: Capabilities,
    decoders: &impl Decoders,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Report {
    let work: Vec<Work> = work()
        .filter(|work| options.selects(&work.rule()))
        .collect();
    let started = SystemTime::now();
    let cases = each(
        options,
        &work,
        |work| work.run(options, can, decoders),
        watch,
    );
    Report::new("decoder", options, started, work.len(), cases)
}

/// One case.
enum Work {
    Written(&'static Vector),
    Generated {
        id: &'static str,
        text: &'static str,
        streams: fn() -> BoxedStrategy<Vec<u8>>,
    },
    Growth,
}

fn work() -> impl Iterator<Item = Work> {
    vectors::all().map(Work::Written).chain([
        Work::Generated {
            id: "parse/generated/blocks",
            text: "Blocks of fields and comments have the meaning that the model gives them.",
            streams: || strategies::blocks().boxed(),
        },
        Work::Generated {
            id: "parse/generated/hostile-bytes",
            text: "Arbitrary bytes have the meaning that the model gives them.",
            streams: || strategies::hostile_bytes().boxed(),
        },
        Work::Growth,
    ])
}

impl Work {
    fn rule(&self) -> Rule {
        match self {
            Self::Written(vector) => vector.to_rule(),
            Self::Generated { id, text, .. } => {
                Rule::new(id, Level::Must, Section::Interpreting, text)
                    .with_steps([
                        "Make a random stream and random cuts from the seed.",
                        "Give the stream to a new decoder: whole, one byte at a time, and at the random cuts.",
                        "Compare the items after each chunk with those of the standard's algorithm.",
                        "Repeat this `--cases` times. Look for the shortest stream that fails.",
                    ])
                    .with_expectation(Some(
                        "For each chunking, the items of the standard's algorithm, each with the \
                         chunk that holds the last byte of its line.",
                    ))
            }
            Self::Growth => Rule::new(
                "parse/long/growth",
                Level::Info,
                Section::Practice,
                "A line of eight times the length takes about eight times as long.",
            )
            .with_steps([
                "Give a decoder a line of 16 KiB in chunks of 16 bytes, and measure the time. Take the shortest of three.",
                "Do the same with a line of 128 KiB.",
            ])
            .with_expectation(Some("At most 24 times the time for 8 times the length.")),
        }
    }

    fn run(&self, options: &Options, can: Capabilities, decoders: &impl Decoders) -> Case {
        let case = Case::new(self.rule());
        match self {
            Self::Written(vector) => run_vector(options, vector, case, can, decoders),
            Self::Generated { id, streams, .. } => {
                case.ended(run_generated(options, id, streams(), can, decoders))
            }
            Self::Growth => match can.longest_block.filter(|limit| *limit < LONGEST) {
                Some(limit) => case.unsupported(format!(
                    "the decoder accepts {limit} bytes from one blank line to the next, but the \
                     stream has {}",
                    LONGEST
                )),
                None => case.ended(growth(decoders)),
            },
        }
    }
}

fn run_vector(
    options: &Options,
    vector: &Vector,
    case: Case,
    can: Capabilities,
    decoders: &impl Decoders,
) -> Case {
    let stream = vector.stream();
    let longest = longest_block(&stream);
    if let Some(limit) = can.longest_block.filter(|limit| longest > *limit) {
        return case.unsupported(format!(
            "the decoder accepts {limit} bytes from one blank line to the next, but the stream \
             has {longest}"
        ));
    }
    let expected = vector.expected();
    let mut script = Script::new(&stream, &expected, vector.last_event_id(), can);
    if !vector.is_about_cr() {
        script = script.waiting_at_cr();
    }
    let failure = chunkings(stream.len(), options.seed, decoders.is_remote())
        .find_map(|chunking| script.play(&chunking, decoders).err());
    match silence(vector, &script, can) {
        Some(what) if failure.is_none() => {
            case.unsupported(format!("the decoder does not report {what}"))
        }
        _ => case.ended(failure),
    }
}

/// Returns the stream of a vector and its items as reports show them.
pub(crate) fn example(vector: &Vector) -> (String, String) {
    let can = Capabilities {
        last_event_id: !vector.last_event_id().is_empty(),
        ..Capabilities::default()
    };
    let (stream, expected) = (vector.stream(), vector.expected());
    Script::new(&stream, &expected, vector.last_event_id(), can).as_text()
}

/// Returns the chunkings for a stream of this length. If each chunk is expensive, a long stream is
/// fed in small blocks instead of byte by byte, because that would take too long.
fn chunkings(len: usize, seed: u64, is_remote: bool) -> impl Iterator<Item = Chunking> {
    Chunking::all(len, seed, RANDOM_CUTS).filter_map(move |chunking| match chunking {
        Chunking::Bytes if is_remote && len > 1024 * 1024 => None,
        Chunking::Bytes if is_remote && len > 16 * 1024 => Some(Chunking::Blocks(61)),
        other => Some(other),
    })
}

/// Returns what the decoder does not report, if the vector is about nothing else.
fn silence(vector: &Vector, script: &Script<'_>, can: Capabilities) -> Option<&'static str> {
    if can.last_event_id {
        return None;
    }
    if !can.event_ids && vector.id().starts_with("parse/id/") {
        return Some("the last event ID of each event");
    }
    if !script.expected().is_empty() {
        return None;
    }
    // Events are always reported, so an item that is due but not expected is of another kind.
    match vector.expected().into_iter().next().map(|due| due.item) {
        Some(Item::Comment(_)) => Some("comments"),
        Some(_) => Some("reconnection times"),
        None => {
            (!vector.last_event_id().is_empty()).then_some("the last event ID without an event")
        }
    }
}

fn run_generated(
    options: &Options,
    id: &str,
    streams: BoxedStrategy<Vec<u8>>,
    can: Capabilities,
    decoders: &impl Decoders,
) -> Option<Failure> {
    smallest_failure(
        options,
        id,
        &strategies::chunked(streams),
        |(stream, chunking)| format!("{} ({chunking})", stream.escape_ascii()),
        |(stream, chunking)| {
            let decoded = model::decode(stream);
            let script = Script::new(stream, &decoded.items, &decoded.last_event_id, can);
            [&Chunking::Whole, &Chunking::Bytes, chunking]
                .into_iter()
                .try_for_each(|chunking| script.play(chunking, decoders))
        },
    )
}

/// Returns the largest number of bytes from one blank line to the next, including line ends.
fn longest_block(stream: &[u8]) -> usize {
    let (mut longest, mut block, mut line, mut previous) = (0, 0, 0, b' ');
    for &byte in stream {
        block += 1;
        longest = longest.max(block);
        match byte {
            b'\n' if previous == b'\r' => {}
            b'\n' | b'\r' => {
                block = if line == 0 { 0 } else { block };
                line = 0;
            }
            _ => line += 1,
        }
        previous = byte;
    }
    longest
}

/// The number of random chunkings for each vector, besides those that are always tried.
const RANDOM_CUTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_at_its_blank_line() {
        let table: [(&[u8], usize); 6] = [
            (b"", 0),
            (b"data: abc", 9),
            (b"data: a\n\ndata: bc\n\n", 10),
            (b"data: a\r\n\r\ndata: b", 10),
            (b"data: a\r\rdata: b\r\r", 9),
            (b"a\nb\nc\n\n", 7),
        ];
        for (stream, expected) in table {
            assert_eq!(longest_block(stream), expected, "{}", stream.escape_ascii());
        }
    }
}
