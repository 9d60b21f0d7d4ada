//! A hub: publish once, and resume from anywhere without silent loss.
//!
//! # What to do
//!
//! 1. Keep a [`Hub`] in the state of the server, and give it bounds that cover the longest absence of a client.
//! 2. Answer each request for events with `hub.subscribe(topics).after(last)`, where `last` is the request's
//!    [`LastEventId`].
//! 3. Publish after the change is stored, never before.
//! 4. Handle the event `gap` in the page: load the state anew.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, extract::{Path, State}, http::StatusCode, routing::get};
//! use sse_tower::{
//!     LastEventId, Sse,
//!     hub::{Hub, Subscription, Topic},
//! };
//!
//! async fn room(
//!     Path(room): Path<String>,
//!     last: LastEventId,
//!     State(hub): State<Hub>,
//! ) -> Result<Sse<Subscription>, StatusCode> {
//!     let topic = Topic::new(format!("room/{room}")).map_err(|_| StatusCode::BAD_REQUEST)?;
//!     Ok(Sse::new(hub.subscribe(topic).after(last)))
//! }
//!
//! let app: Router = Router::new().route("/rooms/{room}", get(room)).with_state(Hub::new());
//! # let _ = app;
//! # }
//! ```
//!
//! ```js
//! const events = new EventSource("/rooms/7");
//! events.onmessage = (event) => show(event.data);
//! events.addEventListener("gap", () => reloadState());
//! ```
//!
//! # The promise
//!
//! A subscriber gets each event of its topics exactly once over all its connections, in the order in which the log
//! has them, as long as the log has them. If the log has lost some, the subscriber gets one gap event that says
//! so, and goes on with the oldest event that is left. Nothing is lost silently.
//!
//! The promise ends at the client's last event ID. A page that is loaded again has none, unless it stores the ID and sends
//! it as `?lastEventId=…`.
//!
//! # IDs
//!
//! The hub gives each event its ID, and refuses an event that has one. The ID is opaque: it names the log,
//! the position in it, and some bits that tell the entry from another one at the same position. It is the
//! same for all topics, so a client may come back for other topics than before.
//!
//! A new client has no ID until its first event. If its connection broke before that, it would come back as a
//! new client, and the events in between would be lost. So each stream begins with the ID of its position, in a
//! block without data, which no browser dispatches as an event. A client of a quiet topic gets another one every 15
//! to 30 seconds if other topics have news, so that its ID does not become older than what the hub remembers.
//! [`checkpoints(false)`](crate::hub::Subscription::checkpoints) turns this off for clients
//! that take each blank line for an event.
//!
//! # Gaps
//!
//! A gap event has the type `gap` and JSON as its data, which [`Gap`] reads. Its reason is one of these:
//!
//! | reason | what happened | what the page does |
//! |---|---|---|
//! | `trimmed` | the client was away for longer than the log reaches back | load the state anew |
//! | `slow` | the client did not read for longer than that | the same |
//! | `epoch` | the ID is of another log: the server was restarted, or its log was lost | the same |
//! | `malformed` | the ID is not one of a hub: the client has made it up, or comes from another server | the same |
//!
//! The stream then goes on with the oldest event of its topics that is left. With
//! [`resume_live`](crate::hub::Subscription::resume_live) it goes on with the next new one, for a page that
//! loads its state anyway. The gap event's ID is that of the position before the next event. So a client that
//! loses the gap event is told again, and one that got it is not.
//!
//! A topic that is quiet has no gap because a busy one has filled the log. The hub remembers for each topic up to
//! where events are gone, for [10,000 topics](crate::hub::HubBuilder::max_remembered_topics) that have neither
//! events nor subscriptions now. Beyond that number, a client of a forgotten topic may be told of a gap that did
//! not happen.
//!
//! # Slow clients
//!
//! A subscription has no queue. A client that does not read costs the memory of its connection, and nothing in
//! the hub. When it reads again, it gets what the log has, joined into large frames. If events of its topics are gone, it
//! gets a gap event with the reason `slow`.
//!
//! # A snapshot, then the events
//!
//! Take the position, read the state, and subscribe after the position:
//!
//! ```
//! # use std::sync::Mutex;
//! # use sse_tower::{Event, hub::{Hub, PublishError}};
//! # fn main() -> Result<(), PublishError> {
//! # let (hub, state) = (Hub::new(), Mutex::new(0));
//! // The writer stores the change before it publishes it.
//! *state.lock().unwrap() += 1;
//! hub.publish_now("counter", Event::new("1"))?;
//!
//! // The reader takes the position before it reads the state.
//! let position = hub.head();
//! let snapshot = *state.lock().unwrap();
//! let changes = hub.subscribe("counter").after(position);
//! # let _ = (snapshot, changes);
//! # Ok(())
//! # }
//! ```
//!
//! A change that is stored but not yet published may be in both the snapshot and the events, so a
//! change should be such that applying it twice does no harm. A writer that publishes first breaks this: a reader
//! may then miss the change in both.
//!
//! # Who may see what
//!
//! A hub has no notion of users. The handler decides which topics a request may subscribe to, before it does. From
//! the positions in the IDs, each subscriber can tell how many events all topics have together. If that is a
//! secret, use one hub for each group that may know it.
//!
//! # Why not a broadcast channel
//!
//! `tokio::sync::broadcast` with [`Sse`](crate::Sse) is enough where an event that is missed does not matter.
//! What differs:
//!
//! | | broadcast channel | hub |
//! |---|---|---|
//! | a client that reconnects | misses what was sent meanwhile | gets it, or a gap event |
//! | a client that reads slowly | its receiver fails with `Lagged`; the events are gone | reads from the log |
//! | topics | one channel for each, or everyone filters everything | an index; only the topic's subscribers are woken |
//! | encoding | once for each client, unless the channel carries frames | once |
//! | memory | the channel's capacity, counted in events | bounds in bytes, events and age |
//!
//! [`Gap`]: crate::hub::Gap
//! [`Hub`]: crate::hub::Hub
//! [`LastEventId`]: crate::LastEventId
