//! A conformance suite for Server-Sent Events, the `text/event-stream` format.
//!
//! It judges readers and writers of event streams, however they are built: implement a trait of one
//! or two methods, run the suite, read the report.
//!
//! | to judge | implement | run |
//! |---|---|---|
//! | a reader of event streams | [`suite::decoder::Decoder`] | [`suite::decoder::run`] |
//! | a writer of event streams | [`suite::encoder::Encoder`] | [`suite::encoder::run`] |
//!
//! For other languages there is the program, `sse-conformance`, behind the default feature `cli`; the
//! crate's README begins with it. Without features the library has one dependency, proptest.
//!
//! # Judging a decoder
//!
//! This one knows `data` alone, and lines that end in LF. The suite says so.
//!
//! ```
//! use sse_conformance::model::Item;
//! use sse_conformance::suite::{Options, decoder};
//!
//! #[derive(Default)]
//! struct Simple {
//!     line: Vec<u8>,
//!     data: Vec<String>,
//! }
//!
//! impl decoder::Decoder for Simple {
//!     fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String> {
//!         let mut items = Vec::new();
//!         for byte in chunk {
//!             if *byte != b'\n' {
//!                 self.line.push(*byte);
//!                 continue;
//!             }
//!             let line = String::from_utf8(std::mem::take(&mut self.line)).map_err(|e| e.to_string())?;
//!             if let Some(value) = line.strip_prefix("data: ") {
//!                 self.data.push(value.to_owned());
//!             } else if line.is_empty() && !self.data.is_empty() {
//!                 let data = std::mem::take(&mut self.data).join("\n");
//!                 items.push(Item::event("message", &data, ""));
//!             }
//!         }
//!         Ok(items)
//!     }
//! }
//!
//! let report = decoder::run(&Options::only("parse/line"), Simple::default);
//! assert!(!report.is_success());
//! assert!(report.failures().any(|case| case.id() == "parse/line/cr-cr"));
//! assert!(report.to_string().contains("FAIL parse/line/cr-cr (MUST)"));
//! ```
//!
//! In a test of your own the options are [`Options::default`](suite::Options) and the last line is
//! `assert!(report.is_success(), "{report}")`.
//!
//! # What is in it
//!
//! - [`model`]: the standard's algorithm, transcribed to be obviously right, which also says at
//!   which byte each item is due.
//! - [`vectors`]: streams for each rule of the standard and each place where implementations in use
//!   have been seen to stumble, with what they mean written by hand.
//! - [`chunking`]: the ways to cut a stream. The answer must not depend on them.
//! - [`strategies`]: proptest strategies for streams, hostile bytes, and the values of an encoder.
//! - [`suite`]: the suites and their reports.
//!
//! # What is asked of a decoder
//!
//! The right items, under every cut, each at the right moment: with the chunk that holds the byte
//! that ends its line. A CR ends its line, so that an event is not held back for the byte that might
//! be an LF. The `parse/` cases rest on the HTML and Encoding standards, and each names its section.
//!
//! # What is asked of an encoder
//!
//! The standard defines no writer, but it defines what every reader makes of one's bytes. The
//! `encode/` cases ask that a value comes back as it was, whatever is written before and after it,
//! and that a value which cannot come back is refused. What standards do not ask, but readers in
//! use need, is a SHOULD and never fails a run.
//!
//! # Ids, verdicts and seeds
//!
//! A case has an id that does not change, such as `parse/line/cr-cr`; [`Options::filters`] select by
//! it. Its [`Level`](rule::Level) decides whether falling short is a failure, a warning or a remark;
//! a case about something that the implementation does not have is unsupported. Equal
//! [`Options`](suite::Options) give equal reports.
//!
//! # Where its own trust comes from
//!
//! It shares no code with any implementation that it judges. The model is tested against the
//! vectors, and the suites against implementations that are wrong in one way each: a case that finds
//! none of them is not a case.
//!
//! [`Options::filters`]: suite::Options::filters

#![forbid(unsafe_code)]

#[cfg(feature = "cli")]
pub mod child;
pub mod chunking;
#[cfg(feature = "server")]
mod driver;
mod event;
pub mod model;
#[cfg(feature = "cli")]
pub mod report;
pub mod rule;
pub mod strategies;
pub mod suite;
mod text;
pub mod vectors;
mod wire;
