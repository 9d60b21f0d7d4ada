//! One timer for everything that a client waits for.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant, SystemTime},
};

use crate::rt::timer::{Sleep, Timer};

/// A timer that is touched only when it fires, or when it has to fire earlier than it was set for.
pub(super) struct Deadline {
    timer: Arc<dyn Timer>,
    sleep: Option<Pin<Box<dyn Sleep>>>,
    /// When `sleep` fires; nothing once it has fired.
    set_for: Option<Instant>,
}

impl Deadline {
    pub(super) fn new(timer: Arc<dyn Timer>) -> Self {
        Self {
            timer,
            sleep: None,
            set_for: None,
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.timer.now()
    }

    /// Drops the timer, where nothing will wait for it soon: a timer that is set makes each turn of
    /// the runtime cost more, and wakes the task once.
    pub(super) fn clear(&mut self) {
        self.sleep = None;
        self.set_for = None;
    }

    /// Ready once `moment` has come.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, moment: Instant) -> Poll<()> {
        loop {
            if self.timer.now() >= moment {
                return Poll::Ready(());
            }
            let sleep = match &mut self.sleep {
                None => {
                    self.set_for = Some(moment);
                    self.sleep.insert(self.timer.sleep_until(moment))
                }
                Some(sleep) => {
                    if self.set_for.is_none_or(|set_for| moment < set_for) {
                        sleep.as_mut().reset(moment);
                        self.set_for = Some(moment);
                    }
                    sleep
                }
            };
            ready!(sleep.as_mut().poll(cx));
            self.set_for = None;
        }
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline")
            .field("set_for", &self.set_for)
            .finish_non_exhaustive()
    }
}

/// Measures how long a connection has been silent.
///
/// The clock of most timers stands still while the machine is suspended. The peer does not wait for it,
/// so the time of day is looked at as well.
#[derive(Debug)]
pub(super) struct Silence {
    timeout: Duration,
    since: Instant,
    since_time_of_day: SystemTime,
}

/// When a suspended machine wakes up, its silence is noticed within this time.
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(15);

impl Silence {
    pub(super) fn new(timeout: Duration, now: Instant) -> Self {
        Self {
            timeout,
            since: now,
            since_time_of_day: SystemTime::now(),
        }
    }

    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Begins anew: bytes have come, or the consumer was away.
    pub(super) fn restart(&mut self, now: Instant) {
        self.since = now;
        self.since_time_of_day = SystemTime::now();
    }

    /// Returns whether it has lasted for the timeout.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.is_over_at(now, SystemTime::now())
    }

    fn is_over_at(&self, now: Instant, time_of_day: SystemTime) -> bool {
        let by_clock = now.saturating_duration_since(self.since);
        let by_day = time_of_day.duration_since(self.since_time_of_day);
        by_clock >= self.timeout || by_day.is_ok_and(|silence| silence >= self.timeout)
    }

    /// When to look again.
    pub(super) fn check_at(&self, now: Instant) -> Instant {
        let end = self.since.checked_add(self.timeout);
        let check = now + MAX_CHECK_INTERVAL;
        end.map_or(check, |end| end.min(check))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspended_machine_notices_on_wake_up_that_the_time_has_passed() {
        let (now, today) = (Instant::now(), SystemTime::now());
        let minute = Duration::from_secs(60);
        let mut silence = Silence::new(minute, now);
        silence.since_time_of_day = today;
        let second = Duration::from_secs(1);
        for (clock, day, expected) in [
            (second, second, false),
            (minute, second, true),
            (second, minute, true),
            (second, minute - second, false),
        ] {
            let is_over = silence.is_over_at(now + clock, today + day);
            assert_eq!(is_over, expected, "{clock:?} {day:?}");
        }
        // A clock that was set back does not count.
        assert!(!silence.is_over_at(now + second, today - minute));
    }

    #[test]
    fn the_time_of_day_is_looked_at_every_few_seconds() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let check = |timeout, after| Silence::new(timeout, now).check_at(now + after) - now;
        assert_eq!(check(10 * second, 4 * second), 10 * second);
        assert_eq!(check(60 * second, 4 * second), 19 * second);
        assert_eq!(check(Duration::MAX, second), 16 * second);
    }
}
