//! Generated cases: many random values, and the smallest one that fails.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::suite::case::Failure;
use crate::suite::options::Options;
use crate::text::brief;

/// Tries as many values as the options say, and shrinks the first that fails. `shown` returns a
/// value as reports show it.
///
/// The values depend only on the seed and the ID of the case, so a filter does not change them.
pub(crate) fn smallest_failure<S: Strategy>(
    options: &Options,
    id: &str,
    strategy: &S,
    shown: impl Fn(&S::Value) -> String,
    test: impl Fn(&S::Value) -> Result<(), Failure>,
) -> Option<Failure> {
    let config = Config {
        cases: options.cases,
        failure_persistence: None,
        max_shrink_iters: 4096,
        // If each try is slow, the failure that was found in time must do, even if there is a
        // smaller one.
        max_shrink_time: u32::try_from(options.timeout.as_millis()).unwrap_or(u32::MAX),
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed(options.seed, id));
    let outcome = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
        test(&value).map_err(|failure| TestCaseError::fail(failure.what))
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(reason, value)) => Some(test(&value).err().unwrap_or_else(|| {
            // The same value failed before, so the implementation does not always give the same
            // answer.
            Failure {
                what: format!("{reason}, but not when tried again"),
                given: brief(&shown(&value)),
                chunking: None,
                expected: "the same answer each time".to_owned(),
                seen: "different answers".to_owned(),
            }
        })),
        // The strategies reject no value, so the run cannot be aborted.
        Err(TestError::Abort(reason)) => unreachable!("generation stopped: {reason}"),
    }
}

fn seed(number: u64, id: &str) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    for (index, byte) in id.bytes().enumerate() {
        let place = &mut seed[8 + index % 24];
        *place = place.wrapping_mul(31).wrapping_add(byte);
    }
    seed
}
