//! Random runs of hubs, logs and clients, compared with a simple model of the log.
//!
//! All tasks are polled by hand, in an order that a seed decides, under virtual time. `SSE_HUB_SEED` and
//! `SSE_HUB_RUNS` choose the runs. A failure prints its seed and the steps of the run.

mod client;
mod clock;
mod expected;
pub(crate) mod history;
mod memory;
mod nodes;
pub(crate) mod store;

use std::{cell::RefCell, env, thread};

use crate::random::Random;

/// The steps of a run. They are printed if it panics.
struct Trace {
    seed: u64,
    steps: RefCell<Vec<String>>,
}

impl Trace {
    fn new(seed: u64) -> Self {
        let steps = RefCell::default();
        Self { seed, steps }
    }

    fn note(&self, step: impl FnOnce() -> String) {
        let step = step();
        self.steps.borrow_mut().push(step);
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if thread::panicking() {
            for step in self.steps.borrow().iter() {
                println!("{step}");
            }
            println!("SSE_HUB_SEED={} SSE_HUB_RUNS=1 repeats this run", self.seed);
        }
    }
}

/// The seeds of the runs that were asked for, or `runs` of them.
fn seeds(runs: u64) -> impl Iterator<Item = u64> {
    let number = |name| env::var(name).ok().map(|value| value.parse().expect(name));
    let first: u64 = number("SSE_HUB_SEED").unwrap_or(1);
    let runs = number("SSE_HUB_RUNS").unwrap_or(runs);
    println!("SSE_HUB_SEED={first} SSE_HUB_RUNS={runs}");
    first..first + runs
}

#[test]
fn a_hub_in_memory_keeps_its_promise() {
    for seed in seeds(3000) {
        memory::run(seed);
    }
}

#[test]
fn hubs_on_one_log_keep_their_promise() {
    for seed in seeds(2000) {
        nodes::run(seed);
    }
}
