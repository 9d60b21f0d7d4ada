//! A conformance suite for Server-Sent Events, the `text/event-stream` format.
//!
//! It judges decoders, which read event streams, encoders, which write them, and event logs, from
//! which servers send missed events again. To judge yours, implement a trait of a few methods, run
//! the suite and read the report. With the feature `server` it also judges servers: see
//! `suite::server`.
//!
//! | to judge | implement | run |
//! |---|---|---|
//! | a reader of event streams | [`suite::decoder::Decoder`] | [`suite::decoder::run`] |
//! | a writer of event streams | [`suite::encoder::Encoder`] | [`suite::encoder::run`] |
//! | a store of event logs | [`suite::log::Log`] | [`suite::log::run`] |
//!
//! Decoders and encoders in other languages, and servers, are judged by the program
//! `sse-conformance` (default feature `cli`), which the crate's README describes. Without features,
//! the library depends only on proptest.
//!
//! # Judging a decoder
//!
//! This decoder understands only `data` fields and lines that end in LF. The suite reports that.
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
//! In your own test, use [`Options::default`](suite::Options), and end with
//! `assert!(report.is_success(), "{report}")`.
//!
//! # What is in it
//!
//! - [`model`]: the algorithm of the standard, transcribed so that it is obviously right. It also
//!   says at which byte each item is due.
//! - [`vectors`]: streams for each rule of the standard, and for each input that existing
//!   implementations have got wrong. Their meaning was written by hand.
//! - [`chunking`]: the ways to cut a stream into chunks. The result must not depend on them.
//! - [`strategies`]: proptest strategies for streams, hostile bytes, and values for encoders.
//! - [`suite`]: the suites and their reports.
//!
//! # What is asked of a decoder
//!
//! It must report the right items for every way to cut the stream, and each item at the right
//! moment: with the chunk that holds the byte that ends its line. A CR ends its line, so an event
//! must not wait for the next byte, which might be an LF. The `parse/` cases rest on the HTML and
//! Encoding standards, and each case names its section.
//!
//! # What is asked of an encoder
//!
//! The standard does not define how to write a stream, but it defines what every decoder reads from
//! the bytes. The `encode/` cases ask that a value is read back as it was, whatever is written
//! before and after it, and that a value which cannot be read back is refused. A rule that no
//! standard has, but that existing decoders need, is a SHOULD and never fails a run.
//!
//! # What is asked of an event log
//!
//! No standard defines how a server stores events, but clients that resume lose events silently if the
//! store gives out a position twice or forgets its newest entries. The `log/` cases rest on a
//! [contract](suite::log#the-contract): positions without a hole, entries that never change, another
//! epoch after a loss, and calls that end in time.
//!
//! # Ids, verdicts and seeds
//!
//! Each case has an ID that does not change, such as `parse/line/cr-cr`. [`Options::filters`]
//! select cases by ID. If a case does not pass, its [`Level`](rule::Level) decides whether that is
//! a failure, a warning or a remark. A case about a feature that the implementation lacks is
//! unsupported. Equal [`Options`](suite::Options) give equal reports.
//!
//! # Where its own trust comes from
//!
//! The crate shares no code with the implementations that it judges. The model is tested against
//! the vectors. The suites are tested against implementations that are each wrong in one way, and
//! every case must find at least one of them.
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
