//! The suite for writers of event streams.
//!
//! The standard defines only the reader, so that what is written is judged by reading it with the
//! [model](crate::model): each value that an encoder accepts must come back as it was, whatever
//! stands before and after its block. Values that no reader can give back, such as an event type
//! with a line break, must be refused. A panic fails the case it happened in and nothing else.

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
