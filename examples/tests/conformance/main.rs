//! The conformance suites against the programs of this package: servers over TCP, and an adapter.
//!
//! `SSE_CONFORMANCE_FILTER` and its siblings choose the cases, as
//! [`Options::from_env`](sse_conformance::suite::Options::from_env) says.
#![forbid(unsafe_code)]

mod adapter;
mod nginx;
mod running;
mod servers;
