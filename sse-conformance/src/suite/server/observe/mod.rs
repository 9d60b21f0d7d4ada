//! Asking a server.

pub(crate) mod hook;
pub(crate) mod observer;
pub(crate) mod source;
pub(crate) mod via;
