//! `cargo xtask conformance`: the suites of sse-conformance against sse-proto.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use sse_conformance::model;
use sse_conformance::suite::decoder::{self, Capabilities};
use sse_conformance::suite::encoder::{self, Encoded, Refusal};
use sse_conformance::suite::{self, Report};
use sse_proto::{Chunk, Decoder, Encoder, EventId, EventRef, EventType, Item};

use crate::test::Counts;

/// How the suites are run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seed of the random cuts and of the generated streams: the same seed, the same run
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many streams or values each generated case tries
    #[arg(long, default_value_t = suite::Options::default().cases)]
    cases: u32,
    /// Run only the cases whose id contains this text
    #[arg(long)]
    filter: Option<String>,
}

/// Runs both suites; returns whether both passed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let Options {
        seed,
        cases,
        filter,
    } = options;
    println!("seed {seed}, {cases} streams or values for each generated case\n");
    let options = suite::Options {
        seed: *seed,
        cases: *cases,
        filter: filter.clone(),
    };
    let reports = [decoder_report(&options), encoder_report(&options)];
    for report in &reports {
        println!("{report}");
    }
    let cases: usize = reports.iter().map(|report| report.cases().len()).sum();
    let failures: usize = reports.iter().map(|report| report.failures().count()).sum();
    println!("conformance: {cases} cases, {failures} failures, seed {seed}");
    // A filter may select cases of one suite only, but not none at all.
    let nothing_missing = match filter {
        Some(_) => cases > 0,
        None => reports.iter().all(|report| !report.cases().is_empty()),
    };
    Ok(failures == 0 && nothing_missing)
}

/// The decoder suite as a part of `cargo xtask test`.
pub(crate) fn test_decoder() -> Result<Counts> {
    counts(&decoder_report(&suite::Options::default()))
}

/// The encoder suite as a part of `cargo xtask test`.
pub(crate) fn test_encoder() -> Result<Counts> {
    counts(&encoder_report(&suite::Options::default()))
}

fn decoder_report(options: &suite::Options) -> Report {
    decoder::run(options, DecoderUnderTest::default)
}

fn encoder_report(options: &suite::Options) -> Report {
    encoder::run(options, || EncoderUnderTest)
}

/// Cases, not streams: one case is one rule. A warning is shown, but neither passed nor failed;
/// our own crate has no excuse for something that it does not offer.
fn counts(report: &Report) -> Result<Counts> {
    println!("{report}");
    if report.cases().is_empty() {
        bail!("the suite has no case");
    }
    let counts = report.counts();
    Ok(Counts {
        passed: counts.pass as u64,
        failed: (counts.fail + counts.unsupported) as u64,
    })
}

/// Reports everything that the suite can ask for.
struct DecoderUnderTest(Decoder);

impl Default for DecoderUnderTest {
    fn default() -> Self {
        Self(Decoder::builder().comments(true).build())
    }
}

impl decoder::Decoder for DecoderUnderTest {
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<model::Item>, String> {
        let mut chunk = Chunk::new(chunk);
        let mut items = Vec::new();
        while let Some(item) = self
            .0
            .decode(&mut chunk)
            .map_err(|error| error.to_string())?
        {
            items.push(match item {
                Item::Event(event) => {
                    model::Item::event(event.event_type(), event.data(), event.last_event_id())
                }
                Item::Retry(time) => model::Item::Retry(milliseconds(time)),
                Item::Comment(text) => model::Item::Comment(text.to_owned()),
                other => return Err(format!("an item that the suite does not know: {other:?}")),
            });
        }
        Ok(items)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            comments: true,
            retry: true,
            event_ids: true,
            last_event_id: true,
            longest_block: Some(Decoder::DEFAULT_LIMIT),
        }
    }

    fn last_event_id(&self) -> String {
        self.0.last_event_id().to_owned()
    }
}

/// Makes the values as a program would at run time, so that what cannot be written is refused.
struct EncoderUnderTest;

impl encoder::Encoder for EncoderUnderTest {
    fn event(&mut self, event: &encoder::Event<'_>) -> Encoded {
        let event_type = event
            .event_type
            .map(EventType::new)
            .transpose()
            .map_err(refused)?;
        let id = event.id.map(EventId::new).transpose().map_err(refused)?;
        let mut written = EventRef::new(event.data);
        if let Some(event_type) = &event_type {
            written = written.with_type(event_type);
        }
        if let Some(id) = &id {
            written = written.with_id(id);
        }
        encoded(|encoder| encoder.event(written))
    }

    fn comment(&mut self, text: &str) -> Encoded {
        encoded(|encoder| encoder.comment(text))
    }

    fn retry(&mut self, milliseconds: u64) -> Encoded {
        encoded(|encoder| encoder.retry(Duration::from_millis(milliseconds)))
    }

    fn heartbeat(&mut self) -> Encoded {
        encoded(Encoder::heartbeat)
    }

    fn last_event_id(&mut self, id: &str) -> Encoded {
        let id = EventId::new(id).map_err(refused)?;
        encoded(|encoder| encoder.last_event_id(&id))
    }
}

fn encoded(write: impl FnOnce(&mut Encoder<String>) -> std::fmt::Result) -> Encoded {
    let mut encoder = Encoder::new(String::new());
    write(&mut encoder).map_err(refused)?;
    Ok(encoder.into_inner().into_bytes())
}

fn refused(error: impl std::fmt::Display) -> Refusal {
    Refusal::Refused(error.to_string())
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
