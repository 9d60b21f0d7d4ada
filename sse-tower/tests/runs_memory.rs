//! Tests of the memory of runs. They have a test binary of their own, because the crate that counts allocations
//! replaces the allocator.
#![forbid(unsafe_code)]

use std::time::Duration;

use allocation_counter::measure;
use sse_tower::{
    Event, LastEventId,
    error::BoxError,
    runs::{RunId, Runs, Seal},
};
use tokio::runtime::{Builder, Runtime};
use tokio_stream::StreamExt;

const RUNS: usize = 1000;

fn runtime() -> Runtime {
    let mut runtime = Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap()
}

fn pass(runtime: &Runtime, time: Duration) {
    runtime.block_on(async { tokio::time::sleep(time).await });
}

/// Starts runs that produce nothing, and drives them.
fn start_idle(runtime: &Runtime, runs: &Runs, count: usize) -> Vec<RunId> {
    let mut ids = Vec::with_capacity(count);
    runtime.block_on(async {
        for _ in 0..count {
            let stream = tokio_stream::pending::<Result<Event, BoxError>>();
            let run = runs.start(stream).await.unwrap();
            ids.push(run.id());
            tokio::spawn(run.drive());
        }
    });
    pass(runtime, Duration::from_secs(7));
    ids
}

#[test]
fn an_idle_run_takes_less_than_two_kibibytes() {
    let (runtime, runs) = (runtime(), Runs::builder().max_runs(RUNS + 1).build());
    start_idle(&runtime, &runs, 1);
    let mut ids = Vec::new();
    let taken = measure(|| ids = start_idle(&runtime, &runs, RUNS));
    let each = taken.bytes_current as usize / RUNS;
    println!("{each} bytes for each idle run, with its task");
    assert!(each <= 2048, "{each} bytes");

    let grown = measure(|| pass(&runtime, Duration::from_secs(3600))).bytes_current;
    println!("{grown} bytes more after an hour");
    assert!(grown.abs() < 64 * 1024, "{grown} bytes");

    let mut followers = Vec::with_capacity(RUNS);
    let taken = measure(|| {
        runtime.block_on(async {
            for id in &ids {
                let mut follower = runs.follow(*id, LastEventId::none()).await.unwrap();
                let is_quiet = tokio::time::timeout(Duration::ZERO, follower.next()).await;
                assert!(is_quiet.is_err());
                followers.push(follower);
            }
        });
    });
    let each = taken.bytes_current as usize / RUNS;
    println!("{each} bytes for each idle follower");
    assert!(each <= 1024, "{each} bytes");
}

#[test]
fn a_thousand_runs_at_once_stay_within_their_bounds() {
    const EVENTS: usize = 100;
    const BYTES: usize = 16 * 1024;
    let (runtime, builder) = (runtime(), Runs::builder());
    let runs = builder
        .max_runs(RUNS)
        .max_events(EVENTS as u64)
        .max_bytes(BYTES)
        .build();
    let turn = || {
        let mut drivers = Vec::new();
        runtime.block_on(async {
            for _ in 0..RUNS {
                let mut number = 0_u64;
                // It has no end.
                let stream = tokio_stream::iter(std::iter::repeat_with(move || {
                    number += 1;
                    Ok::<_, BoxError>(Event::new("x".repeat(number as usize % 300)))
                }));
                let stream = Box::pin(stream.throttle(Duration::from_millis(20)));
                let run = runs.start(stream).await;
                drivers.push(tokio::spawn(run.unwrap().drive()));
            }
            for driver in drivers {
                assert_eq!(driver.await.unwrap().unwrap(), Seal::TooLarge);
            }
        });
    };
    let taken = measure(turn);
    let each_max = BYTES + EVENTS * 64 + 1024;
    println!(
        "{} bytes for {RUNS} runs that have ended",
        taken.bytes_current
    );
    assert!((taken.bytes_current as usize) < RUNS * each_max);
    println!("{} bytes at most while they ran", taken.bytes_max);
    // Besides, each running one has its task and a batch.
    assert!((taken.bytes_max as usize) < RUNS * (each_max + 8 * 1024));
    // A second thousand takes the place of the first.
    let grown = measure(turn).bytes_current;
    println!("{grown} bytes more after another {RUNS}");
    assert!(grown < 1024 * 1024, "{grown} bytes");
}
