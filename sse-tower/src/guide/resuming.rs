//! Resuming: how a client that reconnects gets the events that it missed.
//!
//! # What the client sends
//!
//! A client stores the ID of the last event that it received, and sends it when it reconnects.
//! [`LastEventId`](crate::LastEventId) reads it from the request. In axum it is an extractor, and `SseLayer`
//! puts it into the request's extensions. [`LastEventId::parse`](crate::LastEventId::parse) returns the value,
//! or says that the ID is absent or unreadable. The stream then starts after that event:
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
//! Between the two, an event is easily lost, sent twice or sent out of order. This feed avoids all three, for
//! any number of publishers and clients:
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
//!   A subscription reads the log and subscribes to the live events under the same lock, so no event falls
//!   between the two and none is sent twice.
//! - **An epoch in the ID.** After a restart the numbers start again. Without the epoch, a client with the
//!   ID 500 from before the restart would not get the first 500 new events.
//! - **No arithmetic on the client's number** except `checked_sub`. If the number is larger than the newest
//!   one, the subtraction fails and the client gets the gap event.
//! - **A panic stops one client, not the server.** `PoisonError::into_inner` takes the lock even after a
//!   panic in another thread. The log is still valid then, because nothing that can panic runs between two
//!   changes of it.
//!
//! If a client is more than `BEHIND` events behind, its stream yields [`Lagged`](crate::server::Lagged) and ends
//! cleanly. The client reconnects with its last event ID, and the log has the events that it missed.
//!
//! # When a client cannot be resumed
//!
//! An ID may be older than the log, come from before a restart, be larger than the newest one, or be
//! malformed. Do not refuse the client, because `EventSource` would give up for good. Do not ignore the problem
//! either, because the client would believe that it missed nothing. Send an event that says so, such as `gap`
//! above, and continue with the new events. The client then reloads its state. The gap event has the ID of
//! the newest event, so that the client can resume from there.
//!
//! # IDs
//!
//! - Use only letters, digits, `-` and `_`, and at most 128 bytes. With other IDs, `fetch` needs a preflight for
//!   another origin, and a header field may be unable to carry them.
//! - A heartbeat never has an ID. An event without an ID leaves the client's ID unchanged.
//! - To set a client's ID without an event, send
//!   [`EventFrame::last_event_id`](crate::EventFrame::last_event_id). As the first block of a stream, it helps a
//!   client whose connection breaks before the first event: the client then resumes from the start of that
//!   stream.
//! - Clients of Mercure send the query parameter `lastEventID`. Old polyfills send `lastEventId`,
//!   `last_event_id` or `evs_last_event_id`. The header field wins, because the query of a native `EventSource`
//!   never changes.
