//! The suite's own tests: what judges others is judged here.

mod decoder;
mod encoder;
mod flawed;
mod model;
#[cfg(all(feature = "cli", unix))]
mod program;
mod report;
#[cfg(feature = "server")]
mod server;
