//! Instructions under callgrind: those of more work minus those of less, so that starting the
//! program and making the stream do not count.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workload::{INVALID, VALID};

use super::{Instructions, Invalid, Linear, OURS, OURS_SIMDUTF8, Times, read};

/// The workloads whose instructions are counted, and the chunk size when decoding.
const WORKLOADS: [&str; 3] = ["llm", "tiny", "multi"];
const CHUNK: usize = 16 * 1024;
/// The number of bytes of a stream that are decoded once.
const STREAM: usize = 128 * 1024;

/// Shapes for linear time, by their names in the peers' program.
const SHAPES: [&str; 4] = ["one line", "one event", "comments", "ids"];

#[derive(Debug)]
pub struct Counter {
    program: PathBuf,
    out: PathBuf,
    quick: bool,
}

impl Counter {
    pub fn new(program: &Path, folder: &Path, quick: bool) -> Self {
        Self {
            program: program.to_owned(),
            out: folder.join("callgrind.out"),
            quick,
        }
    }

    /// Counts for all that were timed, per event.
    pub fn instructions(&self, times: &Times) -> Result<Vec<Instructions>> {
        let mut all = Vec::new();
        let counted = |name: &str| WORKLOADS.contains(&name) && (!self.quick || name == "llm");
        for row in &times.decode {
            if !counted(&row.workload) || row.chunk != Some(CHUNK) {
                continue;
            }
            let arguments = [&row.workload, &CHUNK.to_string(), &STREAM.to_string()];
            let (_, said) = self.count(&["decode", OURS], &arguments, 1)?;
            let events = said.events()?;
            for one in &row.results {
                // Programs in other languages also compile code and collect garbage.
                if one.differs.is_some() || !is_counted(&one.peer) {
                    continue;
                }
                let verb = ["decode", &one.peer];
                let (less, _) = self.count(&verb, &arguments, 1)?;
                let (more, _) = self.count(&verb, &arguments, 3)?;
                all.push(Instructions {
                    peer: one.peer.clone(),
                    output: None,
                    workload: row.workload.clone(),
                    each: more.saturating_sub(less) as f64 / 2.0 / events,
                });
            }
        }
        for row in times.encode.iter().filter(|row| counted(&row.workload)) {
            for one in row.results.iter().filter(|one| one.differs.is_none()) {
                let output = one.output.clone().unwrap_or_default();
                let verb = ["encode", &one.peer];
                let arguments = [&output, &row.workload];
                let (less, _) = self.count(&verb, &arguments, 200)?;
                let (more, _) = self.count(&verb, &arguments, 1200)?;
                all.push(Instructions {
                    peer: one.peer.clone(),
                    output: Some(output),
                    workload: row.workload.clone(),
                    each: more.saturating_sub(less) as f64 / 1000.0,
                });
            }
        }
        Ok(all)
    }

    /// Counts for this project's decoder, fed byte by byte, per byte of 1 MiB and of 8 MiB.
    pub fn linear(&self) -> Result<Vec<Linear>> {
        let sizes: [usize; 2] = match self.quick {
            true => [64 * 1024, 512 * 1024],
            false => [1024 * 1024, 8 * 1024 * 1024],
        };
        let mut all = Vec::new();
        for shape in SHAPES {
            let mut linear = Linear {
                shape: shape.into(),
                bytes: [0; 2],
                each: [0.0; 2],
            };
            for (place, size) in sizes.into_iter().enumerate() {
                let arguments = [&shape.to_owned(), &"1".to_owned(), &size.to_string()];
                let (nothing, _) = self.count(&["decode", OURS], &arguments, 0)?;
                let (once, said) = self.count(&["decode", OURS], &arguments, 1)?;
                linear.bytes[place] = said.bytes()?;
                linear.each[place] = once.saturating_sub(nothing) as f64 / said.bytes()? as f64;
            }
            all.push(linear);
        }
        Ok(all)
    }

    /// The instructions of this project's decoder for each byte, of events that are not UTF-8 and of valid
    /// ones.
    pub fn invalid(&self) -> Result<Vec<Invalid>> {
        let each = |workload: &str| {
            let [chunk, bytes] = [CHUNK, STREAM].map(|number| number.to_string());
            let arguments = [&workload.to_owned(), &chunk, &bytes];
            let (less, _) = self.count(&["decode", OURS], &arguments, 1)?;
            let (more, said) = self.count(&["decode", OURS], &arguments, 3)?;
            anyhow::Ok(more.saturating_sub(less) as f64 / 2.0 / said.bytes()? as f64)
        };
        let valid = each(VALID)?;
        let shapes = INVALID.iter().map(|(shape, _)| {
            Ok(Invalid {
                shape: (*shape).to_owned(),
                each: each(shape)?,
                valid,
            })
        });
        shapes.collect()
    }

    /// Returns the instructions of one run of the program, and its output.
    fn count(&self, verb: &[&str], arguments: &[&String], times: u64) -> Result<(u64, Said)> {
        let mut all: Vec<String> = verb.iter().copied().map(str::to_owned).collect();
        all.extend(arguments.iter().copied().cloned());
        all.push(times.to_string());
        let (total, said) = instructions(&self.program, &all, &self.out)?;
        Ok((total, Said(said)))
    }
}

/// Returns the instructions of one run of `program`, and its output. Callgrind writes to `out`.
pub fn instructions(program: &Path, arguments: &[String], out: &Path) -> Result<(u64, String)> {
    let mut callgrind = Command::new("valgrind");
    callgrind
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(arguments);
    let said = read(&mut callgrind)?;
    let out = fs::read_to_string(out).context("callgrind wrote nothing")?;
    let total = out.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|total| total.trim().parse().ok());
    Ok((total.context("callgrind wrote no total")?, said))
}

fn is_counted(peer: &str) -> bool {
    ![OURS_SIMDUTF8, "eventsource-parser", "httpx-sse", "memcpy"].contains(&peer)
}

/// Returns the bytes and events of the stream, as the program prints them.
struct Said(String);

impl Said {
    fn bytes(&self) -> Result<usize> {
        let bytes = self.0.split_whitespace().next();
        let bytes = bytes.and_then(|bytes| bytes.parse().ok());
        bytes.context("the program says no size")
    }

    fn events(&self) -> Result<f64> {
        let events = self.0.split_whitespace().nth(1);
        let events = events.and_then(|events| events.parse().ok());
        events.context("the program says no number of events")
    }
}
