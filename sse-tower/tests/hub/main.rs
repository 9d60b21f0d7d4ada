//! The hub: what its subscribers receive.

mod broadcast;
mod gaps;
mod support;
