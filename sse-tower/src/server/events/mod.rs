//! Streams of events: the layer for services that return them, the response of a handler, and the
//! body.

pub(crate) mod body;
mod future;
mod layer;
pub(crate) mod response;
mod service;

pub use self::{future::SseFuture, layer::SseLayer, service::SseService};
