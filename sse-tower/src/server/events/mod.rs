//! Streams of events: the layer over a service that answers them, the response of a handler, and their
//! body.

pub(crate) mod body;
mod future;
mod layer;
pub(crate) mod response;
mod service;

pub use self::{future::SseFuture, layer::SseLayer, service::SseService};
