//! The timer of a stream, for both its heartbeat and its end.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use crate::rt::{
    moment::Moment,
    timer::{Sleep, Timer},
};

/// Wakes a stream at the earlier of two moments.
///
/// Both moments may move as often as events arrive. The runtime's timer is reset only when it
/// fires, or when a moment moves to before the one that it is set for.
#[derive(Default)]
pub(crate) struct Alarm {
    /// The moment of the next heartbeat.
    pub(crate) heartbeat: Option<Moment>,
    /// The moment when the stream has to end.
    pub(crate) end: Option<Moment>,
    sleep: Option<Pin<Box<dyn Sleep>>>,
    /// The moment that `sleep` is set for, until it fires.
    set_for: Option<Moment>,
}

/// If an alarm is this late, the process did not run for a while, because the machine was suspended
/// or the process was stopped. Many alarms are then due at the same moment.
pub(crate) const LATE_AFTER: Duration = Duration::from_secs(2);

/// Tells which of the two moments has been reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Heartbeat,
    End,
}

impl Alarm {
    /// Completes when one of the moments has been reached, and returns the current time. The caller
    /// then has to move that moment.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, timer: &dyn Timer) -> Poll<(Due, Moment)> {
        loop {
            let Some(first) = self.first() else {
                return Poll::Pending;
            };
            let sleep = match &mut self.sleep {
                None => self.sleep.insert(timer.sleep_until(first.instant())),
                Some(sleep) => {
                    if self.set_for.is_none_or(|set_for| first < set_for) {
                        sleep.as_mut().reset(first.instant());
                        self.set_for = Some(first);
                    }
                    sleep
                }
            };
            self.set_for.get_or_insert(first);
            ready!(sleep.as_mut().poll(cx));
            self.set_for = None;
            let now = Moment::now(timer);
            let has_come = |moment: Option<Moment>| moment.is_some_and(|moment| moment <= now);
            if has_come(self.end) {
                return Poll::Ready((Due::End, now));
            }
            if has_come(self.heartbeat) {
                return Poll::Ready((Due::Heartbeat, now));
            }
        }
    }

    /// Returns whether the timer will still fire, and in time for both moments. Then the task that
    /// polled it last need not poll it again.
    #[inline]
    pub(crate) fn will_wake_in_time(&self, timer: &dyn Timer) -> bool {
        let (Some(set_for), Some(sleep)) = (self.set_for, &self.sleep) else {
            return false;
        };
        self.first().is_none_or(|first| set_for <= first)
            && (!sleep.may_be_over() || Moment::now(timer) < set_for)
    }

    /// Returns whether the task of `waker` has polled the timer last.
    #[inline]
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        let sleep = self.sleep.as_ref();
        sleep.is_some_and(|sleep| sleep.will_wake(waker))
    }

    /// Returns whether the stream should have ended long before `now`.
    pub(crate) fn end_is_late(&self, now: Moment) -> bool {
        is_late(self.end, now)
    }

    /// Returns whether a heartbeat was due long before `now`.
    pub(crate) fn heartbeat_is_late(&self, now: Moment) -> bool {
        is_late(self.heartbeat, now)
    }

    #[inline]
    fn first(&self) -> Option<Moment> {
        match (self.heartbeat, self.end) {
            (Some(heartbeat), Some(end)) => Some(heartbeat.min(end)),
            (heartbeat, end) => heartbeat.or(end),
        }
    }
}

fn is_late(moment: Option<Moment>, now: Moment) -> bool {
    moment.is_some_and(|moment| now.since(moment) >= LATE_AFTER)
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("heartbeat", &self.heartbeat)
            .field("end", &self.end)
            .field("set_for", &self.set_for)
            .finish_non_exhaustive()
    }
}
