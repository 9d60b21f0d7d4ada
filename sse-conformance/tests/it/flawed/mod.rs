//! Implementations that are right, or have one selectable flaw.

pub(crate) mod decoder;
pub(crate) mod encoder;
#[cfg(feature = "server")]
pub(crate) mod front;
pub(crate) mod log;
#[cfg(feature = "server")]
mod malformed;
#[cfg(all(feature = "cli", unix))]
pub(crate) mod scripted;
#[cfg(feature = "server")]
pub(crate) mod server;
#[cfg(feature = "server")]
mod window;
