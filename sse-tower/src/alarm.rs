//! The one timer of a stream: for its heartbeat and for its end.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use crate::timer::{Sleep, Timer};

/// Wakes a stream when the first of two moments has come.
///
/// The moments may be moved as often as events come: the timer is touched only when it fires, or
/// when a moment is moved to before the one it was set for.
#[derive(Default)]
pub(crate) struct Alarm {
    /// When a heartbeat is due.
    pub(crate) heartbeat: Option<Instant>,
    /// When the stream has to end.
    pub(crate) end: Option<Instant>,
    sleep: Option<Pin<Box<dyn Sleep>>>,
    /// What `sleep` is set for; nothing once it is over.
    set_for: Option<Instant>,
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
    /// Ready when one of the moments has come. It is for the caller to move it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, timer: &dyn Timer) -> Poll<Due> {
        loop {
            let Some(first) = self.first() else {
                return Poll::Pending;
            };
            let sleep = match &mut self.sleep {
                None => self.sleep.insert(timer.sleep_until(first)),
                Some(sleep) => {
                    if self.set_for.is_none_or(|set_for| first < set_for) {
                        sleep.as_mut().reset(first);
                        self.set_for = Some(first);
                    }
                    sleep
                }
            };
            self.set_for.get_or_insert(first);
            ready!(sleep.as_mut().poll(cx));
            self.set_for = None;
            let now = timer.now();
            let has_come = |moment: Option<Instant>| moment.is_some_and(|moment| moment <= now);
            if has_come(self.end) {
                return Poll::Ready(Due::End);
            }
            if has_come(self.heartbeat) {
                return Poll::Ready(Due::Heartbeat);
            }
        }
    }

    /// Whether it is still to fire, and in time for both moments. Then it need not be polled again by
    /// the task that polled it last: to ask the clock costs less.
    pub(crate) fn will_wake_in_time(&self, timer: &dyn Timer) -> bool {
        self.set_for.is_some_and(|set_for| {
            self.first().is_none_or(|first| set_for <= first) && timer.now() < set_for
        })
    }

    /// Returns whether the stream should have ended a good while before `now`.
    pub(crate) fn end_is_late(&self, now: Instant) -> bool {
        is_late(self.end, now)
    }

    /// Returns whether a heartbeat should have been sent a good while before `now`.
    pub(crate) fn heartbeat_is_late(&self, now: Instant) -> bool {
        is_late(self.heartbeat, now)
    }

    fn first(&self) -> Option<Instant> {
        match (self.heartbeat, self.end) {
            (Some(heartbeat), Some(end)) => Some(heartbeat.min(end)),
            (heartbeat, end) => heartbeat.or(end),
        }
    }
}

fn is_late(moment: Option<Instant>, now: Instant) -> bool {
    moment.is_some_and(|moment| now.saturating_duration_since(moment) >= LATE)
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
