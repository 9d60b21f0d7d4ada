//! Tests of the layers, the bodies and their neighbors, under virtual time and over real
//! connections.
//!
//! | subject | where |
//! |---|---|
//! | streams of events and relayed streams, which share a pipeline | each table over `WAYS`; `relay`, `layer`, `body` |
//! | headers, HEAD, other statuses, 406 | `headers`, `content`, `relay`, `over_http` |
//! | heartbeat, padding, `retry:` | `heartbeat`, `headers`, `body`, `relay` |
//! | origins and credentials | `cors`, `origins`; in browsers: `examples` |
//! | drain and lifetime | `drain`, `over_http`, `src/connection/guard/tests.rs`, `real_time::shutdown` |
//! | limits | `limits`, `over_http` |
//! | settings shared by a response and a relay, HEAD | `nested` |
//! | a pause of the process | `pause`, `src/connection/guard/tests.rs` |
//! | clients that disconnect or do not read | `ends`, `over_http`, `stalls`, `src/connection/socket.rs`, `real_time::shutdown` |
//! | errors, panics, a final event | `ends`, `panics`, `over_http` |
//! | timers, other runtimes, cancelling | `heartbeat`, `limits`, `traits`, `real_time::smol` |
//! | slow and endless streams | `slow` |
//! | metrics and spans | `observing` |
//! | compression | `compression`, `codings`, `curl`, `src/server/compression/`; in Chromium: `examples` |
//! | other layers around and below | `other_layers` |
//! | invalid input | `bad_input`, `returning_ids`, `cors`, `src/last_event_id.rs`, `src/cors/origin.rs`, `tests/memory.rs` |
//!
//! Frameworks are tested in `examples`, the guide by its doctests and `guide_feed`, the client in `tests/client`.
#![forbid(unsafe_code)]

mod bad_input;
mod body;
#[cfg(all(
    feature = "compression-br",
    feature = "compression-gzip",
    feature = "compression-zstd"
))]
mod codings;
#[cfg(all(
    feature = "compression-br",
    feature = "compression-gzip",
    feature = "compression-zstd"
))]
mod compression;
mod content;
mod cors;
#[cfg(all(
    feature = "compression-br",
    feature = "compression-gzip",
    feature = "compression-zstd"
))]
mod curl;
mod drain;
mod ends;
mod guide_feed;
mod headers;
mod heartbeat;
mod layer;
mod limits;
mod nested;
mod notices;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod observing;
mod origins;
mod other_layers;
mod over_http;
mod panics;
mod pause;
mod relay;
mod returning_ids;
mod slow;
mod stalls;
mod support;
mod traits;
mod waiting;
