//! What the layer, the body and their neighbours do, under virtual time and over real connections.
#![forbid(unsafe_code)]

mod body;
mod cors;
mod drain;
mod ends;
mod headers;
mod heartbeat;
mod layer;
mod limits;
mod over_http;
mod relay;
mod shutdown;
#[cfg(feature = "hyper")]
mod smol;
mod support;
mod traits;
