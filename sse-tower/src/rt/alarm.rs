//! The one timer of a stream: for its heartbeat and for its end.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::rt::{
    moment::Moment,
    timer::{Sleep, Timer},
};

/// Wakes a stream when the first of two moments has come.
///
/// The moments may be moved as often as events come: the timer is touched only when it fires, or
/// when a moment is moved to before the one it was set for.
#[derive(Default)]
pub(crate) struct Alarm {
    /// When a heartbeat is due.
    pub(crate) heartbeat: Option<Moment>,
    /// When the stream has to end.
    pub(crate) end: Option<Moment>,
    sleep: Option<Pin<Box<dyn Sleep>>>,
    /// What `sleep` is set for; nothing once it is over.
    set_for: Option<Moment>,
}

/// An alarm that is this late shows that the process did not run for a while: the machine was suspended,
/// or the process was stopped. Many alarms are then due at the same moment.
pub(crate) const LATE: Duration = Duration::from_secs(2);

/// What has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Heartbeat,
    End,
}

impl Alarm {
    /// Ready when one of the moments has come, with the present one. It is for the caller to move it.
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

    /// Returns whether it is still to fire, and in time for both moments. Then it need not be polled
    /// again by the task that polled it last.
    #[inline]
    pub(crate) fn will_wake_in_time(&self, timer: &dyn Timer) -> bool {
        let (Some(set_for), Some(sleep)) = (self.set_for, &self.sleep) else {
            return false;
        };
        self.first().is_none_or(|first| set_for <= first)
            && (!sleep.may_be_over() || Moment::now(timer) < set_for)
    }

    /// Returns whether the stream should have ended a good while before `now`.
    pub(crate) fn end_is_late(&self, now: Moment) -> bool {
        is_late(self.end, now)
    }

    /// Returns whether a heartbeat should have been sent a good while before `now`.
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
    moment.is_some_and(|moment| now.since(moment) >= LATE)
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
