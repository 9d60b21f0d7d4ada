//! Closes a connection at the end of a drain.

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
        alarm::LATE_AFTER,
        timer::{Sleep, Timer},
    },
};

/// Returns an error if the drain is over.
#[inline]
pub(super) fn check(
    ending: &mut Option<Ending>,
    timer: &Arc<dyn Timer>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    let ending = ending.as_mut();
    match ending.is_some_and(|ending| ending.poll_over(timer, cx).is_ready()) {
        true => Err(drain_is_over()),
        false => Ok(()),
    }
}

/// Does the same as [`check`], and registers `cx` to be woken when the drain starts or ends.
///
/// Only a direction that has to wait calls this. One that is ready needs no waker.
#[inline]
pub(super) fn wait_for_end(
    ending: &mut Option<Ending>,
    timer: &Arc<dyn Timer>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    if let Some(ending) = ending {
        // Register first and check afterwards, so that a start between the two is not missed.
        ending.watch.register(cx);
    }
    check(ending, timer, cx)
}

#[cold]
fn drain_is_over() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "the server is shutting down, and the window of its drain is over",
    )
}

/// The minimum time for writing the last bytes of streams that end at once.
pub(super) const MIN_WRITE_TIME: Duration = Duration::from_millis(250);

/// Tells one direction of a connection when to close.
pub(super) struct Ending {
    watch: Watch,
    /// Set once the drain has started. Boxed because most connections never need it.
    closing: Option<Box<Closing>>,
    is_over: bool,
}

/// The moment when the connection is closed.
struct Closing {
    /// The moment, until it has been reached.
    moment: Option<Instant>,
    /// Waits for the moment.
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
            let close = window.end().max(window.start + MIN_WRITE_TIME);
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
            .is_some_and(|close| now >= close + LATE_AFTER)
        {
            // The process did not run for a while. Streams that end only now still need time for
            // their last bytes.
            closing.sleep.as_mut().reset(now + MIN_WRITE_TIME);
            ready!(closing.sleep.as_mut().poll(cx));
        }
        self.is_over = true;
        Poll::Ready(())
    }
}
