//! The hub: what its subscribers receive.

mod broadcast;
mod ends;
mod gaps;
mod simulation;
mod support;
