//! Under random faults, a source receives each published event once and in the order of publishing.
//!
//! A ledger compares the published events with those that were received. `SSE_CLIENT_SEED` and `SSE_CLIENT_RUNS`
//! choose the runs; a failure prints the seed that repeats it.

mod history;
mod in_memory;
mod over_tcp;

use std::env;

pub(crate) use history::History;

/// The seeds of the runs that were asked for, or `runs` of them.
fn seeds(runs: u64) -> impl Iterator<Item = u64> {
    let number = |name| env::var(name).ok().map(|value| value.parse().expect(name));
    let first: u64 = number("SSE_CLIENT_SEED").unwrap_or(1);
    let runs = number("SSE_CLIENT_RUNS").unwrap_or(runs);
    println!("SSE_CLIENT_SEED={first} SSE_CLIENT_RUNS={runs}");
    first..first + runs
}
