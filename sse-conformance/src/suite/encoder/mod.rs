//! The suite for encoders of event streams.
//!
//! The standard defines only how to read a stream. So the suite reads what was written with the
//! [model](crate::model): each value that an encoder accepts must be read back as it was, whatever
//! is written before and after its block. Values that cannot be read back, such as an event type
//! with a line break, must be refused. A panic fails only the case in which it happened.

pub(crate) mod adapter;
pub(crate) mod block;
pub(crate) mod cases;
pub(crate) mod judge;
pub(crate) mod run;
pub(crate) mod shape;
pub(crate) mod streams;

pub use adapter::{Encoded, Encoder, Refusal};
pub use run::{rules, run, run_watched};

pub use crate::event::Event;
