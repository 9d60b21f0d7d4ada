//! Messages and service of `ticks.Ticker`, as a `.proto` file would have them. `build.rs` describes
//! the service in Rust, so that no `protoc` is needed.

#![allow(missing_docs, unreachable_pub)] // generated code has no docs

pub use ticker_client::TickerClient;
pub use ticker_server::{Ticker, TickerServer};

/// Requests a number per second, starting after one that was received before.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TicksRequest {
    #[prost(uint64, tag = "1")]
    pub seen: u64,
}

/// One number.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Tick {
    #[prost(uint64, tag = "1")]
    pub number: u64,
}

include!(concat!(env!("OUT_DIR"), "/ticks.Ticker.rs"));
