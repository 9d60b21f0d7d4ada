//! The errors of a Redis server that a program was told to use.

use sse_tower::hub::log::redis::{RedisError, RedisErrorKind};

/// Returns whether an error is a mistake in the configuration, which starting again does not cure.
#[must_use]
pub fn is_mistake(error: &anyhow::Error) -> bool {
    let causes = error.chain();
    let mut kinds = causes.filter_map(|cause| cause.downcast_ref::<RedisError>());
    kinds.any(|error| {
        matches!(
            error.kind(),
            RedisErrorKind::InvalidUrl
                | RedisErrorKind::LoginRefused
                | RedisErrorKind::MissingRight
                | RedisErrorKind::Replica
                | RedisErrorKind::NoRunId
        )
    })
}
