//! Random runs on several nodes that share one store, with failures. Clients check each event.
//!
//! Time is virtual and a seed decides everything. `SSE_RUNS_SEED` and `SSE_RUNS_RUNS` choose the seeds. A failure prints
//! its seed and the steps.

mod client;
mod producer;
mod world;

use std::{cell::RefCell, env, rc::Rc, thread};

use tokio::time::Instant;

/// The steps of a simulation. They are printed if it panics.
#[derive(Clone)]
struct Trace(Rc<Steps>);

struct Steps {
    seed: u64,
    begin: Instant,
    steps: RefCell<Vec<String>>,
}

impl Trace {
    fn new(seed: u64) -> Self {
        let (begin, steps) = (Instant::now(), RefCell::default());
        Self(Rc::new(Steps { seed, begin, steps }))
    }

    fn note(&self, step: impl Into<String>) {
        let time = self.0.begin.elapsed().as_secs_f64();
        let step = format!("{time:8.3} {}", step.into());
        self.0.steps.borrow_mut().push(step);
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if thread::panicking() {
            for step in self.steps.borrow().iter() {
                println!("{step}");
            }
            println!(
                "SSE_RUNS_SEED={} SSE_RUNS_RUNS=1 repeats this run",
                self.seed
            );
        }
    }
}

fn simulate(count: u64, place: world::Where) {
    let number = |name| env::var(name).ok().map(|value| value.parse().expect(name));
    let first: u64 = number("SSE_RUNS_SEED").unwrap_or(1);
    let count = number("SSE_RUNS_RUNS").unwrap_or(count);
    println!("SSE_RUNS_SEED={first} SSE_RUNS_RUNS={count}");
    let mut seen = world::Seen::default();
    for seed in first..first + count {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime, world::run(seed, place, &mut seen));
    }
    println!("{seen:?}");
    if count >= 500 {
        seen.check(place);
    }
}

#[test]
fn runs_in_memory_keep_their_promise() {
    simulate(1000, world::Where::Memory);
}

#[test]
fn runs_of_several_nodes_keep_their_promise() {
    simulate(1500, world::Where::Shared { faults: false });
}

#[test]
fn runs_on_a_store_with_failures_keep_their_promise() {
    simulate(1500, world::Where::Shared { faults: true });
}
