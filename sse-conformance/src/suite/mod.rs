//! The suites and their reports.
//!
//! [`decoder::run`] judges a decoder of event streams, [`encoder::run`] an encoder, [`log::run`] the
//! store of a hub. They take [`Options`] and return a [`Report`]. A run of a decoder or an encoder
//! depends only on its options and the implementation, so equal options give equal reports.

pub mod decoder;
pub mod encoder;
pub mod log;
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
