//! Tracks whose turn it is: the stream's, to produce a frame, or the connection's, to ask for one.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::rt::moment::{Moment, nanos};

/// The current turn. The stream writes it, and searches for stalled streams read it.
///
/// The value is one of the constants below, or the moment when the connection took a frame.
#[derive(Debug)]
pub(super) struct Turn(AtomicU64);

/// It is the stream's turn. A stream may take any time.
const STREAM: u64 = 0;

/// The place of the stream was revoked.
const REVOKED: u64 = u64::MAX;

impl Turn {
    /// Starts with the connection's turn: it has the head of the response, and has to ask for the
    /// first frame.
    pub(super) fn new(now: Moment) -> Self {
        Self(AtomicU64::new(now.number()))
    }

    /// Records that the connection has taken a frame.
    #[inline]
    pub(super) fn hand_over(&self, now: Moment) {
        // This fails if the place was revoked, or if the connection has taken another frame.
        let _ = self.replace(STREAM, now.number());
    }

    /// Records that the connection asks for the next frame. Returns whether the place was revoked.
    #[inline]
    pub(super) fn take_back(&self) -> bool {
        match self.0.load(Ordering::Relaxed) {
            STREAM => false,
            REVOKED => true,
            // This fails if the place was revoked just now.
            handed_over => !self.replace(handed_over, STREAM),
        }
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.0.load(Ordering::Relaxed) == REVOKED
    }

    /// Revokes the place of the stream if its connection has asked for nothing for `stalled_after`.
    /// Returns whether it did.
    pub(super) fn revoke(&self, now: Moment, stalled_after: Duration) -> bool {
        let state = self.0.load(Ordering::Relaxed);
        let waited = now.number().saturating_sub(state);
        state != STREAM && waited >= nanos(stalled_after) && self.replace(state, REVOKED)
    }

    fn replace(&self, state: u64, by: u64) -> bool {
        let order = Ordering::Relaxed;
        self.0.compare_exchange(state, by, order, order).is_ok()
    }
}
