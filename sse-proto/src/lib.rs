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
//!           Chunk -> Blocks -> Block (the bytes as they are, for proxies and debuggers)
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
//! # JSON
//!
//! ```
//! # #[cfg(feature = "json")] {
//! use sse_proto::Event;
//!
//! let event = Event::from_json(&[1, 2, 3])?;
//! assert_eq!(event.data(), "[1,2,3]");
//! assert_eq!(event.json::<Vec<u32>>()?, [1, 2, 3]);
//! # }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # In fixed memory
//!
//! Nothing here needs an allocator: not the decoder, not the encoder, not a client that reconnects.
//!
//! ```
//! use sse_proto::{Chunk, Decoder, Encoder, EventRef, Item, SliceWriter};
//!
//! let mut decoder = Decoder::new_in([0; 128]); // The limit, too.
//! let mut memory = [0; 64];
//! let mut writer = SliceWriter::new(&mut memory);
//! for bytes in [&b"data: 20"[..], b".5\n\n"] {
//!     let mut chunk = Chunk::new(bytes);
//!     while let Some(item) = decoder.decode(&mut chunk)? {
//!         if let Item::Event(event) = item {
//!             Encoder::new(&mut writer).event(event)?;
//!         }
//!     }
//! }
//! assert_eq!(writer.as_str(), "data: 20.5\n\n");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # A client that reconnects
//!
//! The state machine says what to do, and is told what came of it. The
//! [module](reconnect#a-client-by-hand) has a whole client.
//!
//! ```
//! use core::time::Duration;
//! use sse_proto::reconnect::{Action, ResponseHead, Source};
//! use sse_proto::{Chunk, Decoder};
//!
//! let (now, random) = (Duration::ZERO, 0);
//! let mut source = Source::new(Decoder::new_in([0; 64]));
//! assert_eq!(source.poll(now), Action::Connect { last_event_id: None });
//! let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
//! source.handle_response(head, now, random);
//! assert!(source.decode(&mut Chunk::new(b"id: 7\n\nretry: 10\n"))?.is_some());
//! source.handle_end(now, random);
//! assert_eq!(source.poll(now), Action::Wait(Duration::from_millis(10)));
//! assert_eq!(source.last_event_id(), "7");
//! # Ok::<(), sse_proto::TooLarge>(())
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
//! - **Bounded**: what the decoder holds is limited, by default, too; past the limit comes a `TooLarge`,
//!   and decoding goes on after the next blank line. What memory that takes says
//!   [`DecoderBuilder::limit`].
//! - **Nothing awaits**: every call is over when it returns, so that a task may be cancelled between
//!   any two. What it loses is what is left in its chunk; a decoder that lives on goes on behind that,
//!   or at the start of another stream after [`Decoder::reset`].
//! - **Zero copy**: the data of an event that lies in one chunk, in one line, is borrowed from it.
//!   Otherwise it is joined in a buffer that is used again; no allocation per event.
//!
//! # Beside other crates
//!
//! | | this crate | sse-core 0.2 | sse-stream 0.3 | eventsource-stream 0.2 |
//! |---|---|---|---|---|
//! | shape | chunks in, items out | chunks in, items out | a `Stream` of events | a `Stream` of events |
//! | encodes, too | yes | no | yes | no |
//! | events | borrowed or owned | owned | owned | owned |
//! | without an allocator | yes | no | no | no |
//!
//! Who has a `Stream` of bytes and wants one of events has it with less code from the last two, and one
//! long line that arrives in large chunks is read faster by sse-stream, which validates text by
//! simdutf8 and owns the event it gives out. How fast each is on streams of seven kinds stands in the
//! repository's README, measured in one run.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | none | decoder and client in fixed memory, lines, blocks, encoder, media type: no allocator |
//! | `alloc` | memory on the heap as the default, `Event`, types and IDs made at run time |
//! | `std` (default) | `alloc`, and run-time choice of the fastest byte search |
//! | `bytes` | `Event::from_bytes`, `Event::from_string`: data that is not copied |
//! | `json` | `Event::from_json`, `Event::json`, `Event::json_by_type`, the same for `EventRef`, by serde_json |
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
mod chunk;
mod decode;
mod encode;
mod error;
mod event;
mod excerpt;
mod field;
mod item;
mod line;
mod mask;
pub mod media_type;
mod memory;
pub mod reconnect;
mod utf8;
mod value;

pub use blocks::{Block, Blocks, Fields};
pub use chunk::Chunk;
pub use decode::{Decoder, DecoderBuilder};
pub use encode::{Encoder, SliceWriter};
#[cfg(feature = "bytes")]
pub use error::InvalidData;
#[cfg(feature = "json")]
pub use error::JsonError;
pub use error::{InvalidEventId, InvalidEventType, TooLarge};
#[cfg(feature = "alloc")]
pub use event::Event;
pub use event::EventRef;
pub use field::Field;
pub use item::Item;
#[cfg(feature = "alloc")]
pub use item::OwnedItem;
pub use line::{LinePart, Lines};
#[cfg(feature = "alloc")]
pub use memory::Heap;
pub use memory::Memory;
pub use value::{EventId, EventType};

/// The README's code is run with the documentation's.
#[cfg(all(doctest, feature = "alloc"))]
#[doc = include_str!("../README.md")]
struct Readme;
