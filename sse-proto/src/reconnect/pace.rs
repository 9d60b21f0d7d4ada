//! A limit on the rate of attempts.

use core::time::Duration;

/// A bucket of [`BURST`] attempts. One attempt returns to it after each interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// The time at which the bucket is full again.
    full_at: Duration,
}

/// Number of attempts that may follow each other at once after a quiet time.
const BURST: u32 = 3;

impl Pace {
    pub(super) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            full_at: Duration::ZERO,
        }
    }

    /// Takes an attempt out of the bucket. If the bucket is empty, fails with the time until the next
    /// attempt returns.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let not_before = self
            .full_at
            .saturating_sub(self.interval.saturating_mul(BURST - 1));
        if now < not_before {
            return Err(not_before - now);
        }
        self.full_at = self.full_at.max(now).saturating_add(self.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_an_interval_apart_on_average() {
        let millis = Duration::from_millis;
        let mut pace = Pace::new(millis(500));
        for (now, expected) in [
            (0, Ok(())),
            (0, Ok(())),
            (0, Ok(())),
            (0, Err(500)),
            (499, Err(1)),
            (500, Ok(())),
            (500, Err(500)),
            (1200, Ok(())),
            (1200, Err(300)),
            // The bucket is full again, and never more than full.
            (100_000, Ok(())),
            (100_000, Ok(())),
            (100_000, Ok(())),
            (100_000, Err(500)),
        ] {
            assert_eq!(pace.take(millis(now)), expected.map_err(millis), "{now}");
        }
    }

    #[test]
    fn no_interval_and_no_time_is_too_long() {
        let mut none = Pace::new(Duration::ZERO);
        let mut longest = Pace::new(Duration::MAX);
        for _ in 0..100 {
            assert_eq!(none.take(Duration::ZERO), Ok(()));
            let _ = longest.take(Duration::MAX);
        }
    }
}
