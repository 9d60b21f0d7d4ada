//! Resuming: how a client that reconnects gets the events it has missed.
//!
//! # What the client sends
//!
//! A client remembers the ID of the last event that it has dispatched, and sends it when it connects
//! again. [`LastEventId`](crate::LastEventId) reads it; in axum it is an extractor, and `SseLayer` puts
//! it into the request's extensions. [`LastEventId::parse`](crate::LastEventId::parse) tells an absent
//! ID, an unreadable one and a value apart. The stream then begins after that event:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use sse_tower::{Event, LastEventId, SseLayer, testing::EventReader};
//! use tower::{Layer, Service, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Infallible> {
//! // A log of five entries, whose IDs are their numbers. A client with another ID gets all of them.
//! let mut service = SseLayer::new().layer(service_fn(|request: Request<()>| async move {
//!     let seen = LastEventId::of(&request).parse::<u64>().value().filter(|id| *id <= 5);
//!     let rest = (1..=5).skip_while(move |n| Some(*n) <= seen);
//!     let rest = rest.map(|n| Ok::<_, Infallible>(Event::new("entry").with_id(n)));
//!     Ok::<_, Infallible>(Response::new(tokio_stream::iter(rest)))
//! }));
//!
//! let mut reader = EventReader::new(service.call(Request::new(())).await?);
//! for _ in 0..3 {
//!     reader.event().await;
//! }
//! let again = reader.disconnect().resume(Request::new(()));
//! let mut reader = EventReader::new(service.call(again).await?);
//! assert_eq!(reader.rest().await.len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # A log and live events
//!
//! A server keeps its newest events in a log, and sends new events to the clients that are connected.
//! Between the two, an event is easily lost, sent twice or sent out of order. This feed does it
//! right, for any number of publishers and clients:
//!
//! ```
// The example is a file of its own, so that `tests/it/guide_feed.rs` runs the same code.
#![doc = include_str!("feed.rs")]
//! # use sse_tower::{Sse, testing::EventReader};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let feed = Feed::new();
//! # let mut reader = EventReader::new(Sse::new(feed.subscribe(&LastEventId::none())).into_http());
//! # feed.publish("one");
//! # assert_eq!(reader.event().await.data(), "one");
//! # }
//! ```
//!
//! A handler returns `Sse::new(feed.subscribe(&last))`. The points that matter:
//!
//! - **One lock.** Numbering, insertion and sending are one step, so all clients see the same order.
//!   A subscription reads the log and joins the live events under the same lock, so no event falls
//!   between the two and none comes twice.
//! - **An epoch in the ID.** After a restart the numbers begin again. Without the epoch, the ID 500
//!   from before the restart would hide the first 500 new events.
//! - **No arithmetic on the client's number** except `checked_sub`. A number from the future has no
//!   difference to the newest one, and the client is told of a gap.
//! - **A panic stops one client, not the server.** `PoisonError::into_inner` takes the lock even after a
//!   panic in another thread. The log is then still valid, because nothing that can panic runs between
//!   two changes of it.
//!
//! A client that is more than `BEHIND` events behind gets [`Lagged`](crate::server::Lagged): its stream ends
//! cleanly, the client reconnects with its last event ID, and the log has the events it has missed.
//!
//! # When a client cannot be resumed
//!
//! An ID may be older than the log, come from before a restart or from the future, or be no ID at
//! all. Do not refuse the client: `EventSource` would give up for good. Do not stay silent either: the
//! client would believe that it has missed nothing. Send an event that says so, such as `gap` above, and
//! go on with the new events. The client then loads its state anew. The gap event has the ID of the
//! newest event, so that the client can resume from there.
//!
//! # IDs
//!
//! - Keep them to letters, digits, `-` and `_`, and to 128 bytes: beyond that, a request of `fetch` for
//!   another origin has to be preflighted, and a header field may not carry them.
//! - A heartbeat has none, in whatever form. An event without an ID keeps the last one.
//! - To move a client's place without an event, send
//!   [`EventFrame::last_event_id`](crate::EventFrame::last_event_id). Its first block can do so: a
//!   client whose connection breaks before the first event then resumes from where it began.
//! - Clients of Mercure send the query parameter `lastEventID`. Old polyfills send `lastEventId`,
//!   `last_event_id` or `evs_last_event_id`. The header field wins, since the query stays what it was.
