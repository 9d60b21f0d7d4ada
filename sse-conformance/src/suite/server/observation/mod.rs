//! Observations of a server.

pub(crate) mod blocks;
pub(crate) mod event;
pub(crate) mod feed;
pub(crate) mod idle;
pub(crate) mod places;
pub(crate) mod resumption;
pub(crate) mod seen;
