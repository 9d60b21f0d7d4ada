//! Tests that need the system's clock: connections over TCP whose ends take time.
//!
//! nextest runs them alone, one after the other (`.config/nextest.toml`). They hold on a busy machine all the
//! same: they check what comes before what, and that waits end at all, with bounds of many seconds.
#![forbid(unsafe_code)]

mod shutdown;
#[cfg(feature = "hyper")]
mod smol;
#[path = "../it/support.rs"]
#[allow(dead_code, reason = "the other tests need the rest")]
mod support;
