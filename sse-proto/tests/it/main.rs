//! Compares the crate with the reference model and the suites of sse-conformance, which share no code with it.
//! Also tests the guarantees beyond the standard.
#![forbid(unsafe_code)]
#![cfg(feature = "alloc")]

mod borrowing;
mod end;
mod limit;
mod reconnect;
mod round_trip;
mod suites;
mod testee;
