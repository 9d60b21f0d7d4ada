//! Server-Sent Events without I/O: bytes to lines to fields to events, and events to bytes.
//!
//! This crate reads and writes `text/event-stream` exactly as the standard says
//! ([HTML, "Server-sent events"][standard]). It has no clock, opens nothing and spawns nothing:
//! the bytes come in as arguments, whatever carried them.
//!
//! One file for each arrow:
//!
//! ```text
//! reading:  Chunk -> Lines -> Field -> Decoder -> Item (event, reconnection time, comment)
//! writing:  Event -> EventRef -> Encoder -> text
//! client:   response, bytes, end, error -> reconnect::Source -> connect, wait, Item, closed
//! ```
//!
//! # Decode a stream that arrives in chunks
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use sse_proto::{Chunk, Decoder, Item};
//!
//! let mut decoder = Decoder::new();
//! let mut seen = Vec::new();
//! for bytes in ["event: tick\nda", "ta: 1\nid: 7\n", "\n"] {
//!     let mut chunk = Chunk::new(bytes.as_bytes());
//!     while let Some(item) = decoder.decode(&mut chunk)? {
//!         if let Item::Event(event) = item {
//!             seen.push(format!("{} {}", event.event_type(), event.data()));
//!         }
//!     }
//! }
//! assert_eq!(seen, ["tick 1"]);
//! assert_eq!(decoder.last_event_id(), "7");
//! # }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Encode
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use sse_proto::{Encoder, Event, EventType};
//!
//! const TICK: EventType = EventType::from_static("tick");
//!
//! let mut encoder = Encoder::new(String::new());
//! encoder.event(&Event::new("one\ntwo").with_type(TICK).with_id(7))?;
//! assert_eq!(encoder.into_inner(), "event: tick\ndata: one\ndata: two\nid: 7\n\n");
//! # }
//! # Ok::<(), core::fmt::Error>(())
//! ```
//!
//! # What is promised
//!
//! - **Correct**: every rule of the standard, whatever the chunking. An event is given out with
//!   the byte at which it is due, never later: a lone CR ends its line at once.
//! - **The law**: `decode(encode(event)) == event` for every event that can be made. Values that
//!   could break a stream are refused where they are made ([`EventType`], [`EventId`]). What a reader
//!   cannot tell apart comes back as one: CR, CRLF and LF in data as LF, an empty ID as none.
//! - **Linear**: a few passes over each byte at most, even with one byte a chunk.
//! - **Bounded**: what the decoder holds is limited, by default, too; past the limit comes a
//!   `TooLarge`, and decoding goes on after the next blank line.
//! - **Zero copy**: the data of an event that lies in one chunk, in one line, is borrowed from it.
//!   Otherwise it is joined in a buffer that is used again; no allocation per event.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | none | [`Chunk`], [`Lines`], [`Field`], [`EventRef`], [`Encoder`], [`media_type`]: no allocator |
//! | `alloc` | `Decoder`, `reconnect`, `Event`, values made at run time |
//! | `std` (default) | `alloc`, and run-time choice of the fastest byte search |
//! | `bytes` | `Event::from_bytes`, `Event::from_string`: data that is not copied |
//! | `json` | `Event::from_json`, `Event::json`, `EventRef::json`, by serde_json |
//! | `serde` | `Serialize` and `Deserialize` for `Event`, `EventType`, `EventId` |
//! | `simdutf8` | faster validation of long text that is not all ASCII, by that crate |
//!
//! `bytes`, `json` and `serde` imply `alloc`. A feature adds; none changes what is there without it,
//! and each combination passes the same tests.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod blocks;
mod buffers;
mod builder;
mod chunk;
mod decode;
mod encode;
mod event;
mod field;
#[cfg(feature = "json")]
mod json;
mod line;
mod log;
pub mod media_type;
mod memory;
#[cfg(feature = "alloc")]
pub mod reconnect;
#[cfg(feature = "serde")]
mod serde;
mod slice_writer;
mod utf8;
mod value;

pub use blocks::{Block, Blocks, Fields};
pub use builder::{DecoderBuilder, TooLarge};
pub use chunk::Chunk;
pub use decode::{Decoder, Item};
pub use encode::Encoder;
#[cfg(feature = "alloc")]
pub use event::Event;
pub use event::EventRef;
#[cfg(feature = "bytes")]
pub use event::InvalidData;
pub use field::Field;
#[cfg(feature = "json")]
pub use json::JsonError;
pub use line::{LinePart, Lines};
#[cfg(feature = "alloc")]
pub use memory::Heap;
pub use memory::Memory;
pub use slice_writer::SliceWriter;
pub use value::{EventId, EventType, InvalidEventId, InvalidEventType};

/// The README's code is run with the documentation's.
#[cfg(all(doctest, feature = "alloc"))]
#[doc = include_str!("../README.md")]
struct Readme;
