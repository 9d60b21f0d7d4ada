//! Scripts that the server runs. Each is one atomic step.

use std::time::Duration;

/// A script.
pub(crate) struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    pub(crate) fn new(text: &'static str) -> Self {
        let hash = ::redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
    }

    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    pub(crate) const fn text(&self) -> &'static str {
        self.text
    }
}

/// Returns a time in milliseconds, at least one.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis().max(1)).unwrap_or(u64::MAX)
}
