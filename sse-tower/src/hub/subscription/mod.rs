//! A subscription: a position in the log, as a stream of events.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use futures_core::Stream;

use crate::{
    error::BoxError,
    frame::EventFrame,
    hub::{
        expiry::Expiry,
        filter::{Filter, Published},
        node::selection::Selection,
        notice::HubNotice,
        shared::Shared,
        topic::{InvalidTopic, Topics},
    },
    last_event_id::LastEventId,
};

mod cursor;
mod page;
mod read;
mod start;

use cursor::{Cursor, Extra, Progress};
use start::{Beginning, Resume, Start};

/// The events of some topics, as a stream of [`EventFrame`]s for a response.
///
/// [`Hub::subscribe`](crate::hub::Hub::subscribe) makes it. Its methods say where it begins and what it
/// leaves out. They are called before the stream is polled.
///
/// # Where it begins
///
/// By default at the newest event at the time of `subscribe`. With [`after`](Self::after) it resumes
/// after the client's last event ID. A client without an ID is sent one first, in a block without data, which
/// clients do not dispatch. So a client that is cut off before its first event resumes from here as well. If only other topics have news for
/// more than 15 seconds, the stream sends such a block again, and a client of a quiet topic keeps a
/// recent ID. [`checkpoints`](Self::checkpoints) turns this off.
///
/// # Slow clients
///
/// A subscription has no queue. It is a position in the log, so a client that does not read takes no
/// memory. When the client reads again, the stream goes on where it was. If the log has lost events of its
/// topics meanwhile, the stream sends a gap event first.
///
/// # Errors
///
/// The stream ends with an error if a topic's name is invalid ([`InvalidTopic`]), or if the log cannot be
/// read ([`Unavailable`](crate::hub::Unavailable)). It ends without an error when the last [`Hub`](crate::hub::Hub) is dropped.
///
/// # Memory
///
/// About 130 bytes for a subscription of one topic, besides the body's own memory.
///
/// # Cancel safety
///
/// The stream may be dropped at any time. Its client resumes after the last event that it received.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Subscription {
    shared: Arc<Shared>,
    cursor: Cursor,
}

impl Subscription {
    pub(crate) fn new(shared: Arc<Shared>, topics: Result<Option<Topics>, InvalidTopic>) -> Self {
        let (head, generation) = shared.state().node.head_and_generation();
        let begin = Some(Beginning {
            topics,
            start: Start::Now(head),
            resume: Resume::Absent,
            key: None,
        });
        let extra = Extra {
            begin,
            ..Extra::default()
        };
        let cursor = Cursor {
            selection: Selection::nothing(),
            waker: None,
            done: 0,
            generation,
            progress: Progress::New,
            sends_checkpoints: true,
            is_behind: false,
            position: head.position,
            sent: head.position,
            sent_at: None,
            extra: Some(Box::new(extra)),
        };
        Self { shared, cursor }
    }

    /// Resumes after the last event that the client has received.
    ///
    /// Takes a [`LastEventId`] or an [`EventId`](crate::EventId). A client without an ID begins where
    /// [`from_start`](Self::from_start) says, or now. An ID that this hub has not made is answered with a gap event, and
    /// never with an error.
    ///
    /// ```
    /// use axum::extract::State;
    /// use sse_tower::{LastEventId, Sse, hub::{Hub, Subscription}};
    ///
    /// async fn orders(last: LastEventId, State(hub): State<Hub>) -> Sse<Subscription> {
    ///     Sse::new(hub.subscribe("orders").after(last))
    /// }
    /// # let _ = orders;
    /// ```
    pub fn after(self, last_event_id: impl Into<LastEventId>) -> Self {
        let resume = Resume::after(&last_event_id.into());
        self.with_beginning(|begin| begin.resume = resume)
    }

    /// Begins with the oldest event that the log has, for a client without a last event ID.
    pub fn from_start(self) -> Self {
        self.with_beginning(|begin| begin.start = Start::Oldest)
    }

    /// Begins with the next event, for a client without a last event ID. This is the default.
    pub fn from_now(mut self) -> Self {
        if self.cursor.progress == Progress::New {
            let (head, generation) = self.shared.state().node.head_and_generation();
            self.cursor.generation = generation;
            self = self.with_beginning(|begin| begin.start = Start::Now(head));
        }
        self
    }

    /// Sends only the events for which `filter` returns true.
    ///
    /// It is called for each event of the topics, in order. A panic of it ends the stream with an error.
    ///
    /// ```
    /// use sse_tower::hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let orders = hub.subscribe("orders").filter(|event| event.event_type() == "created");
    /// # let _ = orders;
    /// ```
    pub fn filter(self, filter: impl FnMut(&Published<'_>) -> bool + Send + 'static) -> Self {
        self.with(|extra| extra.filter = Some(Filter::new(filter)))
    }

    /// Sets the key of the client: a user or a session.
    ///
    /// [`Hub::presence`](crate::hub::Hub::presence) tells who is there by it, and
    /// [`Hub::kick`](crate::hub::Hub::kick) ends the streams of a key. A key takes about 100 bytes.
    pub fn key(self, key: impl Into<Arc<str>>) -> Self {
        let key = Some(key.into());
        self.with_beginning(|begin| begin.key = key)
    }

    /// Ends the stream with [`Expired`](crate::server::Expired) when the client's permission ends, such as its token.
    ///
    /// The stream ends a little earlier, by at most a tenth of the time from its first poll to `expires_at` and
    /// by at most 30 seconds, so that the clients of many tokens of the same age do not come back at once. The
    /// client comes back with its last event ID, and the handler checks its new token.
    ///
    /// The clock is that of [`HubBuilder::timer`](crate::hub::HubBuilder::timer). If the hub has none, and
    /// without feature `tokio`, the stream ends when it is next polled, which a heartbeat causes.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// use sse_tower::hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let expires_at = Instant::now() + Duration::from_secs(3600);
    /// let orders = hub.subscribe("orders").expires_at(expires_at);
    /// # let _ = orders;
    /// ```
    pub fn expires_at(self, expires_at: Instant) -> Self {
        self.with(|extra| extra.expiry = Some(Expiry::new(expires_at)))
    }

    /// Ends the stream with [`Lagged`](crate::server::Lagged) instead of a gap event if the client reads too slowly.
    ///
    /// The client comes back with its last event ID and gets the gap event then, with the reason `trimmed`.
    /// The hook of the stream is told [`EndReason::Lag`](crate::server::EndReason::Lag).
    pub fn end_if_slow(self) -> Self {
        self.with(|extra| extra.ends_if_slow = true)
    }

    /// Goes on with the next new event after a gap, instead of with the oldest one that the log still has.
    pub fn resume_live(self) -> Self {
        self.with(|extra| extra.resumes_live = true)
    }

    /// Turns off the blocks without data that tell the client its position, or on again. They are on by default.
    ///
    /// Turn them off for clients that take such a block for an event. Then a client that is cut off before
    /// its first event begins anew and may miss events, and so may a client of a quiet topic whose last ID the log has
    /// lost meanwhile: it is told of a gap that may not have happened.
    pub fn checkpoints(mut self, are_on: bool) -> Self {
        self.cursor.sends_checkpoints = are_on;
        self
    }

    fn with_beginning(self, change: impl FnOnce(&mut Beginning)) -> Self {
        self.with(|extra| {
            if let Some(begin) = &mut extra.begin {
                change(begin);
            }
        })
    }

    /// Changes an option. It has no effect once the stream was polled.
    fn with(mut self, change: impl FnOnce(&mut Extra)) -> Self {
        if self.cursor.progress == Progress::New
            && let Some(extra) = &mut self.cursor.extra
        {
            change(extra);
        }
        self
    }
}

impl Stream for Subscription {
    type Item = Result<EventFrame, BoxError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { shared, cursor } = self.get_mut();
        let polled = cursor.poll(shared, cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            cursor.end();
        }
        polled
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // The wakers are dropped after the lock is released: they may own the task of another subscription.
        let _wakers = self.shared.state().node.unsubscribe(&self.cursor.selection);
        if !self.cursor.selection.is_nothing() {
            self.shared.hook.call(HubNotice::Unsubscribed);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("position", &self.cursor.position)
            .field("progress", &self.cursor.progress)
            .finish_non_exhaustive()
    }
}
