//! The hub: what its subscribers receive.

mod gaps;
mod support;
