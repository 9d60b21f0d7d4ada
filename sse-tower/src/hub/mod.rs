//! A hub: publish an event once, and each subscriber gets it, including one that was away for a moment.
//!
//! A [`Hub`] keeps a log of the newest events. A [`Subscription`] is a position in that log, as a stream of
//! events for [`Sse`](crate::Sse) or [`SseLayer`](crate::SseLayer). A client that comes back with its last event
//! ID goes on where it was.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, extract::State, routing::get};
//! use sse_tower::{
//!     Event, LastEventId, Sse,
//!     hub::{Hub, Subscription},
//! };
//!
//! async fn orders(last: LastEventId, State(hub): State<Hub>) -> Sse<Subscription> {
//!     Sse::new(hub.subscribe("orders").after(last))
//! }
//!
//! async fn order(State(hub): State<Hub>, text: String) {
//!     hub.publish("orders", Event::new(text)).await.expect("a topic and an event without an ID");
//! }
//!
//! let app: Router = Router::new()
//!     .route("/orders", get(orders).post(order))
//!     .with_state(Hub::new());
//! # let _ = app;
//! # }
//! ```
//!
//! The chapter [`guide::hub`](crate::guide::hub) explains IDs, gaps, slow clients, and how to send a snapshot before
//! the events.
//!
//! # What is promised
//!
//! - **Every event exactly once.** A subscriber gets each event of its topics exactly once over all its
//!   connections, in the order of the log, as long as the log has it.
//! - **No silent loss.** If the log has lost events that a subscriber should have received, the subscriber
//!   gets one gap event ([`Gap`]) that says why, before the next event.
//! - **No false alarm.** An event that was lost in one topic does not cause a gap event in another. There are
//!   two exceptions: if more topics have lost events than the hub
//!   [remembers](HubBuilder::max_remembered_topics), and, for a log outside the process, if the node is younger
//!   than the client's absence.
//!
//! # Memory
//!
//! The log has bounds of bytes and of events, which are on by default: see [`HubBuilder`]. A subscription of one
//! topic takes about 130 bytes, and has no queue. A topic without events and subscriptions is forgotten, except
//! for the position of its last lost event.
//!
//! # Cost
//!
//! Publishing takes constant time besides the work for the subscriptions of the event's topics. A subscription
//! that is polled without news costs one atomic load. The event is encoded once for all, and events that are ready
//! together are joined once for all subscriptions at the same position.
//!
//! # Several processes
//!
//! The log of [`Hub::new`] is in memory: it ends with the process, and clients are told of a gap. Several
//! processes share a log by [`HubBuilder::build_on`] and an implementation of [`log::Log`], such as `RedisLog` of
//! feature `redis`. [`Hub::health`] tells whether the log can be read.

mod driver;
mod entry;
mod entry_id;
mod expiry;
mod filter;
mod gap;
mod health;
pub mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod node;
mod notice;
mod pages;
mod presence;
mod publish;
mod settings;
mod shared;
mod snapshot;
mod subscription;
mod topic;

use std::{collections::HashSet, fmt, sync::Arc};

use sse_proto::{Event, EventId};

pub use crate::ending::Unavailable;
pub use driver::Driver;
pub use filter::Published;
pub use gap::{Gap, GapReason};
pub use health::{Health, HealthState};
#[cfg(feature = "metrics")]
pub use metrics::HubMetrics;
pub use notice::HubNotice;
pub use presence::{Presence, Subscriber};
pub use publish::{
    Publish, PublishBatch,
    error::{PublishError, PublishErrorKind},
    id::{InvalidPublishId, PublishId},
};
pub use settings::HubBuilder;
pub use snapshot::{HubSnapshot, SubscriberSnapshot, TopicSnapshot};
pub use subscription::Subscription;
pub use topic::{IntoTopics, InvalidTopic, Topic};

use node::members::Member;
use shared::{HubEnd, Shared};

/// A log of events, and the subscriptions to its topics.
///
/// A clone is another handle of the same hub. When the last handle is dropped, each stream sends what the
/// log has for it, and ends.
///
/// ```
/// use sse_tower::{Event, hub::Hub};
/// use tokio_stream::StreamExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let hub = Hub::new();
/// let mut orders = hub.subscribe("orders").checkpoints(false);
/// hub.publish(["orders", "orders/7"], Event::new("paid")).await?;
/// let frame = orders.next().await.expect("an event")?;
/// assert!(frame.as_bytes().starts_with(b"data: paid\nid: "));
/// # Ok(())
/// # }
/// ```
///
/// Anyone who can subscribe to one topic of a hub sees from the IDs how many events it has in all. Use one
/// hub for each group of users who may know that.
#[derive(Clone)]
pub struct Hub(Arc<Handle>);

/// All clones of a hub. The streams end with it, since nobody can publish any more.
struct Handle(Arc<Shared>);

impl Hub {
    /// Makes a hub whose log is in memory, with the default bounds of [`HubBuilder`].
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to set bounds.
    pub fn builder() -> HubBuilder {
        HubBuilder::new()
    }

    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        Self(Arc::new(Handle(shared)))
    }

    /// Publishes an event to one topic or several, and returns its ID.
    ///
    /// An event in several topics is still one event: a subscriber to two of them gets it once. With feature
    /// `json`, [`Event::from_json`] makes an event of a value.
    ///
    /// # Errors
    ///
    /// See [`PublishErrorKind`]. The event must not have an ID of its own.
    ///
    /// # Cancel safety
    ///
    /// See [`Publish`].
    pub fn publish(&self, topics: impl IntoTopics, event: impl Into<Event>) -> Publish {
        let shared = &self.0.0;
        Publish::new(shared.clone(), shared.prepare(topics, &event.into()))
    }

    /// Publishes an event at once, in a hub whose log is in memory, and returns its ID.
    ///
    /// It can be called from any thread, also outside a runtime.
    ///
    /// ```
    /// use sse_tower::{Event, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// let id = hub.publish_now("orders", Event::new("paid"))?;
    /// assert_eq!(hub.head(), id);
    /// # Ok::<(), sse_tower::hub::PublishError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`PublishErrorKind`]. On another hub it fails with [`NotInMemory`](PublishErrorKind::NotInMemory).
    pub fn publish_now(
        &self,
        topics: impl IntoTopics,
        event: impl Into<Event>,
    ) -> Result<EventId, PublishError> {
        let shared = &self.0.0;
        if shared.store().is_some() {
            return Err(PublishError::not_in_memory());
        }
        shared.append_one(shared.prepare(topics, &event.into())?)
    }

    /// Publishes events in their order, and returns a result for each of them.
    ///
    /// Some may be published although others are not. In a hub in memory no other event comes between them.
    ///
    /// ```
    /// use sse_tower::{Event, hub::Hub};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let hub = Hub::new();
    /// let lines = ["one", "two"].map(|line| ("lines", Event::new(line)));
    /// let results = hub.publish_batch(lines).await;
    /// assert!(results.iter().all(Result::is_ok));
    /// # }
    /// ```
    pub fn publish_batch<T, E>(&self, events: impl IntoIterator<Item = (T, E)>) -> PublishBatch
    where
        T: IntoTopics,
        E: Into<Event>,
    {
        let shared = &self.0.0;
        let prepare = |(topics, event): (T, E)| shared.prepare(topics, &event.into());
        PublishBatch::new(shared.clone(), events.into_iter().map(prepare).collect())
    }

    /// Subscribes to one topic or several, from now on. The [`Subscription`]'s methods change where it begins.
    ///
    /// If a topic's name is invalid, the stream ends with [`InvalidTopic`]. Make a [`Topic`] first of a name
    /// that a client has sent, and answer status 400 if that fails.
    pub fn subscribe(&self, topics: impl IntoTopics) -> Subscription {
        Subscription::new(self.0.0.clone(), topics.into_topics().map(Some))
    }

    /// Subscribes to all topics, from now on.
    pub fn subscribe_all(&self) -> Subscription {
        Subscription::new(self.0.0.clone(), Ok(None))
    }

    /// Returns who is subscribed to a topic by its name, on this node.
    ///
    /// Subscriptions to all topics are not counted. Takes linear time in the number of subscriptions that have a
    /// [key](Subscription::key).
    ///
    /// ```
    /// use sse_tower::hub::Hub;
    /// use tokio_stream::StreamExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let hub = Hub::new();
    /// let mut room = hub.subscribe("room/7").key("alice");
    /// assert_eq!(hub.presence("room/7").subscriptions(), 0);
    /// // A subscription is there once it is polled.
    /// room.next().await;
    /// let presence = hub.presence("room/7");
    /// assert_eq!(presence.keys().collect::<Vec<_>>(), [("alice", 1)]);
    /// # }
    /// ```
    #[must_use]
    pub fn presence(&self, topic: &str) -> Presence {
        self.0.0.state().node.presence(topic)
    }

    /// Returns what the hub holds on this node, for a page that only administrators may see.
    /// `max_rows` limits the list of topics and that of subscriptions.
    ///
    /// Takes linear time in the number of topics and of subscriptions with a key. Nothing is published or
    /// delivered meanwhile, so do not call it many times a second.
    ///
    /// ```
    /// use sse_tower::{Event, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// hub.publish_now("orders", Event::new("paid"))?;
    /// let snapshot = hub.snapshot(100);
    /// assert_eq!((snapshot.published, snapshot.topics[0].events), (1, 1));
    /// let _json = serde_json::to_string(&snapshot);
    /// # Ok::<(), sse_tower::hub::PublishError>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self, max_rows: usize) -> HubSnapshot {
        self.0.0.state().node.snapshot(max_rows)
    }

    /// Returns whether the hub can read its log, for an endpoint that tells whether this process is ready.
    ///
    /// A hub whose log is in memory is always healthy. A process that is not ready should get no new requests, but
    /// not be killed: its streams stay open for the time of [`max_outage`](HubBuilder::max_outage).
    ///
    /// ```
    /// # #[cfg(feature = "axum")] {
    /// use axum::{extract::State, http::StatusCode};
    /// use sse_tower::hub::Hub;
    ///
    /// async fn ready(State(hub): State<Hub>) -> (StatusCode, String) {
    ///     let health = hub.health();
    ///     let seconds = health.since().elapsed().as_secs();
    ///     let text = format!("{} for {seconds} s", health.state());
    ///     match health.is_healthy() {
    ///         true => (StatusCode::OK, text),
    ///         false => (StatusCode::SERVICE_UNAVAILABLE, text),
    ///     }
    /// }
    /// # let _ = ready;
    /// # }
    /// # assert!(sse_tower::hub::Hub::new().health().is_healthy());
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.0.state().health.clone()
    }

    /// Ends the streams of all subscriptions with this [key](Subscription::key) on this node, with the error
    /// [`Kicked`](crate::server::Kicked). Returns their number.
    ///
    /// A native `EventSource` comes back after a few seconds. The handler has to refuse it then: with status
    /// 204 it stops for good without an error, and with 401 or 403 it stops with one.
    pub fn kick(&self, key: &str) -> usize {
        let is_meant = |member: &Member| *member.key == *key;
        self.0
            .0
            .change(|state, woken| state.node.kick(is_meant, woken))
    }

    /// Ends the streams of the subscriptions for which `is_meant` returns true, among those that have a
    /// [key](Subscription::key) on this node. See [`kick`](Self::kick). Returns their number.
    pub fn kick_where(&self, mut is_meant: impl FnMut(&Subscriber) -> bool) -> usize {
        let mut subscribers = self.0.0.state().node.subscribers();
        // The user's code does not run under the lock.
        subscribers.retain(|subscriber| is_meant(subscriber));
        let serials: HashSet<u64> = subscribers
            .iter()
            .map(|subscriber| subscriber.serial)
            .collect();
        let is_meant = |member: &Member| serials.contains(&member.serial);
        self.0
            .0
            .change(|state, woken| state.node.kick(is_meant, woken))
    }

    /// Returns the ID of the newest event, or that of the place before the first one.
    ///
    /// With it a client gets the state first and then what has changed since:
    ///
    /// ```
    /// use sse_tower::hub::{Hub, Subscription};
    ///
    /// fn follow(hub: &Hub, read_state: impl FnOnce() -> String) -> (String, Subscription) {
    ///     let position = hub.head();
    ///     // This includes every change that was stored before it was published.
    ///     let state = read_state();
    ///     (state, hub.subscribe("orders").after(position))
    /// }
    /// # let _ = follow(&Hub::new(), String::new);
    /// ```
    #[must_use]
    pub fn head(&self) -> EventId {
        self.0.0.state().node.head().to_event_id()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.end(HubEnd::Closed);
    }
}
