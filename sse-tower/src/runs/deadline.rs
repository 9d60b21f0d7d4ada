//! A sleep that its owner polls again and again for other moments.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use crate::rt::timer::{Sleep, Timer};

/// Sleeps until moments that its owner names when it polls.
#[derive(Default)]
pub(crate) struct Deadline {
    sleep: Option<Pin<Box<dyn Sleep>>>,
    set_for: Option<Instant>,
}

impl Deadline {
    pub(crate) fn poll(
        &mut self,
        timer: &dyn Timer,
        moment: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let sleep = match &mut self.sleep {
            None => self.sleep.insert(timer.sleep_until(moment)),
            Some(sleep) => {
                if self.set_for != Some(moment) {
                    sleep.as_mut().reset(moment);
                }
                sleep
            }
        };
        self.set_for = Some(moment);
        ready!(sleep.as_mut().poll(cx));
        self.set_for = None;
        Poll::Ready(())
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline")
            .field("set_for", &self.set_for)
            .finish_non_exhaustive()
    }
}
