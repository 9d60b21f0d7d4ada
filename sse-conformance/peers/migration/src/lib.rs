//! Compiles the snippets of other clients that the chapter `sse_tower::guide::migrating` shows.
//!
//! `build.rs` reads them from the chapter. A compiler error names the line of the chapter, such as `line_42`.
//! The modules import what the snippets use without showing it.
#![allow(
    unused,
    unreachable_code,
    reason = "a snippet need not use every variable of its page, and may end with an endless loop"
)]

/// The result of a function that holds a snippet.
type Compiled = Result<(), Box<dyn std::error::Error>>;

/// An event of the snippets.
#[derive(Debug, serde::Deserialize)]
pub struct Order {
    /// The number of the order.
    pub id: u64,
}

/// The snippets for reqwest-eventsource.
pub mod reqwest_eventsource {
    use std::time::Duration;

    use ::reqwest_eventsource::{
        Error, Event, EventSource, RequestBuilderExt, retry::ExponentialBackoff,
    };
    use eventsource_stream::Event as MessageEvent;
    use futures_util::StreamExt;

    use crate::{Compiled, Order};

    include!(concat!(env!("OUT_DIR"), "/reqwest_eventsource.rs"));
}

/// The snippets for eventsource-client.
pub mod eventsource_client {
    use std::time::Duration;

    use ::eventsource_client::{
        BoxStream, Client, ClientBuilder, Error, Event, ReconnectOptions, Result, SSE,
    };
    use futures_util::StreamExt;
    use hyper::client::HttpConnector;

    use crate::{Compiled, Order};

    include!(concat!(env!("OUT_DIR"), "/eventsource_client.rs"));
}

/// The snippets for eventsource-stream.
pub mod eventsource_stream {
    use std::pin::Pin;

    use ::eventsource_stream::{Event, EventStream, EventStreamError, Eventsource};
    use futures_util::{Stream, StreamExt};

    use crate::{Compiled, Order};

    type Bytes = Pin<Box<dyn Stream<Item = reqwest::Result<Vec<u8>>> + Send>>;

    include!(concat!(env!("OUT_DIR"), "/eventsource_stream.rs"));
}
