//! Random numbers, which keep clients from acting at the same time.

use std::{
    hash::{BuildHasher, RandomState},
    ops::RangeInclusive,
    time::Duration,
};

/// The random numbers of one stream (SplitMix64). Good enough to spread load, but not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Creates a generator with a seed from the operating system, as a `HashMap` does.
    pub(crate) fn new() -> Self {
        Self(RandomState::new().hash_one(()))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        let high = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(high) / f64::from(u32::MAX)
    }

    /// Returns a time within the range.
    pub(crate) fn within(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        let spread = range.end().saturating_sub(*range.start());
        *range.start() + spread.mul_f64(self.fraction())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fill_the_range() {
        let range = Duration::from_secs(2)..=Duration::from_secs(4);
        let mut random = Random::seeded(7);
        let mut tenths = [0; 10];
        for _ in 0..1000 {
            let time = random.within(&range);
            assert!(range.contains(&time));
            tenths[((time.as_secs_f64() - 2.0) * 5.0).min(9.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|count| *count > 50), "{tenths:?}");
    }

    #[test]
    fn an_empty_range_is_its_start() {
        let range = Duration::from_secs(4)..=Duration::from_secs(2);
        assert_eq!(Random::seeded(7).within(&range), Duration::from_secs(4));
    }

    #[test]
    fn two_streams_differ() {
        assert_ne!(Random::new().next(), Random::new().next());
    }
}
