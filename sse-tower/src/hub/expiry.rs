//! The end of a client's permission.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use crate::rt::{
    random::Random,
    timer::{Sleep, Timer},
};

/// The longest time between the end of a stream and that of its client's permission.
const MAX_SPREAD: Duration = Duration::from_secs(30);

/// The moment when a subscription ends because its client's permission does.
pub(crate) struct Expiry {
    expires_at: Instant,
    /// Set with the first poll.
    wait: Option<Wait>,
}

struct Wait {
    ends_at: Instant,
    sleep: Pin<Box<dyn Sleep>>,
}

impl Expiry {
    pub(crate) const fn new(expires_at: Instant) -> Self {
        Self {
            expires_at,
            wait: None,
        }
    }

    /// Is ready when the stream has to end: at a random moment in the last tenth of the remaining time, and
    /// in its last 30 seconds. So clients whose permission ends at the same time do not all come back at once.
    pub(crate) fn poll(
        &mut self,
        timer: &dyn Timer,
        random: impl FnOnce() -> Random,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let wait = self.wait.get_or_insert_with(|| {
            let remaining = self.expires_at.saturating_duration_since(timer.now());
            let spread = (remaining / 10).min(MAX_SPREAD);
            let early = spread.mul_f64(random().fraction());
            let ends_at = self
                .expires_at
                .checked_sub(early)
                .unwrap_or(self.expires_at);
            Wait {
                ends_at,
                sleep: timer.sleep_until(ends_at),
            }
        });
        if timer.now() >= wait.ends_at {
            return Poll::Ready(());
        }
        wait.sleep.as_mut().poll(cx)
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expiry")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
