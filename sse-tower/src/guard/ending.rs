//! The end of a drain, as a connection learns of it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use crate::{
    alarm::LATE,
    drain::{Drain, Watch},
    timer::{Sleep, Timer},
};

/// Fails when the drain is over; until then `cx` is woken when it is.
#[inline]
pub(super) fn check(
    ending: &mut Option<Ending>,
    timer: &Arc<dyn Timer>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    let ending = ending.as_mut();
    match ending.is_some_and(|ending| ending.poll_over(timer, cx).is_ready()) {
        true => Err(over()),
        false => Ok(()),
    }
}

#[cold]
fn over() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "the server stops: the window of its drain is over",
    )
}

/// The time to write the last bytes of the streams that end at once.
pub(super) const LEAST: Duration = Duration::from_millis(250);

/// The end of a drain, as one direction of a connection learns of it.
pub(super) struct Ending {
    watch: Watch,
    /// When connections are closed. There is no such moment before the drain has started.
    close: Option<Instant>,
    /// Waits for that moment.
    sleep: Option<Pin<Box<dyn Sleep>>>,
    is_over: bool,
}

impl Ending {
    pub(super) fn new(drain: &Drain) -> Self {
        Self {
            watch: drain.watch(),
            close: None,
            sleep: None,
            is_over: false,
        }
    }

    #[inline]
    fn poll_over(&mut self, timer: &Arc<dyn Timer>, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over {
            return Poll::Ready(());
        }
        // Before it is asked whether the drain has started: a start in between is not missed.
        self.watch.register(cx);
        if self.sleep.is_none() && !self.watch.has_changed() {
            return Poll::Pending;
        }
        self.poll_window(timer, cx)
    }

    #[cold]
    fn poll_window(&mut self, timer: &Arc<dyn Timer>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(window) = self.watch.changed() {
            let close = window.end().max(window.start + LEAST);
            self.close = Some(close);
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(close),
                None => self.sleep = Some(timer.sleep_until(close)),
            }
        }
        let Some(sleep) = &mut self.sleep else {
            return Poll::Pending;
        };
        ready!(sleep.as_mut().poll(cx));
        let now = timer.now();
        if self.close.take().is_some_and(|close| now >= close + LATE) {
            // The process did not run for a while. Streams that end only now still have to be written.
            sleep.as_mut().reset(now + LEAST);
            ready!(sleep.as_mut().poll(cx));
        }
        self.is_over = true;
        Poll::Ready(())
    }
}
