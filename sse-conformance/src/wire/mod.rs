//! The wire log: what was sent to the testee and received from it, and when.
//!
//! A testee that is called in this process has no wire. So without the features there is no log.

pub(crate) mod entry;
#[cfg(feature = "server")]
pub(crate) mod log;
