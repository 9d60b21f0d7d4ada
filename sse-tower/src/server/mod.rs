//! Streams of events, and bodies that already are event streams, to responses.

pub(crate) mod admission;
pub(crate) mod events;
pub(crate) mod heartbeat;
pub(crate) mod http;
pub(crate) mod relay;
pub(crate) mod settings;
pub(crate) mod stream;
