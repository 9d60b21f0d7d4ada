//! The tests of the suite itself.

mod decoder;
mod encoder;
mod flawed;
#[cfg(feature = "server")]
mod http2;
mod log;
mod model;
mod plain;
#[cfg(all(feature = "cli", unix))]
mod program;
#[cfg(all(feature = "cli", unix))]
mod program_options;
#[cfg(all(feature = "cli", unix))]
mod program_server;
mod report;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod server_ends;
#[cfg(feature = "server")]
mod server_feed;
mod support;
#[cfg(all(feature = "cli", unix))]
mod terminal;
