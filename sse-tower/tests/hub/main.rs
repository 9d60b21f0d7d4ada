//! The hub: what its subscribers receive.

mod broadcast;
mod ends;
mod gaps;
mod log_suite;
mod notices;
mod pages;
mod presence;
mod simulation;
mod support;
