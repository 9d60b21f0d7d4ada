//! Under random faults, a source receives each published event once and in the order of publishing.
//!
//! A ledger compares the published events with those that were received. `SSE_CLIENT_SEED` and `SSE_CLIENT_RUNS`
//! choose the runs; a failure prints the seed that repeats it.

mod history;
mod in_memory;
mod over_tcp;

use std::env;

pub(crate) use history::History;

/// Random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// The seeds of the runs that were asked for, or `runs` of them.
fn seeds(runs: u64) -> impl Iterator<Item = u64> {
    let number = |name| env::var(name).ok().map(|value| value.parse().expect(name));
    let first: u64 = number("SSE_CLIENT_SEED").unwrap_or(1);
    let runs = number("SSE_CLIENT_RUNS").unwrap_or(runs);
    println!("SSE_CLIENT_SEED={first} SSE_CLIENT_RUNS={runs}");
    first..first + runs
}
