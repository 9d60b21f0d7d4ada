//! Handles the time between frames: sends heartbeats, and ends the stream when it has to end.

use std::task::{Context, Poll};

use super::{
    Pipeline,
    state::{Idle, Progress},
};
use crate::{
    rt::{alarm::Due, moment::Moment},
    server::stream::position::Position,
};

impl Pipeline {
    /// Called when a frame is sent. Postpones the heartbeat, and checks whether the stream has to
    /// end. `now` is the current time, if it is known.
    pub(super) fn sent(&mut self, now: Option<Moment>) {
        if self.progress == Progress::New {
            self.progress = Progress::Running;
        }
        if self.alarm.end.is_none() && !self.insertions.heartbeat && !self.is_watched() {
            return;
        }
        let now = now.unwrap_or_else(|| Moment::now(&*self.settings.timer));
        self.hand_over(now);
        self.postpone_heartbeat(now);
        self.lateness.heartbeat = false;
        self.check_end_at(now);
    }

    /// Checks whether the stream has to end. Called if the source yields items without bytes.
    pub(super) fn check_end(&mut self) {
        if self.alarm.end.is_some() {
            self.check_end_at(Moment::now(&*self.settings.timer));
        }
    }

    #[inline]
    fn check_end_at(&mut self, now: Moment) {
        if self.alarm.end.is_some_and(|end| end <= now) {
            self.reach_end(now);
        }
    }

    /// Returns whether the task can just wait while the source is pending. [`is_due`](Self::is_due)
    /// must have been called in this poll.
    #[inline]
    pub(super) fn can_keep_sleeping(&mut self, cx: &mut Context<'_>) -> bool {
        let is_registered = match &mut self.admission.open {
            // If the waker was already registered, the same task has polled the alarm and will be woken
            // by it. If the drain has started since `is_due`, that has woken the task as well.
            Some(open) => open.watch.register(cx),
            None => self.alarm.will_wake(cx.waker()),
        };
        let can_keep_sleeping =
            is_registered && self.alarm.will_wake_in_time(&*self.settings.timer);
        if can_keep_sleeping {
            self.budget.renew();
        }
        can_keep_sleeping
    }

    /// Returns the next step while the source is pending.
    #[inline(never)]
    pub(super) fn poll_idle(&mut self, cx: &mut Context<'_>, position: Position) -> Poll<Idle> {
        loop {
            // Check again after the waker is registered, so that a drain that starts in between is
            // not missed.
            if self.is_due() && self.may_end(position) {
                return Poll::Ready(Idle::End);
            }
            let is_new = self.progress == Progress::New && self.insertions.heartbeat;
            if !is_new {
                let Poll::Ready((due, now)) = self.alarm.poll(cx, &*self.settings.timer) else {
                    self.budget.renew();
                    return Poll::Pending;
                };
                match due {
                    Due::End => {
                        self.reach_end(now);
                        continue;
                    }
                    Due::Heartbeat if self.spread_heartbeat(now) => continue,
                    Due::Heartbeat => self.postpone_heartbeat(now),
                }
            }
            let heartbeat = self.settings.heartbeat.as_ref();
            if let Some(bytes) = heartbeat.and_then(|heartbeat| heartbeat.bytes(position)) {
                self.count(bytes.len(), 0);
                self.tell_heartbeat();
                self.sent(None);
                return Poll::Ready(Idle::Send(bytes));
            }
        }
    }
}
