//! sse-conformance

#![forbid(unsafe_code)]

pub mod chunking;
pub mod model;
pub mod rule;
pub mod strategies;
pub mod suite;
pub mod vectors;
