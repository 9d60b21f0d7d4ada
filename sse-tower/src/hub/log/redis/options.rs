//! The bounds of a log, and how its server is reached.

use std::time::Duration;

use crate::{hub::publish::id::WINDOW, tls::Trust};

/// The bounds of logs in Redis, and how the server is reached.
///
/// ```
/// use std::time::Duration;
/// use sse_tower::hub::log::redis::RedisOptions;
///
/// let options = RedisOptions::new()
///     .max_bytes(256 * 1024 * 1024)
///     .max_age(Duration::from_secs(24 * 3600));
/// # let _ = options;
/// ```
///
/// # Bounds
///
/// The bounds belong to the log. The process that creates a log sets them, and they are stored with it. The options of
/// other processes do not change them. To change the bounds of a log, set the fields `max_bytes`, `max_entries` and
/// `max_age_ms` of its hash (see [`prefix`](Self::prefix)).
#[derive(Clone, Debug)]
#[must_use = "options do nothing until they are given to `RedisLog::connect`"]
pub struct RedisOptions {
    pub(super) prefix: String,
    pub(super) bounds: Bounds,
    pub(super) publish_id_window: Duration,
    pub(super) timeout: Duration,
    pub(super) trust: Trust,
}

/// The bounds of a new log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: u64,
    pub(super) entries: u64,
    pub(super) age: Option<Duration>,
}

impl RedisOptions {
    /// Makes options with the default values.
    pub fn new() -> Self {
        Self {
            prefix: "sse".to_owned(),
            bounds: Bounds {
                bytes: 64 * 1024 * 1024,
                entries: 100_000,
                age: None,
            },
            publish_id_window: WINDOW,
            timeout: Duration::from_secs(4),
            trust: Trust {
                of_system: true,
                pem: Vec::new(),
            },
        }
    }

    /// Sets the first part of the keys. The default is `sse`.
    ///
    /// The log `orders` has the keys `sse:{orders}:log`, which is a stream, and `sse:{orders}:meta`, a hash.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the number of bytes that a new log may have. The default is 64 MiB.
    ///
    /// The oldest entries are removed first. The text of an event and the names of its topics count, and 128 bytes
    /// more for each event. A larger event is refused.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.bounds.bytes = bytes.max(1);
        self
    }

    /// Sets the number of events that a new log may have. The default is 100,000.
    pub fn max_events(mut self, events: u64) -> Self {
        self.bounds.entries = events.max(1);
        self
    }

    /// Sets the age at which a new log drops an event, by the clock of the server. By default age does not matter.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.bounds.age = Some(age);
        self
    }

    /// Sets how long the server remembers a [publish ID](crate::hub::Publish::publish_id). The default is two minutes.
    ///
    /// Each publish ID is a key of its own on the server, which takes about 200 bytes until it expires.
    pub fn publish_id_window(mut self, window: Duration) -> Self {
        self.publish_id_window = window;
        self
    }

    /// Sets the time after which the server counts as out of reach. The default is 4 seconds, the minimum 100
    /// milliseconds.
    ///
    /// It is the longest time that publishing takes, and that a reader waits for an answer.
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

impl Default for RedisOptions {
    fn default() -> Self {
        Self::new()
    }
}
