//! A subscription: a cursor in the log, as a stream of events.

use std::{
    error::Error,
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_core::Stream;

use crate::{
    ending::{Expired, Kicked, Lagged},
    error::BoxError,
    frame::EventFrame,
    hub::{
        entry_id::EntryId,
        expiry::Expiry,
        filter::{Candidate, Filter, Published},
        gap::{Gap, GapReason},
        log::LogError,
        node::{
            Next, Node,
            join::{JOIN_SIZE, join},
            selection::Selection,
        },
        shared::{HubEnd, Shared},
        topic::{InvalidTopic, Topics},
    },
    last_event_id::LastEventId,
    rt::moment::Moment,
};

mod page;
mod start;

use page::PageCursor;
use start::{Begin, Resume, Start};

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
/// read ([`Unavailable`]). It ends without an error when the last [`Hub`](crate::hub::Hub) is dropped.
///
/// # Memory
///
/// About 150 bytes for a subscription of one topic, besides the body's own memory.
///
/// # Cancel safety
///
/// The stream may be dropped at any time. Its client resumes after the last event that it received.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Subscription {
    shared: Arc<Shared>,
    cursor: Cursor,
}

/// A position in the log, and what goes on from there.
struct Cursor {
    selection: Selection,
    /// The waker that is registered, as far as is known.
    waker: Option<Waker>,
    /// The version of the hub for which there is nothing to do.
    done: u64,
    /// The generation of the log that the position belongs to.
    generation: u32,
    progress: Progress,
    sends_checkpoints: bool,
    /// True if the log's head is beyond the last ID that was sent.
    is_behind: bool,
    /// The position of the last entry that was sent or left out.
    position: u64,
    /// The position of the last ID that was sent.
    sent: u64,
    /// When that was, or some time after it.
    sent_at: Option<Moment>,
    /// Data that few subscriptions need once they have begun.
    extra: Option<Box<Extra>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    New,
    /// It has found its position, and has sent nothing since.
    Resuming,
    Running,
    Ended,
}

#[derive(Default)]
struct Extra {
    /// Until the first poll.
    begin: Option<Beginning>,
    filter: Option<Filter>,
    resumes_live: bool,
    ends_if_slow: bool,
    expiry: Option<Expiry>,
    /// The ID to resume after, until it is clear that the entry is the same.
    unverified: Option<Unverified>,
    page: Option<PageCursor>,
    /// The number of reads of the log that have failed in a row.
    failures: u32,
}

/// The last event ID of a client, which its node cannot compare yet.
#[derive(Clone, Copy)]
struct Unverified {
    id: EntryId,
    /// The generation of the node for which the log has shown that it has the entry.
    in_log: Option<u32>,
}

/// Data for the beginning of a subscription.
struct Beginning {
    /// `None` for all topics.
    topics: Result<Option<Topics>, InvalidTopic>,
    start: Start,
    resume: Resume,
    key: Option<Arc<str>>,
}

impl Extra {
    const fn is_needed(&self) -> bool {
        self.filter.is_some()
            || self.resumes_live
            || self.ends_if_slow
            || self.expiry.is_some()
            || self.unverified.is_some()
            || self.page.is_some()
    }
}

/// The time after which a subscription sends the ID of the log's head, although none of its topics has
/// news.
pub(crate) const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(15);

/// The number of reads of the log that may fail in a row.
const MAX_FAILURES: u32 = 3;

/// The number of steps in one poll: entries that a filter leaves out must not keep a thread.
const MAX_STEPS: u32 = 16;

impl Subscription {
    pub(crate) fn new(shared: Arc<Shared>, topics: Result<Option<Topics>, InvalidTopic>) -> Self {
        let (head, generation) = {
            let state = shared.state();
            (state.node.head(), state.node.generation())
        };
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
            selection: Selection::new(),
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

    /// Ends the stream with [`Expired`] when the client's permission ends, such as its token.
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

    /// Ends the stream with [`Lagged`] instead of a gap event if the client reads too slowly.
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
            cursor.progress = Progress::Ended;
        }
        polled
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if self.cursor.progress == Progress::New {
            return;
        }
        // The wakers are dropped after the lock is released: they may own the task of another subscription.
        let _wakers = self.shared.state().node.unsubscribe(&self.cursor.selection);
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

/// The result of one step of a poll.
enum Step {
    Send(EventFrame),
    /// Nothing to send yet: another step follows.
    Again,
    Pending,
    End(Option<BoxError>),
}

impl Step {
    fn of(end: &HubEnd) -> Self {
        match end {
            HubEnd::Closed => Self::End(None),
            HubEnd::Unavailable(cause) => Self::End(Some(Unavailable::because(cause))),
        }
    }
}

impl Cursor {
    fn poll(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<EventFrame, BoxError>>> {
        let expiry = self.extra.as_mut().and_then(|extra| extra.expiry.as_mut());
        if expiry.is_some_and(|expiry| {
            expiry
                .poll(&*shared.timer, || shared.state().random(), cx)
                .is_ready()
        }) {
            return Poll::Ready(Some(Err(Expired::new().into())));
        }
        for _ in 0..MAX_STEPS {
            let step = match self.progress {
                Progress::New => self.begin(shared),
                Progress::Resuming | Progress::Running => match self.poll_page(shared, cx) {
                    Some(step) => step,
                    None => self.step(shared, cx),
                },
                Progress::Ended => Step::End(None),
            };
            match step {
                Step::Send(frame) => return Poll::Ready(Some(Ok(frame))),
                Step::Again => {}
                Step::Pending => return Poll::Pending,
                Step::End(error) => return Poll::Ready(error.map(Err)),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Registers the subscription with its topics, and finds its position in the log.
    fn begin(&mut self, shared: &Shared) -> Step {
        let begin = self.extra.as_mut().and_then(|extra| extra.begin.take());
        let Some(begin) = begin else {
            return Step::End(None);
        };
        let topics = match &begin.topics {
            Ok(topics) => topics,
            Err(error) => return Step::End(Some((*error).into())),
        };
        let now = shared.has_max_age.then(|| shared.now());
        let mut state = shared.state();
        let node = &mut state.node;
        node.enforce(now);
        self.progress = Progress::Resuming;
        let topics = topics.as_ref().map(Topics::as_slice);
        self.selection = node.subscribe(topics, begin.key.clone());
        let generation = mem::replace(&mut self.generation, node.generation());
        let is_in_memory = shared.store().is_none();
        let begin = begin.find(node, generation, is_in_memory);
        if let Begin::Verify(id) = begin {
            let in_log = None;
            self.extra.get_or_insert_default().unverified = Some(Unverified { id, in_log });
        }
        if !self.extra.as_ref().is_some_and(|extra| extra.is_needed()) {
            self.extra = None;
        }
        match begin {
            Begin::At { id, is_new } => {
                (self.position, self.sent) = (id.position, id.position);
                if self.sends_checkpoints && is_new {
                    return Step::Send(EventFrame::last_event_id(&id.to_event_id()));
                }
            }
            Begin::Gap(reason) => return Step::Send(self.gap(shared, node, reason)),
            Begin::Verify(id) => {
                (self.position, self.sent) = (id.position, id.position);
            }
        }
        Step::Again
    }

    /// Makes the event that says that events are missing, and goes to where the log can be read again.
    fn gap(&mut self, shared: &Shared, node: &Node, reason: GapReason) -> EventFrame {
        let resumes_live = self.extra.as_ref().is_some_and(|extra| extra.resumes_live);
        let position = match resumes_live {
            true => node.head().position,
            false => node.before_oldest(&self.selection),
        };
        self.generation = node.generation();
        self.progress = Progress::Running;
        if let Some(extra) = &mut self.extra {
            (extra.page, extra.unverified) = (None, None);
        }
        self.go_to(position);
        Gap::frame(
            reason,
            &shared.gap_type,
            &node.extent(),
            node.id_at(position),
        )
    }

    /// Notes that the ID of the entry at this position has been sent.
    const fn go_to(&mut self, position: u64) {
        self.position = position;
        self.sent = position;
        self.sent_at = None;
    }

    /// Looks for news in the node's part of the log.
    fn step(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Step {
        let is_registered = |waker: &Waker| waker.will_wake(cx.waker());
        let is_done =
            shared.version() == self.done && self.waker.as_ref().is_some_and(is_registered);
        if is_done && !self.is_behind && !shared.has_max_age {
            return Step::Pending;
        }
        let now = (self.is_behind || shared.has_max_age).then(|| shared.now());
        if is_done && !shared.has_max_age && !now.is_some_and(|now| self.needs_checkpoint(now)) {
            return Step::Pending;
        }
        let mut state = shared.state();
        state.node.enforce(now);
        if state.node.is_kicked(&self.selection) {
            return Step::End(Some(Kicked::new().into()));
        }
        let unverified = self.extra.as_ref().and_then(|extra| extra.unverified);
        if state.node.generation() != self.generation {
            let is_of_new_log =
                |unverified: Unverified| unverified.id.epoch == state.node.head().epoch;
            if !unverified.is_some_and(is_of_new_log) {
                return Step::Send(self.gap(shared, &state.node, GapReason::Epoch));
            }
            // The client was connected to a node that knew the new log before this one.
            self.generation = state.node.generation();
        }
        if let Some((unverified, store)) = unverified.zip(shared.store()) {
            return self.verify(shared, store, &mut state, unverified, cx);
        }
        let is_filtered = self
            .extra
            .as_ref()
            .is_some_and(|extra| extra.filter.is_some());
        match state.node.next(&self.selection, is_filtered, self.position) {
            Next::Send { frame, last } => {
                self.progress = Progress::Running;
                self.go_to(last);
                state.node.set_position(&self.selection, last);
                // After the hub's end nothing wakes the task, and the next poll returns the end.
                if state.end.is_none() && !state.node.has_news(&self.selection, last) {
                    self.register(shared, &mut state.node, cx);
                }
                Step::Send(frame)
            }
            Next::Filter(candidates) => {
                drop(state);
                self.filter(candidates)
            }
            Next::Read(position) => match shared.store() {
                Some(store) => self.read(store, &state.node, position),
                // A log in memory keeps all that it has.
                None => Step::End(None),
            },
            Next::Gap => {
                let is_slow = self.progress == Progress::Running;
                let ends = self.extra.as_ref().is_some_and(|extra| extra.ends_if_slow);
                match (is_slow, ends) {
                    (true, true) => {
                        let missed = state.node.extent().floor - 1 - self.position;
                        Step::End(Some(Lagged::new(missed).into()))
                    }
                    (true, false) => Step::Send(self.gap(shared, &state.node, GapReason::Slow)),
                    (false, _) => Step::Send(self.gap(shared, &state.node, GapReason::Trimmed)),
                }
            }
            Next::Nothing => {
                if let Some(end) = &state.end {
                    return Step::of(end);
                }
                self.progress = Progress::Running;
                let head = state.node.head();
                if self.is_behind && now.is_some_and(|now| self.needs_checkpoint(now)) {
                    self.go_to(head.position);
                    self.register(shared, &mut state.node, cx);
                    return Step::Send(EventFrame::last_event_id(&head.to_event_id()));
                }
                let was_behind = self.is_behind;
                self.register(shared, &mut state.node, cx);
                match self.is_behind && !was_behind {
                    // The clock is read only now that it is needed.
                    true => Step::Again,
                    false => Step::Pending,
                }
            }
        }
    }

    /// Has this task woken by news. There is nothing to do for the present version.
    fn register(&mut self, shared: &Shared, node: &mut Node, cx: &Context<'_>) {
        node.register(&mut self.selection, cx.waker());
        node.set_position(&self.selection, self.position);
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => self.waker = Some(cx.waker().clone()),
        }
        self.done = shared.version();
        self.is_behind = self.sends_checkpoints && node.head().position > self.sent;
    }

    /// Returns whether it is time to send the ID of the log's head.
    fn needs_checkpoint(&mut self, now: Moment) -> bool {
        // Events are sent without reading the clock.
        let sent_at = *self.sent_at.get_or_insert(now);
        now.since(sent_at) >= CHECKPOINT_INTERVAL
    }

    /// Asks the filter about entries.
    fn filter(&mut self, candidates: Vec<Candidate>) -> Step {
        let filter = self.extra.as_mut().and_then(|extra| extra.filter.as_mut());
        let Some(filter) = filter else {
            return Step::Again;
        };
        let (mut frames, mut length, mut sent) = (Vec::new(), 0, self.sent);
        for candidate in candidates {
            if length >= JOIN_SIZE {
                break;
            }
            self.position = candidate.position;
            if filter.accepts(&candidate) {
                length += candidate.frame.as_bytes().len();
                frames.push(candidate.frame);
                sent = candidate.position;
            }
        }
        self.send(&frames, sent)
    }

    /// Sends frames. The last one belongs to the entry at `sent`.
    fn send(&mut self, frames: &[EventFrame], sent: u64) -> Step {
        if frames.is_empty() {
            return Step::Again;
        }
        self.progress = Progress::Running;
        self.sent = sent;
        self.sent_at = None;
        Step::Send(join(frames))
    }
}

/// The error of a stream whose log cannot be read.
///
/// The client should come back: it resumes after the last event that it received. [`source`](Error::source)
/// is the error of the log.
#[derive(Debug)]
pub struct Unavailable(LogError);

impl Unavailable {
    fn because(cause: &LogError) -> BoxError {
        Self(cause.clone()).into()
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hub's log cannot be read")
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
