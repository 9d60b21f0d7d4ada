//! Other implementations of Server-Sent Events beside sse-proto, each behind a small adapter.
//!
//! ```text
//! workload -> decode::Decoder -> Sink    one file a peer in decode/, foreign programs in process
//! workload -> encode::Encoder -> bytes   one file a peer in encode/
//! ```
//!
//! The programs in `bin/` measure them: `bench` the time, and the instructions under callgrind;
//! `allocations` the allocations, for which it replaces the allocator. `cargo xtask bench` runs
//! both.
#![forbid(unsafe_code)]

pub mod decode;
pub mod encode;
pub mod process;
pub mod rounds;
pub mod sink;
pub mod workload;
