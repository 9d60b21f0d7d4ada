//! Other implementations of Server-Sent Events, besides sse-proto. Each has a small adapter.
//!
//! ```text
//! workload -> decode::Decoder -> Sink    one file a peer in decode/, foreign programs in process
//! workload -> encode::Encoder -> bytes   one file a peer in encode/
//! client::server -> client::CLIENTS      whole clients over TCP, with the feature `client`
//! hub::server -> hub::load               many streams of one server, with the feature `hub`
//! ```
//!
//! The programs in `bin/` measure them. `bench` measures the time, and the instructions if it runs under
//! callgrind. `allocations` counts allocations, for which it replaces the allocator. `report` runs both
//! and prints the tables; `cargo xtask bench proto` runs that. `client` and `client_allocations` measure the clients, for
//! `cargo xtask bench client`. `hub` and `hub_heap` measure servers with many streams, for `cargo xtask bench hub`, and
//! `nodes` a hub of several processes, for `cargo xtask bench nodes`.
#![forbid(unsafe_code)]

#[cfg(feature = "client")]
pub mod client;
pub mod decode;
pub mod encode;
#[cfg(feature = "hub")]
pub mod hub;
pub mod process;
// Only for the program `report`.
#[doc(hidden)]
pub mod report;
pub mod rounds;
pub mod sink;
pub mod workload;
