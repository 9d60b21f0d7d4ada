//! The hub: what its subscribers receive.

mod broadcast;
mod cases;
mod ends;
mod gaps;
mod in_memory;
mod log_adapter;
mod log_suite;
mod notices;
mod old_entries;
mod pages;
mod presence;
mod publish_ids;
#[path = "../random/mod.rs"]
mod random;
mod simulation;
mod starts;
mod support;
