//! Times the peers. `report` makes tables of the times.
#![forbid(unsafe_code)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};
use serde::Serialize;
use sse_peers::process::Process;
use sse_peers::rounds::{Rounds, Work, timed};
use sse_peers::workload::{self, STREAM};
use sse_peers::{decode, encode};

/// Times the peers, or does one peer's work a number of times for callgrind.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that all decode the same, time them in turn, and write the medians as JSON
    Time {
        /// Number of turns of each peer
        #[arg(long, default_value_t = 15)]
        rounds: usize,
        /// Shortest time of a turn in milliseconds
        #[arg(long, default_value_t = 20)]
        turn: u64,
        /// Only workloads whose name contains this text
        #[arg(long, default_value = "")]
        filter: String,
        /// A decoder in another language
        #[arg(long, num_args = 3, value_names = ["NAME", "PROGRAM", "SCRIPT"])]
        program: Vec<String>,
        /// Folder for streams that decoders in other languages read
        #[arg(long, default_value = ".")]
        scratch: PathBuf,
    },
    /// Decode about BYTES of a workload a number of times; prints how many bytes and events it has
    Decode {
        peer: String,
        workload: String,
        chunk: usize,
        bytes: usize,
        times: u64,
    },
    /// Answer like a decoder in another language: sse-proto, as this program was built
    Serve,
    /// Encode the event of a workload a number of times
    Encode {
        peer: String,
        output: String,
        workload: String,
        times: u64,
    },
}

/// One row of a table.
#[derive(Debug, Serialize)]
struct Row {
    workload: String,
    /// The size of the chunks. `None` when encoding.
    chunk: Option<usize>,
    /// The bytes and events of the work.
    bytes: usize,
    events: u64,
    results: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    peer: String,
    /// The output of an encoder. `None` when decoding.
    output: Option<&'static str>,
    /// A limit is not a peer: it does less than any decoder or encoder must.
    limit: bool,
    /// The seconds for the work. `None` if the result differs.
    seconds: Option<f64>,
    differs: Option<String>,
}

#[derive(Debug, Serialize)]
struct Times {
    rounds: usize,
    turn_ms: u64,
    decode: Vec<Row>,
    encode: Vec<Row>,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Time {
            rounds,
            turn,
            filter,
            program,
            scratch,
        } => {
            let mut programs = Vec::new();
            for words in program.chunks_exact(3) {
                programs.push(Process::start(&words[0], &words[1], &words[2])?);
            }
            let plan = Rounds {
                count: rounds,
                turn: Duration::from_millis(turn),
            };
            let mut times = Times {
                rounds,
                turn_ms: turn,
                decode: Vec::new(),
                encode: Vec::new(),
            };
            for (workload, chunk) in workload::DECODE {
                if workload.contains(&filter) {
                    let row = time_decoders(plan, workload, chunk, &mut programs, &scratch);
                    times.decode.push(row?);
                }
            }
            for workload in workload::ENCODE {
                if workload.contains(&filter) {
                    times.encode.push(time_encoders(plan, workload)?);
                }
            }
            ensure!(
                !times.decode.is_empty(),
                "no workload contains `{filter}` in its name"
            );
            println!("{}", serde_json::to_string_pretty(&times)?);
        }
        Command::Decode {
            peer,
            workload,
            chunk,
            bytes,
            times,
        } => {
            let decoder = decode::named(&peer).with_context(|| format!("no decoder {peer}"))?;
            let stream = workload::stream(&workload, bytes);
            let mut events = 0;
            for _ in 0..times {
                events = (decoder.count)(&stream, chunk).events;
            }
            println!("{} {events}", stream.len());
        }
        Command::Serve => serve()?,
        Command::Encode {
            peer,
            output,
            workload,
            times,
        } => {
            let encoder = encode::named(&peer, &output)
                .with_context(|| format!("no encoder {peer} to {output}"))?;
            (encoder.run)(&workload::message(&workload), times);
        }
    }
    Ok(())
}

/// The other end of [`Process`].
fn serve() -> Result<()> {
    let decoder = decode::DECODERS[0];
    for line in io::stdin().lines() {
        let line = line?;
        let (what, rest) = line.split_once(' ').context("a question has words")?;
        let (size, rest) = rest.split_once(' ').context("a size")?;
        let size = size.parse()?;
        if what == "digest" {
            let seen = (decoder.digest)(&fs::read(rest)?, size);
            println!("{}", serde_json::to_string(&seen)?);
        } else {
            let (times, file) = rest.split_once(' ').context("a number of times")?;
            let (times, stream) = (times.parse::<u64>()?, fs::read(file)?);
            let start = Instant::now();
            for _ in 0..times {
                (decoder.count)(&stream, size);
            }
            println!("{}", start.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

/// The place of a decoder in the table, and its timing if it decodes the same as the others.
struct Entrant<'a> {
    measured: Measured,
    work: Option<Work<'a>>,
}

fn time_decoders(
    plan: Rounds,
    workload: &str,
    chunk: usize,
    programs: &mut [Process],
    scratch: &Path,
) -> Result<Row> {
    eprintln!("decode {workload} in chunks of {chunk}");
    let stream = workload::stream(workload, STREAM);
    let file = scratch.join(format!("{workload}.sse"));
    let expected = (decode::DECODERS[0].digest)(&stream, chunk);
    let mut entrants = Vec::new();

    for decoder in decode::DECODERS {
        let seen = (decoder.digest)(&stream, chunk);
        let differs = (seen != expected).then(|| difference(seen.events, expected.events));
        let stream = &stream;
        let work = timed(move || {
            (decoder.count)(stream, chunk);
        });
        entrants.push(Entrant::new(decoder.name, None, differs, work));
    }
    for decoder in decode::LIMITS {
        let stream = &stream;
        let work = timed(move || {
            (decoder.count)(stream, chunk);
        });
        let mut entrant = Entrant::new(decoder.name, None, None, work);
        entrant.measured.limit = true;
        entrants.push(entrant);
    }
    if !programs.is_empty() {
        fs::write(&file, &stream).with_context(|| format!("cannot write {}", file.display()))?;
    }
    for program in programs {
        let name = program.name().to_owned();
        let seen = program.digest(&file, chunk)?;
        let differs = (seen != expected).then(|| difference(seen.events, expected.events));
        let file = &file;
        let work = Box::new(move |times| program.time(file, chunk, times));
        entrants.push(Entrant::new(&name, None, differs, work));
    }

    Ok(Row {
        workload: workload.into(),
        chunk: Some(chunk),
        bytes: stream.len(),
        events: expected.events,
        results: time(plan, entrants)?,
    })
}

fn time_encoders(plan: Rounds, workload: &str) -> Result<Row> {
    eprintln!("encode {workload}");
    let message = workload::message(workload);
    let expected = encode::read_back(&(encode::ENCODERS[0].bytes)(&message));
    let mut entrants = Vec::new();
    for (encoder, limit) in (encode::ENCODERS.iter().map(|encoder| (encoder, false)))
        .chain(encode::LIMITS.iter().map(|encoder| (encoder, true)))
    {
        let seen = encode::read_back(&(encoder.bytes)(&message));
        let differs =
            (!limit && seen != expected).then(|| difference(seen.events, expected.events));
        let message = &message;
        // The encoder repeats by itself, so that it makes the values that it keeps only once.
        let work = Box::new(move |times| {
            let start = Instant::now();
            (encoder.run)(message, times);
            Ok(start.elapsed())
        });
        let mut entrant = Entrant::new(encoder.name, Some(encoder.output), differs, work);
        entrant.measured.limit = limit;
        entrants.push(entrant);
    }
    Ok(Row {
        workload: workload.into(),
        chunk: None,
        bytes: message.data.len(),
        events: 1,
        results: time(plan, entrants)?,
    })
}

impl<'a> Entrant<'a> {
    fn new(
        peer: &str,
        output: Option<&'static str>,
        differs: Option<String>,
        work: Work<'a>,
    ) -> Self {
        Self {
            work: differs.is_none().then_some(work),
            measured: Measured {
                peer: peer.into(),
                output,
                limit: false,
                seconds: None,
                differs,
            },
        }
    }
}

fn time(plan: Rounds, mut entrants: Vec<Entrant<'_>>) -> Result<Vec<Measured>> {
    let mut work: Vec<_> = entrants
        .iter_mut()
        .filter_map(|entrant| entrant.work.take())
        .collect();
    let mut medians = plan.medians(&mut work)?.into_iter();
    drop(work);
    let mut results = Vec::new();
    for Entrant { mut measured, .. } in entrants {
        if measured.differs.is_none() {
            measured.seconds = medians.next();
        }
        results.push(measured);
    }
    if results.iter().any(|measured| measured.seconds == Some(0.0)) {
        bail!("work that takes no time was not done");
    }
    Ok(results)
}

fn difference(seen: u64, expected: u64) -> String {
    if seen == expected {
        "other types, data or IDs".into()
    } else {
        format!("{seen} events instead of {expected}")
    }
}
