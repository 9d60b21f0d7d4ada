//! Asking a server.

pub(crate) mod delays;
pub(crate) mod find;
pub(crate) mod hook;
pub(crate) mod learned;
pub(crate) mod observer;
pub(crate) mod publish;
pub(crate) mod send;
pub(crate) mod source;
