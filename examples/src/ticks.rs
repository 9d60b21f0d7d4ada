//! Messages and service of `ticks.Ticker`, as a `.proto` file would have them. `build.rs` describes
//! the service in Rust, so that no `protoc` is needed.

#![allow(missing_docs, unreachable_pub)] // what is generated

pub use ticker_client::TickerClient;
pub use ticker_server::{Ticker, TickerServer};

/// Asks for a number a second, on from one that was seen.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TicksRequest {
    #[prost(uint64, tag = "1")]
    pub seen: u64,
}

/// One of them.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Tick {
    #[prost(uint64, tag = "1")]
    pub number: u64,
}

include!(concat!(env!("OUT_DIR"), "/ticks.Ticker.rs"));
