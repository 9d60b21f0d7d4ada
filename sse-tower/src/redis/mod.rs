//! The connection to a Redis server, for hubs and for runs.

pub(crate) mod answer;
pub(crate) mod client;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod script;
pub(crate) mod server;
pub(crate) mod warning;
