//! Whose turn it is: that of a stream to give a frame, or that of its connection to ask for one.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Whose turn it is, as the stream writes it, and those who look for stalled streams read it.
#[derive(Debug)]
pub(super) struct Turn {
    epoch: Instant,
    /// One of the constants below, or one more than the milliseconds from the epoch to the moment when
    /// the connection took a frame.
    state: AtomicU64,
}

/// It is the turn of the stream. It may take its time.
const STREAM: u64 = 0;

/// The stream has lost its place.
const REVOKED: u64 = u64::MAX;

impl Turn {
    /// The connection has the head of the response, and has to ask for the first frame.
    pub(super) fn new(epoch: Instant, now: Instant) -> Self {
        Self {
            epoch,
            state: AtomicU64::new(since(epoch, now)),
        }
    }

    /// The connection has taken a frame.
    pub(super) fn hand_over(&self, now: Instant) {
        let now = since(self.epoch, now);
        // It fails if the place was lost, or if the connection has taken another frame.
        let _ = self.replace(STREAM, now);
    }

    /// The connection asks for the next frame. Returns whether the place was lost.
    #[inline]
    pub(super) fn take_back(&self) -> bool {
        match self.state.load(Ordering::Relaxed) {
            STREAM => false,
            REVOKED => true,
            // It fails if the place was lost just now.
            handed_over => !self.replace(handed_over, STREAM),
        }
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.state.load(Ordering::Relaxed) == REVOKED
    }

    /// Takes the place of the stream away if its connection has asked for nothing for `stalled_after`.
    pub(super) fn revoke(&self, now: Instant, stalled_after: Duration) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        let stalled_after = millis(stalled_after);
        let waited = since(self.epoch, now).saturating_sub(state);
        state != STREAM && waited >= stalled_after && self.replace(state, REVOKED)
    }

    fn replace(&self, state: u64, by: u64) -> bool {
        let order = Ordering::Relaxed;
        self.state.compare_exchange(state, by, order, order).is_ok()
    }
}

fn since(epoch: Instant, now: Instant) -> u64 {
    // Never one of the constants.
    millis(now.saturating_duration_since(epoch)).min(REVOKED - 2) + 1
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
