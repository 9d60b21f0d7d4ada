//! The end of a drain, as a connection learns of it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use crate::{
    drain::{Drain, Watch},
    rt::{
        alarm::LATE,
        timer::{Sleep, Timer},
    },
};

/// Fails when the drain is over.
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

/// As [`check`], and `cx` is woken when the drain is over. A direction that is ready need not be woken.
#[inline]
pub(super) fn wait_for_end(
    ending: &mut Option<Ending>,
    timer: &Arc<dyn Timer>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    if let Some(ending) = ending {
        // Before it is asked whether the drain has started: a start in between is not missed.
        ending.watch.register(cx);
    }
    check(ending, timer, cx)
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
    /// Once the drain has started. In a box, because most of the time it has not.
    closing: Option<Box<Closing>>,
    is_over: bool,
}

/// The moment when connections are closed.
struct Closing {
    /// Until it has come.
    moment: Option<Instant>,
    /// Waits for it.
    sleep: Pin<Box<dyn Sleep>>,
}

impl Ending {
    pub(super) fn new(drain: &Drain) -> Self {
        Self {
            watch: drain.watch(),
            closing: None,
            is_over: false,
        }
    }

    #[inline]
    fn poll_over(&mut self, timer: &Arc<dyn Timer>, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over {
            return Poll::Ready(());
        }
        if self.closing.is_none() && !self.watch.has_changed() {
            return Poll::Pending;
        }
        self.poll_window(timer, cx)
    }

    #[cold]
    fn poll_window(&mut self, timer: &Arc<dyn Timer>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(window) = self.watch.changed() {
            let close = window.end().max(window.start + LEAST);
            match &mut self.closing {
                Some(closing) => {
                    closing.moment = Some(close);
                    closing.sleep.as_mut().reset(close);
                }
                None => {
                    self.closing = Some(Box::new(Closing {
                        moment: Some(close),
                        sleep: timer.sleep_until(close),
                    }));
                }
            }
        }
        let Some(closing) = &mut self.closing else {
            return Poll::Pending;
        };
        ready!(closing.sleep.as_mut().poll(cx));
        let now = timer.now();
        if closing
            .moment
            .take()
            .is_some_and(|close| now >= close + LATE)
        {
            // The process did not run for a while. Streams that end only now still have to be written.
            closing.sleep.as_mut().reset(now + LEAST);
            ready!(closing.sleep.as_mut().poll(cx));
        }
        self.is_over = true;
        Poll::Ready(())
    }
}
