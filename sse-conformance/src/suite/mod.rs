//! The suites: what is run against an implementation, and what came of it.
//!
//! [`decoder::run`] judges a reader of event streams, [`encoder::run`] a writer. Both take
//! [`Options`] and return a [`Report`]. A run depends on nothing but its options and the
//! implementation, so that equal options give equal reports.

pub mod decoder;
pub mod encoder;
#[cfg(feature = "server")]
pub mod server;

pub(crate) mod case;
pub(crate) mod caught;
pub(crate) mod each;
pub(crate) mod example;
pub(crate) mod generated;
pub(crate) mod options;
pub(crate) mod report;
pub(crate) mod waivers;

pub use case::{Case, Failure, Verdict};
pub use options::{InvalidVariable, Options};
pub use report::{Counts, Report};
pub use waivers::{InvalidWaiver, Waivers};

pub use crate::wire::entry::{Direction, Wire};
