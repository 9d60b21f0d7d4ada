//! Chapters on serving and receiving event streams. All of their code is run as tests.
//!
//! 1. [`serving`]: streams in axum, hyper and others; heartbeats, settings, and how a stream ends.
//! 2. [`resuming`]: how a client that reconnects gets the events that it missed.
#![cfg_attr(
    feature = "cors",
    doc = "3. [`origins`]: pages of other origins, cookies, and refusing foreign pages."
)]
#![cfg_attr(not(feature = "cors"), doc = "3. `origins`, with feature `cors`.")]
//! 4. [`silence`]: peers that vanish, stop reading or send nothing, and what closes their connections.
//! 5. [`shutdown`]: how to stop a server that has open streams, and limits while it runs.
#![cfg_attr(
    feature = "client",
    doc = "6. [`receiving`]: a client that reconnects and keeps its place."
)]
#![cfg_attr(
    not(feature = "client"),
    doc = "6. `receiving`, with feature `client`."
)]
#![cfg_attr(
    feature = "hub",
    doc = "7. [`hub`]: publish once, and resume from anywhere without silent loss."
)]
#![cfg_attr(not(feature = "hub"), doc = "7. `hub`, with feature `hub`.")]
#![cfg_attr(
    feature = "client",
    doc = "8. [`migrating`]: from reqwest-eventsource, eventsource-client or eventsource-stream."
)]
#![cfg_attr(
    not(feature = "client"),
    doc = "8. `migrating`, with feature `client`."
)]
#![cfg_attr(
    any(
        feature = "compression-br",
        feature = "compression-gzip",
        feature = "compression-zstd"
    ),
    doc = "9. [`compressing`]: streams that take a fraction of the bytes, what that costs, and when not to."
)]
#![cfg_attr(
    not(any(
        feature = "compression-br",
        feature = "compression-gzip",
        feature = "compression-zstd"
    )),
    doc = "9. `compressing`, with feature `compression-br`, `compression-gzip` or `compression-zstd`."
)]
#![cfg_attr(
    feature = "runs",
    doc = "10. [`runs`]: answers of language models that survive their connections."
)]
#![cfg_attr(not(feature = "runs"), doc = "10. `runs`, with feature `runs`.")]
#![cfg_attr(
    feature = "hub",
    doc = "11. [`capacity`]: clients, events, machines and settings of the kernel."
)]
#![cfg_attr(not(feature = "hub"), doc = "11. `capacity`, with feature `hub`.")]
#![cfg_attr(
    any(feature = "metrics", feature = "tracing"),
    doc = "12. [`observing`]: metrics, alerts and spans."
)]
#![cfg_attr(
    not(any(feature = "metrics", feature = "tracing")),
    doc = "12. `observing`, with feature `metrics` or `tracing`."
)]
//!
//! Each chapter says first what to do and then why.

#[cfg(feature = "hub")]
pub mod capacity;
#[cfg(any(
    feature = "compression-br",
    feature = "compression-gzip",
    feature = "compression-zstd"
))]
pub mod compressing;
#[cfg(feature = "hub")]
pub mod hub;
#[cfg(feature = "client")]
pub mod migrating;
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub mod observing;
#[cfg(feature = "cors")]
pub mod origins;
#[cfg(feature = "client")]
pub mod receiving;
pub mod resuming;
#[cfg(feature = "runs")]
pub mod runs;
pub mod serving;
pub mod shutdown;
pub mod silence;
