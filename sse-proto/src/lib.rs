//! Server-Sent Events without I/O: a decoder and an encoder for `text/event-stream`.
//!
//! This crate follows the standard to the byte ([HTML, "Server-sent events"][standard]). It reads no
//! sockets, has no clock and spawns no tasks. The caller passes bytes in and gets events out, so the
//! crate works with any HTTP library, with or without async, and on targets without an allocator.
//!
//! To serve or read event streams over HTTP, `sse-tower` is the crate to start with. It is built on
//! this one.
//!
//! # Overview
//!
//! - [`Decoder`] turns chunks of bytes into [`Item`]s: events, reconnection times, and comments if the
//!   caller wants them.
//! - [`Encoder`] writes events as text. [`Event`] owns its text, [`EventRef`] borrows it.
//! - [`reconnect::Source`] is the state machine of a client. It says when to connect, with which
//!   last event ID, and how long to wait.
//! - [`Lines`], [`Field`] and [`Blocks`] are the layers below the decoder, for proxies and debuggers
//!   that need the stream as it is.
//!
//! ```text
//! reading:  Chunk -> Lines -> Field -> Decoder -> Item
//!           Chunk -> Blocks -> Block (the bytes of an event, unchanged)
//! writing:  Event -> EventRef -> Encoder -> text
//! client:   response, bytes, end, error -> reconnect::Source -> connect, wait, Item, closed
//! ```
//!
//! # Decoding
//!
//! A stream arrives in chunks of any size. Wrap each one in a [`Chunk`], and call [`Decoder::decode`]
//! until it returns `None`. An event may begin in one chunk and end in another.
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
//! # Encoding
//!
//! An encoder writes to any [`fmt::Write`](core::fmt::Write), such as a `String`. The types of this
//! crate check their text when they are made, so an event cannot break the stream.
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
//! With feature `json`, the data of an event can be any value that serde can write or read.
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
//! # Without an allocator
//!
//! Without the feature `alloc`, decoder, encoder and reconnecting client work in memory that the
//! caller provides. The size of that memory is the limit for one event.
//!
//! ```
//! use sse_proto::{Chunk, Decoder, Encoder, EventRef, Item, SliceWriter};
//!
//! let mut decoder = Decoder::new_in([0; 128]);
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
//! # Reconnecting
//!
//! [`reconnect::Source`] tells the client what to do next, and the client reports the result. The
//! [module](reconnect#a-client-by-hand) shows a complete client.
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
//! # Guarantees
//!
//! - **Correct.** Every rule of the standard is followed, however the stream is cut into chunks. An
//!   event is returned as soon as its last byte has arrived: a lone CR ends its line at once.
//! - **Round trip.** `decode(encode(event)) == event` for every event that can be made. Values that
//!   could break a stream are refused when they are made ([`EventType`], [`EventId`]). Values that the
//!   standard treats alike decode to one form: CR, CRLF and LF in data become LF, and an empty ID
//!   becomes no ID.
//! - **Linear time.** Each byte is looked at a few times at most, even if every chunk has one byte.
//! - **Bounded memory.** The decoder buffers at most 16 MiB of an event by default. A larger event
//!   causes a [`TooLarge`] error, and decoding continues with the next event.
//!   [`DecoderBuilder::limit`] says how much memory that takes.
//! - **Cancel safety.** No call waits, so a task can be cancelled between any two calls. It loses only
//!   what is left of its chunk. The decoder can go on with the bytes that follow, or with another
//!   stream after [`Decoder::reset`].
//! - **Zero copy.** If the data of an event is one line in one chunk, it is borrowed from the chunk.
//!   Otherwise it is joined in a buffer that is reused. No event costs an allocation.
//!
//! # Comparison with other crates
//!
//! | | this crate | sse-core 0.2 | sse-stream 0.3 | eventsource-stream 0.2 |
//! |---|---|---|---|---|
//! | interface | chunks in, items out | chunks in, items out | a `Stream` of events | a `Stream` of events |
//! | encoder | yes | no | yes | no |
//! | events | borrowed or owned | owned | owned | owned |
//! | works without an allocator | yes | no | no | no |
//!
//! To turn a `Stream` of bytes into a `Stream` of events, the last two need less code than this crate.
//! sse-stream is also faster for long lines in large chunks: it validates text with simdutf8 and hands
//! out an event that it owns. The repository's README has a speed comparison on seven kinds of streams,
//! measured in one run.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | none | decoder and client in fixed memory, lines, blocks, encoder, media type |
//! | `alloc` | memory on the heap as the default, `Event`, types and IDs made at run time |
//! | `std` (default) | `alloc`, and the fastest byte search of the CPU, chosen at run time |
//! | `bytes` | `Event::from_bytes` and `Event::from_string`, which do not copy the data |
//! | `json` | `Event::from_json`, `Event::json` and `EventRef::json`, with serde_json |
//! | `serde` | `Serialize` and `Deserialize` for `Event`, `EventType` and `EventId` |
//! | `simdutf8` | faster validation of long text that is not all ASCII, with that crate |
//!
//! `bytes`, `json` and `serde` imply `alloc`. Features only add to the crate, and the same tests pass
//! with every combination of them.
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

/// Runs the code of the README with the documentation tests.
#[cfg(all(doctest, feature = "alloc"))]
#[doc = include_str!("../README.md")]
struct Readme;
