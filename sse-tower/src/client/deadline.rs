//! One timer for all timeouts and waits of a client.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant, SystemTime},
};

use crate::rt::timer::{Sleep, Timer};

/// A timer that is set again only after it has fired, or if it has to fire earlier.
pub(super) struct Deadline {
    timer: Arc<dyn Timer>,
    sleep: Option<Pin<Box<dyn Sleep>>>,
    /// The time at which `sleep` fires, or nothing after it has fired.
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

    /// Drops the timer if it is not needed soon. While a timer is set, each turn of the runtime costs more, and
    /// the task is woken once without need.
    pub(super) fn clear(&mut self) {
        self.sleep = None;
        self.set_for = None;
    }

    /// Ready at `moment` and after it.
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
/// The clock of most timers stops while the machine is suspended, but the peer does not wait. So the time of
/// day is checked as well.
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

    /// Starts again, because bytes have arrived or the consumer was busy.
    pub(super) fn restart(&mut self, now: Instant) {
        self.since = now;
        self.since_time_of_day = SystemTime::now();
    }

    /// Returns whether the connection was silent for the whole timeout.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.is_over_at(now, SystemTime::now())
    }

    fn is_over_at(&self, now: Instant, time_of_day: SystemTime) -> bool {
        let by_clock = now.saturating_duration_since(self.since);
        let by_day = time_of_day.duration_since(self.since_time_of_day);
        by_clock >= self.timeout || by_day.is_ok_and(|silence| silence >= self.timeout)
    }

    /// Returns the time of the next check.
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
        // A time of day that was set back has no effect.
        assert!(!silence.is_over_at(now + second, today - minute));
    }

    #[test]
    fn the_time_of_day_is_checked_every_few_seconds() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let check = |timeout, after| Silence::new(timeout, now).check_at(now + after) - now;
        assert_eq!(check(10 * second, 4 * second), 10 * second);
        assert_eq!(check(60 * second, 4 * second), 19 * second);
        assert_eq!(check(Duration::MAX, second), 16 * second);
    }
}
