//! The errors of a Redis server that a program was told to use.

use sse_tower::hub::log::redis::{RedisError, RedisErrorKind};

/// Names the option that an error is about.
#[must_use]
pub fn name_option(error: RedisError) -> anyhow::Error {
    let option = match error.kind() {
        RedisErrorKind::InvalidCertificates | RedisErrorKind::Tls => "--redis-ca",
        _ => "--redis",
    };
    anyhow::Error::new(error).context(option)
}

/// Returns whether an error is a mistake in the configuration, which starting again does not cure.
#[must_use]
pub fn is_mistake(error: &anyhow::Error) -> bool {
    let causes = error.chain();
    let mut kinds = causes.filter_map(|cause| cause.downcast_ref::<RedisError>());
    kinds.any(|error| {
        matches!(
            error.kind(),
            RedisErrorKind::InvalidUrl
                | RedisErrorKind::InvalidCertificates
                | RedisErrorKind::LoginRefused
                | RedisErrorKind::MissingRight
                | RedisErrorKind::Replica
                | RedisErrorKind::NoRunId
        )
    })
}
