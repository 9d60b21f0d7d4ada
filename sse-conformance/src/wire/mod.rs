//! The wire log: what went to a testee and what came from it, and when.
//!
//! A testee that is called in this process has no wire, so that without the features there is no log.

pub(crate) mod entry;
#[cfg(feature = "server")]
pub(crate) mod log;
