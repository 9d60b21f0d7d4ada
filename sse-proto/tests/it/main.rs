//! The crate against the reference model and the suites of sse-conformance, with which it shares
//! no code, and what it promises beyond the standard.
#![forbid(unsafe_code)]
#![cfg(feature = "alloc")]

mod borrowing;
mod end;
mod limit;
mod reconnect;
mod round_trip;
mod suites;
mod testee;
