//! Settings of a server that harm.

use std::fmt;

use crate::redis::{answer::Answer, connection::Connection, error::RedisError};

/// A problem of the server's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisWarning {
    /// The server removes any key when memory is short, such as the log of a hub.
    EvictsLogs,
    /// The server removes keys with a TTL when memory is short, such as those of runs.
    #[cfg(feature = "runs")]
    EvictsRuns,
}

/// Returns whether the server has a `maxmemory-policy` that begins with one of these texts.
pub(crate) async fn has_policy(
    connection: &Connection,
    policies: &[&str],
) -> Result<bool, RedisError> {
    let memory = connection.run(::redis::cmd("INFO").arg("memory")).await?;
    let memory = memory.text()?;
    let has = |policy: &&str| memory.contains(&format!("maxmemory_policy:{policy}"));
    Ok(policies.iter().any(has))
}

impl fmt::Display for RedisWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EvictsLogs => f.write_str(
                "the Redis server has a maxmemory-policy of the kind allkeys, which may remove a whole log: set it to \
                 noeviction or to a policy of the kind volatile",
            ),
            #[cfg(feature = "runs")]
            Self::EvictsRuns => f.write_str(
                "the Redis server has a maxmemory-policy that may remove runs: set it to noeviction",
            ),
        }
    }
}
