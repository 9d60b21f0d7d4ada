//! The suite for readers of event streams.
//!
//! Each [vector](crate::vectors) is read whole, by the byte, cut in two at every place, and at
//! seeded random cuts. After every chunk exactly those items must be out that are due by then: an
//! item that waits for the next byte is late, and one that comes before its line has ended is early.
//! Generated streams are then compared with the [`model`] in the same manner.
//!
//! A panic or an error of the decoder fails the case it happened in and nothing else.

use std::ops::ControlFlow;
use std::time::SystemTime;

use proptest::strategy::{BoxedStrategy, Strategy};

use crate::chunking::Chunking;
use crate::model::Item;
use crate::rule::{Level, Rule, Section};
use crate::suite::case::{Case, Failure};
use crate::suite::decoder::play::Script;
use crate::suite::decoder::read::{Local, Read};
use crate::suite::each::each;
use crate::suite::generated::smallest_failure;
use crate::suite::options::Options;
use crate::suite::report::Report;
use crate::vectors::Vector;
use crate::{model, strategies, vectors};

pub(crate) mod play;
pub(crate) mod read;

/// A reader of event streams, as the suite drives it.
///
/// A call that never returns hangs the run: a thread cannot be ended from outside, so that what is
/// called in this process is not timed. A decoder that may hang is put under the program, which ends
/// a process that keeps silent for [`Options::timeout`], or each case is run with a test runner that
/// has a time limit.
pub trait Decoder {
    /// Takes the next chunk of the stream and returns what it completed, in order.
    ///
    /// A chunk may be empty.
    ///
    /// # Errors
    ///
    /// An error fails the case: to a decoder no stream is in error, save one that exceeds a limit
    /// (see [`Capabilities::longest_block`]).
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String>;

    /// The stream has ended. What is pending is to be discarded, so that a decoder that does
    /// nothing here is right.
    ///
    /// # Errors
    ///
    /// As for [`feed`](Self::feed).
    fn end(&mut self) -> Result<Vec<Item>, String> {
        Ok(Vec::new())
    }

    /// What this decoder reports. By default everything but the current last event ID.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// The last event ID string as of now: what a client would reconnect with. Asked for after
    /// [`end`](Self::end), and only where [`Capabilities::last_event_id`] is set.
    fn last_event_id(&self) -> String {
        String::new()
    }
}

/// What a decoder reports. What it does not report is left out of what is expected of it, and a
/// case that is about nothing else is unsupported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Reports comments. Where it leaves the space behind the colon in them, the adapter takes it
    /// away, so that they are as [`Item::Comment`] has them.
    pub comments: bool,
    /// Reports that the reconnection time was set.
    pub retry: bool,
    /// Gives each event the last event ID string, also when it was set by an earlier one.
    pub event_ids: bool,
    /// Can say what the last event ID string is, through [`Decoder::last_event_id`].
    pub last_event_id: bool,
    /// Reports an item while it is fed the chunk that completes it. One that reads a whole stream
    /// before it says anything is asked for the right items only, not for the right moment.
    pub timing: bool,
    /// How many bytes it takes from one blank line to the next, where it has a limit. Vectors that
    /// need more are unsupported.
    pub longest_block: Option<usize>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            comments: true,
            retry: true,
            event_ids: true,
            last_event_id: false,
            timing: true,
            longest_block: None,
        }
    }
}

/// What the suite asks, case by case.
pub fn rules() -> Vec<Rule> {
    work().map(|work| work.rule()).collect()
}

/// Runs the suite against the decoders that `fresh` makes, a new one for each stream and chunking.
pub fn run<D: Decoder>(options: &Options, fresh: impl Fn() -> D + Sync) -> Report {
    run_watched(options, fresh, &mut |_| ControlFlow::Continue(()))
}

/// Like [`run`], and hands each finished case to `watch`, in the order of [`rules`]. If `watch`
/// breaks, the run ends with that case.
pub fn run_watched<D: Decoder>(
    options: &Options,
    fresh: impl Fn() -> D + Sync,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Report {
    let can = fresh().capabilities();
    run_with(options, can, &Local(fresh), watch)
}

/// Runs the suite against decoders that run wherever they may.
pub(crate) fn run_with(
    options: &Options,
    can: Capabilities,
    reader: &impl Read,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Report {
    let work: Vec<Work> = work()
        .filter(|work| options.selects(&work.rule()))
        .collect();
    let started = SystemTime::now();
    let cases = each(options, &work, |work| work.run(options, can, reader), watch);
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
            text: "Blocks of fields and comments mean what the model reads in them.",
            streams: || strategies::blocks().boxed(),
        },
        Work::Generated {
            id: "parse/generated/hostile-bytes",
            text: "Any bytes at all mean what the model reads in them.",
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
                        "Give the stream to a new parser: whole, one byte at a time, and at the random cuts.",
                        "Compare the items after each chunk with those of the standard's algorithm.",
                        "Repeat this `--cases` times. Look for the shortest stream that fails.",
                    ])
                    .with_expectation(Some(
                        "Under each cut, the items of the standard's algorithm, each with the chunk that holds the last byte of its line.",
                    ))
            }
            Self::Growth => Rule::new(
                "parse/long/growth",
                Level::Info,
                Section::Practice,
                "A line of eight times the length takes about eight times as long.",
            )
            .with_steps([
                "Give a parser a line of 16 KiB in chunks of 16 bytes, and measure the time. Take the shortest of three.",
                "Do the same with a line of 128 KiB.",
            ])
            .with_expectation(Some("At most 24 times the time for 8 times the length.")),
        }
    }

    fn run(&self, options: &Options, can: Capabilities, reader: &impl Read) -> Case {
        let case = Case::new(self.rule());
        match self {
            Self::Written(vector) => run_vector(options, vector, case, can, reader),
            Self::Generated { id, streams, .. } => {
                case.ended(run_generated(options, id, streams(), can, reader))
            }
            Self::Growth => match can.longest_block.filter(|limit| *limit < read::LONGEST) {
                Some(limit) => case.unsupported(format!(
                    "the decoder takes {limit} bytes from one blank line to the next, and here are {}",
                    read::LONGEST
                )),
                None => case.ended(read::growth(reader)),
            },
        }
    }
}

fn run_vector(
    options: &Options,
    vector: &Vector,
    case: Case,
    can: Capabilities,
    reader: &impl Read,
) -> Case {
    let stream = vector.stream();
    let longest = longest_block(&stream);
    if let Some(limit) = can.longest_block.filter(|limit| longest > *limit) {
        return case.unsupported(format!(
            "the decoder takes {limit} bytes from one blank line to the next, and here are {longest}"
        ));
    }
    let expected = vector.expected();
    let mut script = Script::new(&stream, &expected, vector.last_event_id(), can);
    if !vector.is_about_cr() {
        script = script.waiting_at_cr();
    }
    let failure = chunkings(stream.len(), options.seed, reader.is_remote())
        .find_map(|chunking| script.play(&chunking, reader).err());
    match silence(vector, &script, can) {
        Some(what) if failure.is_none() => {
            case.unsupported(format!("the decoder does not report {what}"))
        }
        _ => case.ended(failure),
    }
}

/// The stream of a vector and what it means, as a report has them.
pub(crate) fn example(vector: &Vector) -> (String, String) {
    let can = Capabilities {
        last_event_id: !vector.last_event_id().is_empty(),
        ..Capabilities::default()
    };
    let (stream, expected) = (vector.stream(), vector.expected());
    Script::new(&stream, &expected, vector.last_event_id(), can).as_text()
}

/// The cuts for a stream of this length. Where each chunk costs much, a long stream is read in small
/// blocks and not by the byte: that it takes its time is not held against a decoder.
fn chunkings(len: usize, seed: u64, is_remote: bool) -> impl Iterator<Item = Chunking> {
    Chunking::all(len, seed, RANDOM_CUTS).filter_map(move |chunking| match chunking {
        Chunking::Bytes if is_remote && len > 1024 * 1024 => None,
        Chunking::Bytes if is_remote && len > 16 * 1024 => Some(Chunking::Blocks(61)),
        other => Some(other),
    })
}

/// What the decoder does not report, if the vector is about nothing else.
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
    // Events are always reported: what is due and not expected is one of the others.
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
    reader: &impl Read,
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
                .try_for_each(|chunking| script.play(chunking, reader))
        },
    )
}

/// The most bytes from one blank line to the next, line ends included.
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

/// How many random cuts each vector is run under, besides those that are always tried.
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
