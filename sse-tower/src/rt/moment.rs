//! Moments that take eight bytes, because each stream stores several.

use std::{
    num::NonZeroU64,
    sync::LazyLock,
    time::{Duration, Instant},
};

use crate::rt::timer::Timer;

/// A moment of a timer's clock, in nanoseconds. `Option<Moment>` also takes eight bytes, while an
/// `Instant` takes sixteen.
///
/// It can express 73 years before and after the moment that was created first. A moment farther
/// away is clamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(NonZeroU64);

/// The instant that [`MIDDLE`] stands for. The clocks of tests may be behind it.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

const MIDDLE: u64 = 1 << 62;

/// The largest distance of a moment from `MIDDLE`.
const MAX_DISTANCE: u64 = 1 << 61;

impl Moment {
    pub(crate) fn now(timer: &dyn Timer) -> Self {
        Self::of(timer.now())
    }

    pub(crate) fn of(instant: Instant) -> Self {
        let epoch = *EPOCH;
        match instant.checked_duration_since(epoch) {
            Some(after) => Self::new(MIDDLE + nanos(after).min(MAX_DISTANCE)),
            None => Self::new(
                MIDDLE - nanos(epoch.saturating_duration_since(instant)).min(MAX_DISTANCE),
            ),
        }
    }

    pub(crate) fn instant(self) -> Instant {
        let (epoch, moment) = (*EPOCH, self.0.get());
        let instant = match moment.checked_sub(MIDDLE) {
            Some(after) => epoch.checked_add(Duration::from_nanos(after)),
            None => epoch.checked_sub(Duration::from_nanos(MIDDLE - moment)),
        };
        // Every clock can express this range around the present.
        instant.unwrap_or(epoch)
    }

    /// Returns the moment that is `time` later, or `None` if it is out of range.
    pub(crate) fn checked_add(self, time: Duration) -> Option<Self> {
        let later = self.0.get().checked_add(nanos(time))?;
        (later <= MIDDLE + MAX_DISTANCE).then(|| Self::new(later))
    }

    /// Returns the moment that is `time` later, or the last one in range.
    pub(crate) fn saturating_add(self, time: Duration) -> Self {
        self.checked_add(time)
            .unwrap_or(Self::new(MIDDLE + MAX_DISTANCE))
    }

    /// Returns the time since `earlier`, or zero if `earlier` is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// Returns a number that grows with time. It is never 0 or `u64::MAX`.
    pub(crate) const fn number(self) -> u64 {
        self.0.get()
    }

    const fn new(number: u64) -> Self {
        match NonZeroU64::new(number) {
            Some(number) => Self(number),
            None => Self(NonZeroU64::MIN),
        }
    }
}

pub(crate) fn nanos(time: Duration) -> u64 {
    let whole = time.as_secs().saturating_mul(1_000_000_000);
    whole.saturating_add(time.subsec_nanos().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    #[test]
    fn an_instant_survives_the_conversion() {
        let now = Instant::now();
        let instants = [
            Some(now),
            now.checked_add(Duration::from_nanos(1)),
            now.checked_add(70 * YEAR),
            now.checked_sub(SECOND),
            now.checked_sub(70 * YEAR),
        ];
        for instant in instants.into_iter().flatten() {
            assert_eq!(Moment::of(instant).instant(), instant);
        }
    }

    #[test]
    fn moments_are_ordered_like_their_instants() {
        let now = Instant::now();
        let (before, after) = (now.checked_sub(SECOND), now.checked_add(100 * YEAR));
        let instants = [before, Some(now), Some(now + SECOND), after];
        let instants = instants.into_iter().flatten();
        let moments: Vec<_> = instants.clone().map(Moment::of).collect();
        assert!(moments.is_sorted_by(|one, next| one < next), "{moments:?}");
        for (instant, moment) in instants.zip(&moments) {
            let since = moment.since(Moment::of(now));
            let max = Duration::from_nanos(MAX_DISTANCE);
            assert!(since == instant.saturating_duration_since(now) || since > max - YEAR);
        }
    }

    #[test]
    fn a_moment_out_of_range_is_refused_or_clamped() {
        let now = Moment::of(Instant::now());
        assert_eq!(
            now.checked_add(SECOND).map(|later| later.since(now)),
            Some(SECOND)
        );
        for time in [100 * YEAR, Duration::MAX] {
            assert_eq!(now.checked_add(time), None);
            assert!(now.saturating_add(time) > now.saturating_add(70 * YEAR));
            let _no_panic = now.saturating_add(time).instant();
        }
    }

    #[test]
    fn an_optional_moment_takes_eight_bytes() {
        assert_eq!(size_of::<Option<Moment>>(), 8);
    }
}
