//! The layer that turns a service's stream of events into the body of its response.

mod future;
#[allow(clippy::module_inception)]
mod layer;
mod service;

pub use self::{future::SseFuture, layer::SseLayer, service::SseService};
