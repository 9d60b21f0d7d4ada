//! The layer for responses that already are event streams.

mod body;
mod boundary;
mod future;
mod layer;
mod service;
mod source;

pub use self::{body::RelayBody, future::RelayFuture, layer::RelayLayer, service::RelayService};
