//! The state machine of a client that reconnects ([HTML, "Processing model"][standard]).
//!
//! [`Source`] decides when to connect, what to deliver, how long to wait and when to stop. It is the
//! standard's `EventSource` without network and clock. Its name is shorter, so that a client that is built
//! on it can have the name `EventSource`.
//!
//! The client calls [`Source::poll`] to learn what to do, does it, and reports the result:
//!
//! ```text
//!   waiting ------ Connect -----> connecting ------ response -----> open --- decode ---> items
//!      ^                              |                              |
//!      +------ end or error, or ------+-------- end or error --------+
//!              a status to wait out
//!
//!   closed, for good: any other response, or close() at any moment
//! ```
//!
//! # A client by hand
//!
//! In this example, the network is a list of responses, and a wait advances the clock.
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::reconnect::{Action, Reason, ResponseHead, Source};
//! use sse_proto::{Chunk, Decoder, Item};
//!
//! let mut answers = [
//!     (200, "id: 1\ndata: one\n\ndata: half an ev"),
//!     (503, ""),
//!     (200, "data: two\n\nid\n\nretry: 10\n"),
//!     (204, ""),
//! ]
//! .into_iter();
//! let mut log = Vec::new();
//! let mut stream = "";
//! let mut now = Duration::ZERO;
//! let random = || u64::MAX / 2; // Use a real random number generator.
//!
//! let mut source = Source::new(Decoder::new());
//! let reason = loop {
//!     match source.poll(now) {
//!         Action::Connect { last_event_id } => {
//!             log.push(format!("connect with {last_event_id:?}"));
//!             let (status, body) = answers.next().expect("no more connections than answers");
//!             let head = ResponseHead::new(status).with_content_type(["text/event-stream"]);
//!             source.handle_response(head, now, random());
//!             stream = body;
//!         }
//!         Action::Receive => {
//!             let mut chunk = Chunk::new(stream.as_bytes());
//!             while let Some(item) = source.decode(&mut chunk)? {
//!                 if let Item::Event(event) = item {
//!                     log.push(format!("deliver {}", event.data()));
//!                 }
//!             }
//!             source.handle_end(now, random());
//!         }
//!         Action::Wait(time) => {
//!             log.push(format!("wait {} ms", time.as_millis()));
//!             now += time;
//!         }
//!         Action::Closed(reason) => break reason,
//!     }
//! };
//! assert_eq!(reason, Reason::Status(204));
//! assert_eq!(log, [
//!     "connect with None",
//!     "deliver one",
//!     "wait 3000 ms",
//!     "connect with Some(\"1\")",
//!     "wait 3499 ms", // 503 is a failure, so some of the back-off is added.
//!     "connect with Some(\"1\")",
//!     "deliver two",
//!     "wait 10 ms", // The server has set this time, and has reset the ID.
//!     "connect with None",
//! ]);
//! # }
//! # Ok::<(), sse_proto::TooLarge>(())
//! ```
//!
//! # Guarantees
//!
//! These hold for any calls in any order:
//!
//! - **One connection.** [`Action::Connect`] is returned once, and again only after that connection is lost.
//! - **Closed for good.** After [`Source::close`] or a final response, the source delivers nothing and
//!   does not connect again.
//! - **The last event ID is kept.** Only the stream can set or reset it. Reconnecting does not.
//! - **The server's wait is respected.** The wait is at least the server's reconnection time, and at least
//!   its `Retry-After`. Both are limited to 5 minutes, or to another
//!   [limit](Source::with_max_requested_wait). The [`Backoff`] is added to the longer of the two.
//!
//! # Duties of the caller
//!
//! - Drop a lost connection before making the next one. The source cannot tell which connection a chunk
//!   comes from.
//! - Notice that a connection has become silent, and report it as an [error](Source::handle_error).
//! - [Close](Source::close) the source when more attempts are futile, for example after ten
//!   [failures](Source::failures) in a row.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model

mod action;
mod backoff;
mod end;
mod pace;
mod progress;
mod response;
mod settings;
mod source;

pub use action::{Action, ReadyState, Reason};
pub use backoff::Backoff;
pub use response::{ResponseHead, StatusPolicy, Verdict};
pub use source::Source;
