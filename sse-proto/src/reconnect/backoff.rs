//! The back-off: an extra wait after failures.

use core::time::Duration;

/// Exponential back-off with full jitter. It is added to the time that the server requested.
///
/// After the first failure, the back-off is a random time between zero and the base. Each further failure in a
/// row doubles the upper end of this range, up to the cap. Without a failure, the back-off is zero.
///
/// So clients that lost the same server do not all return at once, and they leave it alone while it is down.
/// They never return earlier than the server requested, because the back-off only adds to that time. The
/// standard allows this ([waiting some more][reestablish]).
///
/// The default is a base of one second and a cap of 30.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::reconnect::Backoff;
///
/// let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
/// let longest = [0, 1, 2, 3, 4, 5].map(|failures| backoff.after(failures, u64::MAX).as_secs());
/// assert_eq!(longest, [0, 1, 2, 4, 5, 5]);
/// assert_eq!(backoff.after(3, u64::MAX / 4).as_millis(), 999);
/// ```
///
/// [reestablish]: https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    /// No back-off. The client waits only the time that the server requested, as browsers do.
    ///
    /// ```
    /// use sse_proto::reconnect::Backoff;
    ///
    /// assert!(Backoff::NONE.after(10, u64::MAX).is_zero());
    /// ```
    pub const NONE: Self = Self::new(Duration::ZERO, Duration::ZERO);

    /// Makes a back-off of at most `base` after one failure, and never more than `cap`.
    ///
    /// Times of more than `u64::MAX` nanoseconds (584 years) count as that.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::Backoff;
    ///
    /// let default = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    /// assert_eq!(default, Backoff::default());
    /// ```
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// Returns the time to add to the wait after this many failures in a row.
    ///
    /// If each value of `random` is equally likely, so is each time in the range.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::Backoff;
    ///
    /// let backoff = Backoff::new(Duration::from_secs(8), Duration::from_secs(60));
    /// assert_eq!(backoff.after(0, u64::MAX), Duration::ZERO);
    /// let (shortest, longest) = (backoff.after(2, 0), backoff.after(2, u64::MAX));
    /// assert_eq!((shortest.as_secs(), longest.as_secs()), (0, 16));
    /// ```
    #[must_use]
    pub fn after(&self, failures: u32, random: u64) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        // 64 doublings of a 64-bit number fit into 128 bits, and reach any cap.
        let grown = u128::from(nanoseconds(self.base)) << doublings.min(u64::BITS);
        let longest = grown.min(u128::from(nanoseconds(self.cap)));
        let chosen = longest * u128::from(random) / u128::from(u64::MAX);
        Duration::from_nanos(u64::try_from(chosen).unwrap_or(u64::MAX))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(30))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_range_doubles_up_to_the_cap() {
        let backoff = Backoff::default();
        for (failures, longest) in [(0, 0), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30)] {
            assert_eq!(backoff.after(failures, u64::MAX).as_secs(), longest);
        }
        for failures in [7, 64, 65, 66, 1000, u32::MAX] {
            assert_eq!(backoff.after(failures, u64::MAX), 30 * SECOND);
        }
    }

    #[test]
    fn the_jitter_is_full() {
        let backoff = Backoff::new(8 * SECOND, 60 * SECOND);
        let eighths = |number: u64| u64::MAX / 8 * number;
        for (random, low, high) in [
            (0, 0, 0),
            (eighths(1), 999, 1000),
            (eighths(4), 3999, 4000),
            (eighths(7), 6999, 7000),
            (u64::MAX, 8000, 8000),
        ] {
            let chosen = backoff.after(1, random).as_millis();
            assert!((low..=high).contains(&chosen), "{random}: {chosen}");
        }
    }

    #[test]
    fn no_setting_is_too_long_or_too_short() {
        let most = Duration::from_nanos(u64::MAX);
        for (base, cap, failures, longest) in [
            (Duration::ZERO, 9 * SECOND, u32::MAX, Duration::ZERO),
            (9 * SECOND, Duration::ZERO, u32::MAX, Duration::ZERO),
            (9 * SECOND, SECOND, 1, SECOND),
            (Duration::MAX, Duration::MAX, 1, most),
            (Duration::MAX, Duration::MAX, u32::MAX, most),
            (
                Duration::from_nanos(1),
                most,
                64,
                Duration::from_nanos(1 << 63),
            ),
            (Duration::from_nanos(1), most, 65, most),
        ] {
            let backoff = Backoff::new(base, cap);
            assert_eq!(
                backoff.after(failures, u64::MAX),
                longest,
                "{backoff:?} {failures}"
            );
            assert_eq!(backoff.after(failures, 0), Duration::ZERO);
        }
        assert_eq!(Backoff::NONE.after(u32::MAX, u64::MAX), Duration::ZERO);
    }
}
