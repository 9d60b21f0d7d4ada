//! Resuming: what a client says when it comes back, and how nothing is lost.
//!
//! # What the client sends
//!
//! A client remembers the ID of the last event that it has dispatched, and sends it when it connects
//! again. [`LastEventId`](crate::LastEventId) reads it; in axum it is an extractor, and `SseLayer` puts
//! it into the request's extensions. A stream then begins after that event:
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
//! // A log of five entries, whose IDs are their numbers.
//! let mut service = SseLayer::new().layer(service_fn(|request: Request<()>| async move {
//!     let last = LastEventId::of(&request);
//!     let seen = last.get().and_then(|id| id.as_str().parse().ok()).unwrap_or(0);
//!     let rest = (seen + 1..=5_u64).map(|n| Ok::<_, Infallible>(Event::new("entry").with_id(n)));
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
//! # Between the log and what is live
//!
//! An event that happens after the log was read and before the live source is listened to is lost.
//! Listen first, then read, then leave out of the live events what the log had:
//!
//! ```
//! use std::{collections::BTreeMap, convert::Infallible, sync::{Arc, Mutex}};
//!
//! use sse_tower::{Event, Lagged, Sse, testing::EventReader};
//! use tokio::sync::broadcast;
//! use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};
//!
//! #[derive(Clone)]
//! struct Feed {
//!     log: Arc<Mutex<BTreeMap<u64, String>>>,
//!     live: broadcast::Sender<u64>,
//! }
//!
//! impl Feed {
//!     fn publish(&self, number: u64, text: &str) {
//!         self.log.lock().unwrap().insert(number, text.to_owned());
//!         // Nobody listens: the log has it.
//!         let _ = self.live.send(number);
//!     }
//!
//!     /// What came after `seen`, and then what comes.
//!     fn after(&self, seen: u64) -> impl Stream<Item = Result<Event, Lagged>> + use<> {
//!         let live = BroadcastStream::new(self.live.subscribe());
//!         let past: Vec<u64> = self.log.lock().unwrap().range(seen + 1..).map(|(n, _)| *n).collect();
//!         let read = past.last().copied().unwrap_or(seen);
//!         let live = live.filter(move |number| !matches!(number, Ok(number) if *number <= read));
//!         let log = self.log.clone();
//!         tokio_stream::iter(past.into_iter().map(Ok)).chain(live).map(move |number| match number {
//!             Ok(number) => Ok(Event::new(log.lock().unwrap()[&number].as_str()).with_id(number)),
//!             Err(tokio_stream::wrappers::errors::BroadcastStreamRecvError::Lagged(missed)) => {
//!                 Err(Lagged::new(missed))
//!             }
//!         })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let feed = Feed { log: Arc::default(), live: broadcast::channel(16).0 };
//! feed.publish(1, "one");
//! feed.publish(2, "two");
//! let mut reader = EventReader::new(Sse::new(feed.after(1)).into_http());
//! feed.publish(3, "three");
//! assert_eq!(reader.event().await, Event::new("two").with_id(2));
//! assert_eq!(reader.event().await, Event::new("three").with_id(3));
//! # }
//! ```
//!
//! A reader that is too slow for the broadcast's buffer gets [`Lagged`](crate::Lagged): the stream ends
//! in order, the client comes back with its last ID, and the log has what it missed.
//!
//! # What cannot be resumed
//!
//! An ID may be older than the log, of another server, or no ID at all. A client must not be turned
//! away for it: `EventSource` would never come back, and sends the same again if it does. Nor may it
//! be left to believe that nothing was missed. Tell it in an event, and go on from now:
//!
//! ```
//! use sse_tower::{Event, EventType, LastEventId};
//!
//! const GAP: EventType = EventType::from_static("gap");
//!
//! /// What to send before the live events.
//! fn greeting(last: &LastEventId, oldest: u64) -> Option<Event> {
//!     let number = last.get().map(|id| id.as_str().parse::<u64>());
//!     let is_gap = match number {
//!         None => last.is_malformed(),
//!         Some(Err(_)) => true,
//!         Some(Ok(number)) => number + 1 < oldest,
//!     };
//!     is_gap.then(|| Event::from_static("reload").with_type(GAP))
//! }
//! # use http::Request;
//! # let came_with = |id: &str| Request::get("/").header("last-event-id", id).body(()).unwrap();
//! # assert_eq!(greeting(&LastEventId::of(&came_with("41")), 42), None);
//! # assert!(greeting(&LastEventId::of(&came_with("40")), 42).is_some());
//! # assert!(greeting(&LastEventId::of(&came_with("x")), 42).is_some());
//! # assert_eq!(greeting(&LastEventId::none(), 42), None);
//! ```
//!
//! # IDs
//!
//! - Keep them to letters, digits, `-` and `_`, and to 128 bytes: beyond that, a request of `fetch` for
//!   another origin has to be preflighted, and a header field may not carry them.
//! - A heartbeat has none, in whatever form. An event without an ID keeps the last one.
//! - To move a client's place without an event, send
//!   [`EventFrame::last_event_id`](crate::EventFrame::last_event_id). Its first block can do so: a
//!   client whose connection breaks before the first event then resumes from where it began.
//! - Clients of the query parameters `lastEventId`, `last_event_id` and `evs_last_event_id` are old
//!   polyfills. The header field wins, since the query stays what it was.
