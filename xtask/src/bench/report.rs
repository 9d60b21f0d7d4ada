//! What was measured, as `proto.json` has it.

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// This project's own crate among the peers.
pub(super) const OURS: &str = "sse-proto";
/// The same with its feature; every name of ours begins with that of the crate.
pub(super) const OURS_SIMDUTF8: &str = "sse-proto + simdutf8";
/// Where an encoder's bytes go: a buffer that is cleared and used again.
pub(super) const REUSED: &str = "reused buffer";

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) rustc: String,
    pub(super) versions: Vec<(String, String)>,
    pub(super) left_out: Vec<String>,
    pub(super) times: Times,
    pub(super) allocations: Vec<Allocations>,
    pub(super) instructions: Vec<Instructions>,
    pub(super) linear: Vec<Linear>,
}

/// Written by the peers' program `bench`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Times {
    pub(super) rounds: usize,
    pub(super) turn_ms: u64,
    pub(super) decode: Vec<Row>,
    pub(super) encode: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) workload: String,
    pub(super) chunk: Option<usize>,
    pub(super) bytes: usize,
    pub(super) events: u64,
    pub(super) results: Vec<Measured>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) peer: String,
    pub(super) output: Option<String>,
    pub(super) limit: bool,
    pub(super) seconds: Option<f64>,
    pub(super) differs: Option<String>,
}

/// Written by the peers' program `allocations`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Allocations {
    pub(super) peer: String,
    pub(super) output: Option<String>,
    pub(super) workload: String,
    pub(super) chunk: Option<usize>,
    pub(super) each: f64,
}

/// Instructions for each event.
#[derive(Debug, Serialize)]
pub(super) struct Instructions {
    pub(super) peer: String,
    pub(super) output: Option<String>,
    pub(super) workload: String,
    pub(super) each: f64,
}

/// Instructions for each byte of a small and of a large stream, one byte a chunk.
#[derive(Debug, Serialize)]
pub(super) struct Linear {
    pub(super) shape: String,
    pub(super) bytes: [usize; 2],
    pub(super) each: [f64; 2],
}

/// A figure that does not depend on the machine.
pub(super) struct Gate {
    pub(super) what: String,
    pub(super) is: f64,
    /// What it has been; more is a step back.
    pub(super) at_most: f64,
    /// What it is to become.
    pub(super) aim: f64,
}

impl Report {
    pub(super) fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// No allocation where nothing must be kept, few instructions, linear time.
    pub(super) fn gates(&self) -> Vec<Gate> {
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
        gates
    }
}

impl Gate {
    pub(super) fn holds(&self) -> bool {
        self.is <= self.at_most
    }
}

impl Linear {
    /// How many times as many instructions a byte of the large stream takes.
    pub(super) fn growth(&self) -> f64 {
        self.each[1] / self.each[0]
    }
}

impl Row {
    pub(super) fn ours(&self, output: Option<&str>) -> Option<f64> {
        let mut ours = (self.results.iter()).filter(|one| one.peer == OURS);
        ours.find(|one| one.output.as_deref() == output)?.seconds
    }

    /// How many times as fast as `seconds` this project's crate is.
    pub(super) fn ratio(&self, output: Option<&str>, seconds: Option<f64>) -> Option<f64> {
        Some(seconds? / self.ours(output)?)
    }

    /// The fastest peer's time: not ours, not a limit.
    pub(super) fn best_peer(&self, output: Option<&str>) -> Option<f64> {
        let peers = (self.results.iter()).filter(|one| !is_ours(&one.peer) && !one.limit);
        peers
            .filter(|one| one.output.as_deref() == output)
            .filter_map(|one| one.seconds)
            .min_by(f64::total_cmp)
    }

    pub(super) fn limit(&self, name: &str) -> Option<f64> {
        let mut limits = self.results.iter().filter(|one| one.limit);
        limits.find(|one| one.peer == name)?.seconds
    }

    /// `llm` in chunks of 16 KiB: `llm 16k`.
    pub(super) fn name(&self) -> String {
        name(&self.workload, self.chunk)
    }
}

pub(super) fn is_ours(peer: &str) -> bool {
    peer.starts_with(OURS)
}

pub(super) fn name(workload: &str, chunk: Option<usize>) -> String {
    match chunk {
        None => workload.to_owned(),
        Some(size) if size % 1024 == 0 => format!("{workload} {}k", size / 1024),
        Some(size) => format!("{workload} {size}"),
    }
}
