//! Hub: publish an event once for all clients, which resume without silent loss.
//!
//! # What to do
//!
//! 1. Keep a [`Hub`] in the state of the server, and give it bounds that cover the longest absence of a client.
//! 2. Answer each request for events with `hub.subscribe(topics).after(last)`, where `last` is the request's
//!    [`LastEventId`].
//! 3. Publish after the change is stored, never before.
//! 4. Handle the event `gap` in the page: reload the state.
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
//! A subscriber gets each event of its topics exactly once over all its connections, in the order of the log, as long
//! as the log has it. If the log has lost events, the subscriber gets one gap event, and then continues with the
//! oldest event that is left. No event is lost silently.
//!
//! The promise depends on the client's last event ID. A page that is reloaded has none, unless it stores the ID and
//! sends it as `?lastEventId=…`.
//!
//! # IDs
//!
//! The hub gives each event its ID, and refuses an event that already has one. The ID is opaque. It contains the log,
//! the position in the log, and some bits that distinguish the entry from another one at the same position. All
//! topics share the IDs, so a client may reconnect for other topics than before.
//!
//! A new client has no ID until its first event. If its connection broke before that, it would reconnect as a new
//! client, and the events in between would be lost. So each stream starts with the ID of its position, in a block
//! without data, which no browser dispatches as an event. If only other topics have new events, a client of a quiet
//! topic gets another such block every 15 to 30 seconds, so that its ID does not become older than the log.
//! [`checkpoints(false)`](crate::hub::Subscription::checkpoints) turns this off for clients that treat each blank line
//! as an event.
//!
//! # Gaps
//!
//! A gap event has the type `gap` and JSON as its data, which [`Gap`] reads. Its reason is one of these:
//!
//! | reason | what happened | what the page does |
//! |---|---|---|
//! | `trimmed` | the client was away for longer than the log reaches back | reload the state |
//! | `slow` | the client did not read for longer than that | the same |
//! | `epoch` | the ID belongs to another log: the server was restarted, or its log was lost | the same |
//! | `malformed` | the ID was not made by a hub: the client invented it, or got it from another server | the same |
//!
//! The stream then continues with the oldest event of its topics that is left. With
//! [`resume_live`](crate::hub::Subscription::resume_live) it continues with the next new event, for a page that
//! reloads its state anyway. The gap event has the ID of the position before the next event. So a client that loses
//! the gap event gets it again, and a client that received it does not.
//!
//! A quiet topic has no gap when a busy one fills the log: for each topic, the hub remembers the position of its last
//! lost event. For topics without events and subscriptions this table is bounded, by default to
//! [10,000 topics](crate::hub::HubBuilder::max_remembered_topics). Beyond that number, a client of a forgotten topic
//! may get a gap event although it lost nothing.
//!
//! # Slow clients
//!
//! A subscription has no queue. A client that does not read costs the memory of its connection, and nothing in the
//! hub. When it reads again, it gets the events of the log, joined into large frames. If events of its topics are
//! gone, it gets a gap event with the reason `slow`.
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
//! A change that is stored but not yet published may be in both the snapshot and the events. So make sure that
//! applying a change twice does no harm. Do not publish first: a reader could then miss the change in both.
//!
//! # Access control
//!
//! A hub knows no users. The handler must decide which topics a request may subscribe to. From the positions in the
//! IDs, each subscriber can learn how many events all topics have together. If that is a secret, use one hub for
//! each group of users that may know it.
//!
//! A stream outlives the check of its request. [`expires_at`](crate::hub::Subscription::expires_at) ends it when
//! the client's token does, and the handler checks the new token when the client comes back:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use std::time::{Duration, Instant};
//!
//! use axum::{extract::{FromRequestParts, Path, State}, http::{StatusCode, request::Parts}};
//! use sse_tower::{
//!     LastEventId, Sse,
//!     hub::{Hub, Subscription},
//! };
//!
//! /// The user of a request, from its checked token.
//! struct User {
//!     team: String,
//!     expires_at: Instant,
//! }
//!
//! async fn feed(
//!     user: User,
//!     Path(team): Path<String>,
//!     last: LastEventId,
//!     State(hub): State<Hub>,
//! ) -> Result<Sse<Subscription>, StatusCode> {
//!     if user.team != team {
//!         return Err(StatusCode::FORBIDDEN);
//!     }
//!     let topic = format!("teams/{team}");
//!     Ok(Sse::new(hub.subscribe(&topic).after(last).expires_at(user.expires_at)))
//! }
//! # impl<S: Sync> FromRequestParts<S> for User {
//! #     type Rejection = StatusCode;
//! #     async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
//! #         let expires_at = Instant::now() + Duration::from_secs(3600);
//! #         Ok(Self { team: "red".into(), expires_at })
//! #     }
//! # }
//! # let app: axum::Router = axum::Router::new()
//! #     .route("/teams/{team}", axum::routing::get(feed))
//! #     .with_state(Hub::new());
//! # let _ = app;
//! # }
//! ```
//!
//! # Who is there, and who has to go
//!
//! Give a subscription the [key](crate::hub::Subscription::key) of its user or session. Then
//! [`Hub::presence`](crate::hub::Hub::presence) tells who is subscribed to a topic, and
//! [`Hub::kick`](crate::hub::Hub::kick) ends the streams of a key. Both know only the subscriptions of this
//! process. A native `EventSource` comes back a few seconds after its stream was ended, so the handler has to refuse
//! it:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! # use std::{collections::HashSet, sync::{Arc, Mutex}};
//! use axum::{extract::{Path, State}, http::StatusCode};
//! use sse_tower::{
//!     LastEventId, Sse,
//!     hub::{Hub, Subscription},
//! };
//!
//! # type Users = Arc<Mutex<HashSet<String>>>;
//! async fn feed(
//!     Path(user): Path<String>,
//!     last: LastEventId,
//!     State((hub, banned)): State<(Hub, Users)>,
//! ) -> Result<Sse<Subscription>, StatusCode> {
//!     if banned.lock().unwrap().contains(&user) {
//!         // With this status an `EventSource` does not come back.
//!         return Err(StatusCode::NO_CONTENT);
//!     }
//!     Ok(Sse::new(hub.subscribe("news").after(last).key(user)))
//! }
//!
//! fn ban(user: &str, hub: &Hub, banned: &Users) {
//!     // In this order: a client that comes back in between is refused.
//!     banned.lock().unwrap().insert(user.to_owned());
//!     hub.kick(user);
//! }
//! # let _ = (feed, ban);
//! # }
//! ```
//!
//! A request that was checked before the ban may subscribe after the kick. To be sure, check again when the
//! stream has begun, or kick a second time later.
//!
//! # What a hub is doing
//!
//! [`Hub::snapshot`](crate::hub::Hub::snapshot) shows an administrator the topics, the subscriptions and how far
//! they are behind, as JSON. For metrics, [`on_notice`](crate::hub::HubBuilder::on_notice) tells each published
//! event, subscription and gap event, and [`Settings::on_notice`](crate::Settings::on_notice) the start and the end of
//! each stream.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
//!
//! use axum::{Router, routing::get};
//! use sse_tower::hub::{Hub, HubNotice};
//!
//! let gaps = Arc::new(AtomicU64::new(0));
//! let count = gaps.clone();
//! let hub = Hub::builder()
//!     .on_notice(move |notice| {
//!         if let HubNotice::Gap(_) = notice {
//!             count.fetch_add(1, Ordering::Relaxed);
//!         }
//!     })
//!     .build();
//! // Only for administrators: a snapshot names keys and topics.
//! let snapshot = async move || serde_json::to_string(&hub.snapshot(100)).unwrap_or_default();
//! let admin: Router = Router::new()
//!     .route("/hub", get(snapshot))
//!     .route("/gaps", get(async move || gaps.load(Ordering::Relaxed).to_string()));
//! # let _ = admin;
//! # }
//! ```
//!
//! # Several processes
//!
//! With feature `redis`, the processes of a server share a log in Redis. Each of them publishes to it, and each delivers
//! the events of all. A client may come back to any of them, with the same last event ID:
//!
//! ```no_run
//! # #[cfg(feature = "redis")] {
//! use sse_tower::{
//!     hub::{Hub, log::{LogName, redis::{RedisLog, RedisOptions}}},
//!     rt::TokioTimer,
//! };
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let log = RedisLog::connect("redis://:password@redis.internal", RedisOptions::new()).await?;
//! let (hub, driver) = Hub::builder().build_on(log, LogName::new("orders")).await?;
//! tokio::spawn(driver.run(TokioTimer));
//! # let _ = hub;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! Redis may lose the newest events that it has confirmed, for example in a crash. So the log begins anew after each
//! restart and each failover of the server, and every client gets one gap event with the reason `epoch`. This is also
//! the case if Redis has saved all events, since it does not tell whether it has.
//!
//! While Redis is out of reach:
//!
//! | who | what happens |
//! |---|---|
//! | publishers | an error within 4 seconds. `NotPublished`: publish again. `Unknown`: the event may be published. With a [publish ID](crate::hub::Publish::publish_id), publishing it again within two minutes does not double it |
//! | subscribers | their streams stay open, with heartbeats, for 30 seconds ([`max_outage`]). Then the streams end cleanly, and clients that come back are sent away at once |
//! | a load balancer | [`Hub::health`] tells it, by an endpoint of yours, to send new clients elsewhere |
//! | afterwards | the hub reads on. If Redis has kept the log, nothing is lost or doubled. If not, everyone gets a gap event |
//!
//! Another store can be used by an implementation of [`Log`](crate::hub::log::Log).
//!
//! The chapter [capacity](super::capacity) says how many nodes you need, what Redis sees of them, and when to split a hub.
//!
//! [`max_outage`]: crate::hub::HubBuilder::max_outage
//! [`Hub::health`]: crate::hub::Hub::health
//!
//! # Why not a broadcast channel
//!
//! `tokio::sync::broadcast` with [`Sse`](crate::Sse) is enough if missed events do not matter. The differences:
//!
//! | | broadcast channel | hub |
//! |---|---|---|
//! | a client that reconnects | misses the events in between | gets them, or a gap event |
//! | a client that reads slowly | its receiver fails with `Lagged`; the events are gone | reads from the log |
//! | topics | one channel for each, or everyone filters everything | an index: only the topic's subscribers are woken |
//! | encoding | once for each client, unless the channel carries frames | once |
//! | memory | the channel's capacity, counted in events | bounds in bytes, events and age |
//!
//! [`Gap`]: crate::hub::Gap
//! [`Hub`]: crate::hub::Hub
//! [`LastEventId`]: crate::LastEventId
