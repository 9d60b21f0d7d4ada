//! The suites: what is run against an implementation, and what came of it.
//!
//! [`decoder::run`] judges a reader of event streams, [`encoder::run`] a writer. Both take
//! [`Options`] and return a [`Report`]. A run depends on nothing but its options and the
//! implementation, so that equal options give equal reports.

pub mod decoder;
pub mod encoder;
#[cfg(feature = "server")]
pub mod server;

mod caught;
mod each;
mod generated;
mod options;
mod report;
mod waivers;
pub(crate) mod wire;

pub use options::{InvalidVariable, Options};
pub use report::{Case, Counts, Failure, Report, Verdict};
pub use waivers::{InvalidWaiver, Waivers};
pub use wire::{Direction, Wire};

#[cfg(feature = "cli")]
pub(crate) use report::brief;
#[cfg(feature = "server")]
pub(crate) use report::seconds;
