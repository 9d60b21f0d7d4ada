//! Tests that need real time: TCP connections that end after some time.
//!
//! nextest runs them alone, one after another (`.config/nextest.toml`). They also pass on a busy
//! machine: they check the order of events and that waits end, with limits of many seconds.
#![forbid(unsafe_code)]

#[cfg(all(feature = "axum", feature = "client-http", feature = "hub"))]
mod hub;
mod shutdown;
#[cfg(feature = "hyper")]
mod smol;
#[path = "../it/support.rs"]
#[allow(dead_code, reason = "the other tests need the rest")]
mod support;
