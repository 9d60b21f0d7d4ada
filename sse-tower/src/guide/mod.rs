//! How to serve event streams: chapters, all of whose code is run.
//!
//! 1. [`serving`]: a stream in axum, hyper and others, what it begins with, keeps alive with and ends with.
//! 2. [`resuming`]: what a client says when it comes back, and how nothing is lost.
#![cfg_attr(
    feature = "cors",
    doc = "3. [`origins`]: pages of other origins, cookies, and who is kept out."
)]
#![cfg_attr(not(feature = "cors"), doc = "3. `origins`, with feature `cors`.")]
//! 4. [`silence`]: what closes which connection when, for peers that vanish, do not read or send nothing.
//! 5. [`shutdown`]: stopping a server that has open streams, and limits while it runs.
#![cfg_attr(
    feature = "client",
    doc = "6. [`receiving`]: a client that reconnects and keeps its place."
)]
#![cfg_attr(
    not(feature = "client"),
    doc = "6. `receiving`, with feature `client`."
)]
//!
//! Each begins with what to do and then says why.

#[cfg(feature = "cors")]
pub mod origins;
#[cfg(feature = "client")]
pub mod receiving;
pub mod resuming;
pub mod serving;
pub mod shutdown;
pub mod silence;
