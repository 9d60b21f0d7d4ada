//! The judges: each plays the steps of one case with a log.

pub(crate) mod append;
pub(crate) mod common;
pub(crate) mod entry;
pub(crate) mod lost;
pub(crate) mod names;
pub(crate) mod page;
pub(crate) mod stall;
pub(crate) mod tail;
pub(crate) mod trim;
