//! Counts what a server allocates: the program `hub serve` with another allocator.
#![forbid(unsafe_code)]

use std::alloc::System;
use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use cap::Cap;
use sse_peers::hub::server::serve;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, heartbeat] = arguments.as_slice() else {
        anyhow::bail!("usage: hub_heap SERVER HEARTBEAT");
    };
    let heartbeat = heartbeat
        .parse()
        .context("the heartbeat is a number of seconds")?;
    serve(server, 1, Duration::from_secs(heartbeat), || {
        ALLOCATOR.allocated()
    })
}
