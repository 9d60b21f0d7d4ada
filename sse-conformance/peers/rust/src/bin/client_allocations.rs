//! Prints the number of allocations of a client per event: those of many events minus those of few.
//! It is a separate program because it replaces the allocator.
#![forbid(unsafe_code)]

use std::env;

use allocation_counter::measure;
use anyhow::{Context, Result};
use sse_peers::client::read;

const EVENTS: [u64; 2] = [5_000, 55_000];

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (name, url) = arguments.next().zip(arguments.next()).context("NAME URL")?;
    let count = |events| {
        let mut result = Ok(Default::default());
        let url = url.clone();
        let allocations = measure(|| result = read(&name, url, events, &mut |_| {}));
        result.map(|_| allocations.count_total)
    };
    let [few, many] = EVENTS.map(count);
    let more = many? as f64 - few? as f64;
    println!("{}", more / (EVENTS[1] - EVENTS[0]) as f64);
    Ok(())
}
