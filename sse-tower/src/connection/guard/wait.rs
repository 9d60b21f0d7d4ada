//! Measures how long a connection waits for its peer.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::rt::{
    moment::Moment,
    timer::{Sleep, Timer},
};

/// A wait for the peer to accept bytes or to send some, with a timeout.
#[derive(Default)]
pub(super) struct Wait {
    /// The moment of the timeout, while a wait is under way.
    due: Option<Moment>,
    /// Set for `due` or for an earlier moment. An earlier one is moved only when it fires, so that
    /// a write does not touch the timer.
    sleep: Option<Pin<Box<dyn Sleep>>>,
    has_timed_out: bool,
}

impl Wait {
    pub(super) fn is_under_way(&self) -> bool {
        self.due.is_some()
    }

    /// Ends the wait because the peer has done something, even if it was too late.
    #[inline]
    pub(super) fn stop(&mut self) {
        self.due = None;
    }

    /// Starts a wait that times out at `due`.
    pub(super) fn begin(&mut self, due: Moment) {
        self.due = Some(due);
    }

    /// Ends the wait and frees the timer. Used if no other wait will start soon.
    #[cold]
    pub(super) fn free(&mut self) {
        *self = Self::default();
    }

    /// Returns whether a wait has ever timed out.
    pub(super) fn has_timed_out(&self) -> bool {
        self.has_timed_out
    }

    /// Is ready when the wait times out. Starts a wait of length `timeout` unless one is under way.
    pub(super) fn poll_timeout(
        &mut self,
        timeout: Duration,
        timer: &Arc<dyn Timer>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let now = || Moment::now(&**timer);
        let due = *self
            .due
            .get_or_insert_with(|| now().saturating_add(timeout));
        let sleep = self
            .sleep
            .get_or_insert_with(|| timer.sleep_until(due.instant()));
        loop {
            ready!(sleep.as_mut().poll(cx));
            // Reset the timer even if the wait is over, because a completed sleep must not be
            // polled again.
            let is_due = now() >= due;
            sleep.as_mut().reset(due.instant());
            if is_due {
                self.has_timed_out = true;
                return Poll::Ready(());
            }
        }
    }
}
