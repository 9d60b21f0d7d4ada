//! A report of all measurements, as in `proto.json`.

pub mod chart;
pub mod counts;
pub mod tables;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The name of this project's crate among the peers.
pub const OURS: &str = "sse-proto";
/// The name with its feature. All names of this project begin with that of the crate.
pub const OURS_SIMDUTF8: &str = "sse-proto + simdutf8";
/// The output of an encoder: a buffer that is cleared and used again.
pub const REUSED: &str = "reused buffer";

#[derive(Debug, Serialize)]
pub struct Report {
    pub date: String,
    pub machine: String,
    pub rustc: String,
    pub versions: Vec<(String, String)>,
    pub left_out: Vec<String>,
    pub times: Times,
    pub allocations: Vec<Allocations>,
    pub instructions: Vec<Instructions>,
    pub linear: Vec<Linear>,
    pub invalid: Vec<Invalid>,
}

/// Written by the peers' program `bench`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Times {
    pub rounds: usize,
    pub turn_ms: u64,
    pub decode: Vec<Row>,
    pub encode: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub workload: String,
    pub chunk: Option<usize>,
    pub bytes: usize,
    pub events: u64,
    pub results: Vec<Measured>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    pub peer: String,
    pub output: Option<String>,
    pub limit: bool,
    pub seconds: Option<f64>,
    pub differs: Option<String>,
}

/// Written by the peers' program `allocations`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Allocations {
    pub peer: String,
    pub output: Option<String>,
    pub workload: String,
    pub chunk: Option<usize>,
    pub each: f64,
}

/// Instructions per event.
#[derive(Debug, Serialize)]
pub struct Instructions {
    pub peer: String,
    pub output: Option<String>,
    pub workload: String,
    pub each: f64,
}

/// Instructions per byte of a small and of a large stream, fed byte by byte.
#[derive(Debug, Serialize)]
pub struct Linear {
    pub shape: String,
    pub bytes: [usize; 2],
    pub each: [f64; 2],
}

/// Instructions per byte of a stream that is not UTF-8, and of one that is.
#[derive(Debug, Serialize)]
pub struct Invalid {
    pub shape: String,
    pub each: f64,
    pub valid: f64,
}

/// A figure that does not depend on the machine.
#[derive(Debug)]
pub struct Gate {
    pub what: String,
    pub is: f64,
    /// The last value. A larger one is a regression.
    pub at_most: f64,
    /// The goal.
    pub aim: f64,
}

impl Report {
    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Returns the figures: no allocations if nothing has to be kept, few instructions, and linear
    /// time.
    pub fn gates(&self) -> Vec<Gate> {
        let mut gates = Vec::new();
        let mut gate = |what: String, is: f64, at_most: f64, aim: f64| {
            gates.push(Gate {
                what,
                is,
                at_most,
                aim,
            });
        };
        let into_reused = |one: &Allocations| one.output.as_deref().is_none_or(|to| to == REUSED);
        let most = (self.allocations.iter())
            .filter(|one| one.peer == OURS && into_reused(one))
            .fold(0.0, |most: f64, one| most.max(one.each));
        gate("allocations for an event".into(), most, 0.0, 0.0);
        for one in &self.instructions {
            let (at_most, aim) = match one.workload.as_str() {
                "llm" => (400.0, 380.0),
                "tiny" => (180.0, 120.0),
                "multi" => (4800.0, 4700.0),
                _ => continue,
            };
            if one.peer == OURS && one.output.is_none() {
                let what = format!("instructions to decode an event, {}", one.workload);
                gate(what, one.each, at_most, aim);
            }
        }
        for line in &self.linear {
            let what = format!("growth of instructions for a byte, {}", line.shape);
            gate(what, line.growth(), 1.05, 1.0);
        }
        let times = self.invalid.iter().map(Invalid::times);
        if let Some(most) = times.max_by(f64::total_cmp) {
            let what = "instructions for a byte that is not UTF-8, times those for one that is";
            gate(what.into(), most, 6.0, 4.0);
        }
        gates
    }
}

/// Runs a program and returns its standard output.
///
/// # Errors
/// Fails if the program cannot start, or if it fails. The error then has its standard error.
pub fn read(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("{name} ended with {}\n{error}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the name of the CPU and the number of cores.
#[must_use]
pub fn machine() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown CPU", |(_, model)| model);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}

/// Runs a program and returns its standard output without the line end.
///
/// # Errors
/// Fails as [`read`] does.
pub fn line(command: &mut Command) -> Result<String> {
    Ok(read(command)?.trim().to_owned())
}

/// Replaces the text between the marks.
///
/// # Errors
/// Fails if the file has no marks, or cannot be written.
pub fn replace_tables(file: &Path, tables: &str) -> Result<()> {
    const MARKS: [&str; 2] = ["<!-- bench -->\n", "<!-- end of bench -->"];
    let text = fs::read_to_string(file)?;
    let missing = || format!("{} has no {MARKS:?}", file.display());
    let (before, rest) = text.split_once(MARKS[0]).with_context(missing)?;
    let (_, after) = rest.split_once(MARKS[1]).with_context(missing)?;
    let tables = tables.trim_end();
    let text = [before, MARKS[0], "\n", tables, "\n\n", MARKS[1], after].concat();
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

impl Gate {
    pub fn holds(&self) -> bool {
        self.is <= self.at_most
    }
}

impl Linear {
    /// Returns the instructions per byte of the large stream, relative to the small one.
    pub fn growth(&self) -> f64 {
        self.each[1] / self.each[0]
    }
}

impl Invalid {
    /// Returns the instructions per byte, relative to a valid byte.
    pub fn times(&self) -> f64 {
        self.each / self.valid
    }
}

impl Row {
    pub fn ours(&self, output: Option<&str>) -> Option<f64> {
        let mut ours = (self.results.iter()).filter(|one| one.peer == OURS);
        ours.find(|one| one.output.as_deref() == output)?.seconds
    }

    /// Returns how many times faster than `seconds` this project's crate is.
    pub fn ratio(&self, output: Option<&str>, seconds: Option<f64>) -> Option<f64> {
        Some(seconds? / self.ours(output)?)
    }

    /// Returns the fastest peer's time, without this project's and the limits.
    pub fn best_peer(&self, output: Option<&str>) -> Option<f64> {
        let peers = (self.results.iter()).filter(|one| !is_ours(&one.peer) && !one.limit);
        peers
            .filter(|one| one.output.as_deref() == output)
            .filter_map(|one| one.seconds)
            .min_by(f64::total_cmp)
    }

    pub fn limit(&self, name: &str) -> Option<f64> {
        let mut limits = self.results.iter().filter(|one| one.limit);
        limits.find(|one| one.peer == name)?.seconds
    }

    /// Returns the name of a row, such as `llm 16k` for `llm` in chunks of 16 KiB.
    pub fn name(&self) -> String {
        name(&self.workload, self.chunk)
    }
}

pub fn is_ours(peer: &str) -> bool {
    peer.starts_with(OURS)
}

pub fn name(workload: &str, chunk: Option<usize>) -> String {
    match chunk {
        None => workload.to_owned(),
        Some(size) if size % 1024 == 0 => format!("{workload} {}k", size / 1024),
        Some(size) => format!("{workload} {size}"),
    }
}
