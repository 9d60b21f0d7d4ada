//! Whose turn it is: that of a stream to give a frame, or that of its connection to ask for one.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::rt::moment::{Moment, nanos};

/// Whose turn it is, as the stream writes it, and those who look for stalled streams read it.
///
/// This is one of the constants below, or the moment when the connection took a frame.
#[derive(Debug)]
pub(super) struct Turn(AtomicU64);

/// It is the turn of the stream. It may take its time.
const STREAM: u64 = 0;

/// The stream has lost its place.
const REVOKED: u64 = u64::MAX;

impl Turn {
    /// The connection has the head of the response, and has to ask for the first frame.
    pub(super) fn new(now: Moment) -> Self {
        Self(AtomicU64::new(now.number()))
    }

    /// The connection has taken a frame.
    #[inline]
    pub(super) fn hand_over(&self, now: Moment) {
        // It fails if the place was lost, or if the connection has taken another frame.
        let _ = self.replace(STREAM, now.number());
    }

    /// The connection asks for the next frame. Returns whether the place was lost.
    #[inline]
    pub(super) fn take_back(&self) -> bool {
        match self.0.load(Ordering::Relaxed) {
            STREAM => false,
            REVOKED => true,
            // It fails if the place was lost just now.
            handed_over => !self.replace(handed_over, STREAM),
        }
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.0.load(Ordering::Relaxed) == REVOKED
    }

    /// Takes the place of the stream away if its connection has asked for nothing for `stalled_after`.
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
