//! The suite for readers of event streams.
//!
//! Each [vector](crate::vectors) is read whole, by the byte, cut in two at every place, and at
//! seeded random cuts. After every chunk exactly those items must be out that are due by then: an
//! item that waits for the next byte is late, and one that comes before its line has ended is early.
//! Generated streams are then compared with the [model](crate::model) in the same manner.
//!
//! A panic or an error of the decoder fails the case it happened in and nothing else.

pub(crate) mod adapter;
pub(crate) mod decoders;
pub(crate) mod growth;
pub(crate) mod play;
pub(crate) mod run;

pub use adapter::{Capabilities, Decoder};
pub use run::{rules, run, run_watched};
