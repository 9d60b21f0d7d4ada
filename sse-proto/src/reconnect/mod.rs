//! When to connect, what to deliver, how long to wait, when to stop
//! ([HTML, "Processing model"][standard]).
//!
//! [`Source`] is the standard's `EventSource` without network, clock and page. It has another name
//! so that the client built on it, which has them, can have that one. Whoever drives it asks what
//! to do ([`Source::poll`]), does it, and hands in what happened:
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
//! The network is a list of answers, and waiting moves the clock.
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
//! let random = || u64::MAX / 2; // A generator of random numbers, which ought to be better.
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
//!     "wait 3499 ms", // 503: a failure, so that some of the back-off is added.
//!     "connect with Some(\"1\")",
//!     "deliver two",
//!     "wait 10 ms", // The server said so, and has reset the ID.
//!     "connect with None",
//! ]);
//! # }
//! # Ok::<(), sse_proto::TooLarge>(())
//! ```
//!
//! # What is promised
//!
//! Whatever is called, in whatever order:
//!
//! - **One connection**: [`Action::Connect`] comes once, and again when that connection is lost.
//! - **Closed is closed**: after [`Source::close`], or a response that is final, nothing is
//!   delivered and nothing is connected.
//! - **No ID is forgotten**: the last event ID is kept over any number of reconnects, until the
//!   stream sets or resets it.
//! - **The server is heard**: the wait is never shorter than its reconnection time, nor than its
//!   `Retry-After`, up to a limit of 5 minutes that [can be set](Source::with_max_requested_wait). The
//!   [`Backoff`] is added to the longer of the two.
//!
//! # What is left to the caller
//!
//! To drop a connection that is lost before the next one is made, so that what comes in is always
//! from the last one asked for. To notice that a connection has gone silent, which is an
//! [error](Source::handle_error). To [close](Source::close) when it is futile to go on, say after so
//! many [failures](Source::failures).
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
