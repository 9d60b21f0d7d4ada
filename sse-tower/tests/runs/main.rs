//! Runs: what their followers receive, and when their producers stop.

mod bounds;
mod ends;
mod following;
mod http;
mod producing;
#[path = "../random/mod.rs"]
mod random;
mod simulation;
mod store;
mod support;
