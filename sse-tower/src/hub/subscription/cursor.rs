//! A position in the log, and what a subscription does there.

use std::{
    mem,
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{
    ending::{Expired, Kicked, Lagged, Unavailable},
    error::BoxError,
    frame::EventFrame,
    hub::{
        entry_id::EntryId,
        expiry::Expiry,
        filter::{Candidate, Filter},
        gap::{Gap, GapReason},
        node::{Next, Node, join::Joining, selection::Selection},
        notice::HubNotice,
        shared::{HubEnd, Shared},
        subscription::{
            page::PageCursor,
            start::{Begin, Beginning},
        },
        topic::Topics,
    },
    rt::moment::Moment,
};

/// A position in the log, and what goes on from there.
pub(super) struct Cursor {
    pub(super) selection: Selection,
    /// The waker that is registered, as far as is known.
    pub(super) waker: Option<Waker>,
    /// The version of the hub for which there is nothing to do.
    pub(super) done: u64,
    /// The generation of the log that the position belongs to.
    pub(super) generation: u32,
    pub(super) progress: Progress,
    pub(super) sends_checkpoints: bool,
    /// True if the log's head is beyond the last ID that was sent.
    pub(super) is_behind: bool,
    /// The position of the last entry that was sent or left out.
    pub(super) position: u64,
    /// The position of the last ID that was sent.
    pub(super) sent: u64,
    /// When that was, or some time after it.
    pub(super) sent_at: Option<Moment>,
    /// Data that few subscriptions need once they have begun.
    pub(super) extra: Option<Box<Extra>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    New,
    /// It has found its position, and has sent nothing since.
    Resuming,
    Running,
    Ended,
}

#[derive(Default)]
pub(super) struct Extra {
    /// Until the first poll.
    pub(super) begin: Option<Beginning>,
    pub(super) filter: Option<Filter>,
    pub(super) resumes_live: bool,
    pub(super) ends_if_slow: bool,
    pub(super) expiry: Option<Expiry>,
    /// The ID to resume after, until it is clear that the entry is the same.
    pub(super) unverified: Option<Unverified>,
    pub(super) page: Option<PageCursor>,
    /// The number of reads of the log that have failed in a row.
    pub(super) failures: u32,
}

/// The last event ID of a client, which its node cannot compare yet.
#[derive(Clone, Copy)]
pub(super) struct Unverified {
    pub(super) id: EntryId,
    /// The generation of the node for which the log has shown that it has the entry.
    pub(super) in_log: Option<u32>,
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
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(15);

/// The number of reads of the log that may fail in a row.
pub(super) const MAX_FAILURES: u32 = 3;

/// The number of steps in one poll: entries that a filter leaves out must not keep a thread.
const MAX_STEPS: u32 = 16;

/// The result of one step of a poll.
pub(super) enum Step {
    Send(EventFrame),
    Gap(EventFrame, GapReason),
    /// Nothing to send yet: another step follows.
    Again,
    Pending,
    End(Option<BoxError>),
}

impl Step {
    pub(super) fn of(end: &HubEnd) -> Self {
        match end {
            HubEnd::Closed => Self::End(None),
            HubEnd::Unavailable(cause) => Self::End(Some(Unavailable::new(cause.clone()).into())),
        }
    }
}

impl Cursor {
    #[inline]
    pub(super) fn poll(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<EventFrame, BoxError>>> {
        // A body polls its stream several times for each event.
        match self.extra.is_none() && self.is_idle(shared, cx) {
            true => Poll::Pending,
            false => self.poll_steps(shared, cx),
        }
    }

    /// Ends the stream: each further poll returns `None`.
    pub(super) fn end(&mut self) {
        self.progress = Progress::Ended;
        self.waker = None;
    }

    fn poll_steps(
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
                Progress::New => {
                    let step = self.begin(shared);
                    if !self.selection.is_nothing() {
                        shared.hook.call(HubNotice::Subscribed);
                    }
                    step
                }
                Progress::Resuming | Progress::Running => match self.poll_page(shared, cx) {
                    Some(step) => step,
                    None => self.step(shared, cx),
                },
                Progress::Ended => Step::End(None),
            };
            match step {
                Step::Send(frame) => return Poll::Ready(Some(Ok(frame))),
                Step::Gap(frame, reason) => {
                    shared.hook.call(HubNotice::Gap(reason));
                    return Poll::Ready(Some(Ok(frame)));
                }
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
            Begin::Gap(reason) => return self.gap(shared, node, reason),
            Begin::Verify(id) => {
                (self.position, self.sent) = (id.position, id.position);
            }
        }
        Step::Again
    }

    /// Makes the event that says that events are missing, and goes to where the log can be read again.
    pub(super) fn gap(&mut self, shared: &Shared, node: &Node, reason: GapReason) -> Step {
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
        let resume_after = node.id_at(position);
        let frame = Gap::frame(reason, &shared.gap_type, &node.extent(), resume_after);
        Step::Gap(frame, reason)
    }

    /// Notes that the ID of the entry at this position has been sent.
    const fn go_to(&mut self, position: u64) {
        self.position = position;
        self.sent = position;
        self.sent_at = None;
    }

    /// Returns whether there is nothing to do, whatever the time is. It takes one load and one comparison
    /// of wakers.
    fn is_idle(&self, shared: &Shared, cx: &Context<'_>) -> bool {
        !self.is_behind && !shared.has_max_age && self.is_done(shared, cx)
    }

    /// Returns whether nothing has changed since this task registered.
    fn is_done(&self, shared: &Shared, cx: &Context<'_>) -> bool {
        let is_registered = |waker: &Waker| waker.will_wake(cx.waker());
        shared.version() == self.done && self.waker.as_ref().is_some_and(is_registered)
    }

    /// Looks for news in the node's part of the log.
    fn step(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Step {
        if self.is_idle(shared, cx) {
            return Step::Pending;
        }
        let is_done = self.is_done(shared, cx);
        let now = (self.is_behind || shared.has_max_age).then(|| shared.now());
        if is_done && !shared.has_max_age && !now.is_some_and(|now| self.needs_checkpoint(now)) {
            return Step::Pending;
        }
        let mut state = shared.state();
        if shared.has_max_age {
            state.node.enforce(now);
        }
        if state.node.is_kicked(&self.selection) {
            return Step::End(Some(Kicked::new().into()));
        }
        let unverified = self.extra.as_ref().and_then(|extra| extra.unverified);
        if state.node.generation() != self.generation {
            let is_of_new_log =
                |unverified: Unverified| unverified.id.epoch == state.node.head().epoch;
            if !unverified.is_some_and(is_of_new_log) {
                return self.gap(shared, &state.node, GapReason::Epoch);
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
            Next::Send {
                frame,
                last,
                has_more,
            } => {
                self.progress = Progress::Running;
                self.go_to(last);
                state.node.set_position(&self.selection, last);
                // After the hub's end nothing wakes the task, and the next poll returns the end.
                if state.end.is_none() && !has_more {
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
                    (true, false) => self.gap(shared, &state.node, GapReason::Slow),
                    (false, _) => self.gap(shared, &state.node, GapReason::Trimmed),
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
    pub(super) fn register(&mut self, shared: &Shared, node: &mut Node, cx: &Context<'_>) {
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
        let mut accepted = Joining::default();
        for candidate in candidates {
            if accepted.is_full() {
                break;
            }
            self.position = candidate.position;
            if filter.accepts(&candidate) {
                accepted.push(candidate.frame, candidate.position);
            }
        }
        self.send(accepted)
    }

    pub(super) fn send(&mut self, frames: Joining) -> Step {
        let Some((frame, last)) = frames.finish() else {
            return Step::Again;
        };
        self.progress = Progress::Running;
        self.sent = last;
        self.sent_at = None;
        Step::Send(frame)
    }
}
