//! The suite for decoders of event streams.
//!
//! Each [vector](crate::vectors) is decoded whole, byte by byte, cut in two at every place, and at
//! seeded random cuts. After every chunk, the decoder must have reported exactly the items that are
//! due by then. An item that waits for the next byte is late, and one that comes before its line
//! has ended is early. Generated streams are then compared with the [model](crate::model) in the
//! same way.
//!
//! A panic or an error of the decoder fails only the case in which it happened.

pub(crate) mod adapter;
pub(crate) mod decoders;
pub(crate) mod growth;
pub(crate) mod play;
pub(crate) mod run;

pub use adapter::{Capabilities, Decoder};
pub use run::{rules, run, run_watched};
