//! The time that a server keeps the suite waiting.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::text::seconds;

/// An answer that takes longer than this counts as late.
pub(crate) const PROMPT: Duration = Duration::from_secs(1);

/// The total time that a server has kept the suite waiting. Beyond a limit, the server is given up.
pub(crate) struct Delays {
    limit: Duration,
    total: Cell<Duration>,
    /// The end of the last wait that was counted.
    counted_until: Cell<Instant>,
    exceeded: Notify,
}

impl Delays {
    /// Counts from zero. The limit is 2.5 times `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            limit: 5 * patience / 2,
            total: Cell::default(),
            counted_until: Cell::new(Instant::now()),
            exceeded: Notify::new(),
        }
    }

    /// Counts the part of a wait that was too long. The answer came in the end.
    pub(crate) fn count_late(&self, start: Instant) {
        self.count(start + PROMPT);
    }

    /// Counts the time since `from`. Waits that overlap count once.
    pub(crate) fn count(&self, from: Instant) {
        let now = Instant::now();
        let from = self.counted_until.get().max(from);
        if now > from {
            self.counted_until.set(now);
            self.total.set(self.total.get() + (now - from));
        }
        if self.are_too_long() {
            self.exceeded.notify_waiters();
        }
    }

    /// Returns whether the limit is reached. The suite then gives up the server.
    pub(crate) fn are_too_long(&self) -> bool {
        self.total.get() >= self.limit
    }

    /// Waits until the limit is reached.
    pub(crate) async fn until_too_long(&self) {
        let mut exceeded = pin!(self.exceeded.notified());
        exceeded.as_mut().enable();
        if !self.are_too_long() {
            exceeded.await;
        }
    }

    /// Returns the reason why nothing more is asked.
    pub(crate) fn reason(&self) -> String {
        let limit = seconds(self.limit);
        format!(
            "not judged: the server kept the suite waiting for {limit} in total, a limit that \
             depends on `--timeout`"
        )
    }
}
