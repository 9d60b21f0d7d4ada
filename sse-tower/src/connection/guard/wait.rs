//! A wait for the peer, which must not take too long.

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

/// A wait for the peer: to take bytes, or to send some.
#[derive(Default)]
pub(super) struct Wait {
    /// When it is too long, while there is one.
    due: Option<Moment>,
    /// Wakes at some earlier timeout, or at this one: a write costs the timer nothing.
    sleep: Option<Pin<Box<dyn Sleep>>>,
    was_too_long: bool,
}

impl Wait {
    pub(super) fn is_under_way(&self) -> bool {
        self.due.is_some()
    }

    /// The peer has done something, perhaps too late.
    #[inline]
    pub(super) fn over(&mut self) {
        self.due = None;
    }

    /// A wait begins that is too long at `due`.
    pub(super) fn begin(&mut self, due: Moment) {
        self.due = Some(due);
    }

    /// Frees the timer, because the next wait will not begin soon.
    #[cold]
    pub(super) fn free(&mut self) {
        *self = Self::default();
    }

    /// Returns whether a wait has ever been too long.
    pub(super) fn was_too_long(&self) -> bool {
        self.was_too_long
    }

    /// Ready when the wait has taken `timeout`. Unless one has
    /// begun, it begins with the first call.
    pub(super) fn poll_too_long(
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
            // Also when it is ready: another poll needs a wait that is not over.
            let is_due = now() >= due;
            sleep.as_mut().reset(due.instant());
            if is_due {
                self.was_too_long = true;
                return Poll::Ready(());
            }
        }
    }
}
