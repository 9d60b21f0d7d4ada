//! What the layer, the body and their neighbours do, under virtual time and over real connections.
//!
//! | line of the promise | where |
//! |---|---|
//! | 1, two ways in and one pipeline | each table over `WAYS`; `relay`, `layer`, `body` |
//! | 2, headers, HEAD, other statuses, 406 | `headers`, `content`, `relay`, `over_http` |
//! | 3, heartbeat, padding, `retry:` | `heartbeat`, `headers`, `body`, `relay` |
//! | 4, origins and credentials | `cors`, `origins`; in browsers: `examples` |
//! | 5, drain and lifetime | `drain`, `over_http`, `src/connection/guard/tests.rs`, `real_time::shutdown` |
//! | 6, limits | `limits`, `over_http` |
//! | settings shared by a response and a relay, HEAD | `nested` |
//! | a pause of the process | `pause`, `src/connection/guard/tests.rs` |
//! | 7, disconnect | `ends`, `over_http`, `stalls`, `src/connection/socket.rs`, `real_time::shutdown` |
//! | 8, errors, panics, a last event | `ends`, `panics`, `over_http` |
//! | 10, timers, other runtimes, cancelling | `heartbeat`, `limits`, `traits`, `real_time::smol` |
//! | slow and endless streams | `slow` |
//! | among other layers | `other_layers` |
//! | bad input | `bad_input`, `returning_ids`, `cors`, `src/last_event_id.rs`, `src/cors/origin.rs`, `tests/memory.rs` |
//!
//! Tests that need the system's clock are in `tests/real_time`. Frameworks (9) are tested in `examples`, the guide (11) by its doctests and `guide_feed`.
#![forbid(unsafe_code)]

mod bad_input;
mod body;
mod content;
mod cors;
mod drain;
mod ends;
mod guide_feed;
mod headers;
mod heartbeat;
mod layer;
mod limits;
mod nested;
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
