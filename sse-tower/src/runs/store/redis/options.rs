//! The options of a store in Redis.

use std::time::Duration;

use crate::tls::Trust;

/// The bounds of runs in Redis, and how the server is reached.
///
/// ```
/// use std::time::Duration;
/// use sse_tower::runs::store::redis::RedisStoreOptions;
///
/// let options = RedisStoreOptions::new().max_runs(5_000).timeout(Duration::from_secs(2));
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until they are given to `RedisStore::connect`"]
pub struct RedisStoreOptions {
    pub(super) prefix: String,
    pub(super) max_runs: usize,
    pub(super) timeout: Duration,
    pub(super) trust: Trust,
}

impl RedisStoreOptions {
    /// Makes options with the default values.
    pub fn new() -> Self {
        Self {
            prefix: "sse".to_owned(),
            max_runs: 1_000,
            timeout: Duration::from_secs(4),
            trust: Trust {
                of_system: true,
                pem: Vec::new(),
            },
        }
    }

    /// Sets the first part of the keys. The default is `sse`, with which all keys begin with `sse:{runs}:`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the number of runs in the store, of all nodes together. The default is 1,000.
    ///
    /// At this number, a new run takes the place of the one that ended first. If none has ended, the new one is
    /// refused with [`Full`](crate::runs::RunErrorKind::Full).
    pub const fn max_runs(mut self, runs: usize) -> Self {
        self.max_runs = runs;
        self
    }

    /// Sets the time after which the server counts as out of reach. The default is 4 seconds, the minimum 100
    /// milliseconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.max(Duration::from_millis(100));
        self
    }

    /// Adds certificates to trust, as PEM text, for URLs with `rediss`.
    pub fn trust_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust.pem.push(pem.into());
        self
    }

    /// Trusts only the certificates of [`trust_pem`](Self::trust_pem), and not those of the operating system.
    pub fn trust_only_given(mut self) -> Self {
        self.trust.of_system = false;
        self
    }
}

impl Default for RedisStoreOptions {
    fn default() -> Self {
        Self::new()
    }
}
