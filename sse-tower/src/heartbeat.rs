//! A sign of life when there is no event, so that nothing in between takes the connection for dead.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::timer::{Sleep, Timer};

/// When a stream without events shows that it is alive.
///
/// The heartbeat is a comment line, `:` and LF, which every client ignores
/// ([HTML, "Authoring notes"][standard]). It is sent once at the start if no event is ready, so
/// that proxies pass the response on, and then whenever nothing was sent for the interval. The
/// default is 15 seconds; the shortest idle timeout of a common proxy is 10.
///
/// An event costs the timer nothing: the deadline is moved when the timer fires.
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
#[derive(Clone, Debug)]
pub struct Heartbeat {
    interval: Duration,
    timer: Arc<dyn Timer>,
}

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Heartbeat {
    /// A heartbeat after each `interval` without an event, by tokio's timer. The interval is at
    /// least a millisecond and at most a day; what lies outside counts as the nearer of the two.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_tower::{Heartbeat, SseLayer};
    ///
    /// let layer = SseLayer::new().heartbeat(Heartbeat::every(Duration::from_secs(9)));
    /// # let _ = layer;
    /// ```
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn every(interval: Duration) -> Self {
        Self::with_timer(interval, crate::TokioTimer)
    }

    /// As `every`, by the timer of another runtime.
    #[must_use]
    pub fn with_timer(interval: Duration, timer: impl Timer + 'static) -> Self {
        Self {
            interval: interval.clamp(SHORTEST, LONGEST),
            timer: Arc::new(timer),
        }
    }

    /// Every 15 seconds, if there is a timer.
    pub(crate) fn by_default() -> Option<Self> {
        #[cfg(feature = "tokio")]
        return Some(Self::every(Duration::from_secs(15)));
        #[cfg(not(feature = "tokio"))]
        None
    }
}

/// One stream's heartbeat.
pub(crate) struct Pulse {
    heartbeat: Heartbeat,
    /// When the next one is due; the first one is due at once.
    due: Option<Instant>,
    /// Wakes the stream at some earlier deadline, or at this one.
    sleep: Option<Pin<Box<dyn Sleep>>>,
}

impl Pulse {
    pub(crate) const BYTES: Bytes = Bytes::from_static(b":\n");

    pub(crate) const fn new(heartbeat: Heartbeat) -> Self {
        Self {
            heartbeat,
            due: None,
            sleep: None,
        }
    }

    /// Something was sent: the next heartbeat is due an interval from now.
    pub(crate) fn postpone(&mut self) {
        self.due = Some(self.heartbeat.timer.now() + self.heartbeat.interval);
    }

    /// Ready when a heartbeat is due, and then again an interval later.
    pub(crate) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else {
            self.postpone();
            return Poll::Ready(());
        };
        let timer = &self.heartbeat.timer;
        let sleep = self.sleep.get_or_insert_with(|| timer.sleep_until(due));
        loop {
            ready!(sleep.as_mut().poll(cx));
            let now = timer.now();
            if now >= due {
                let next = now + self.heartbeat.interval;
                sleep.as_mut().reset(next);
                self.due = Some(next);
                return Poll::Ready(());
            }
            // It was set before the last event was sent.
            sleep.as_mut().reset(due);
        }
    }
}

impl fmt::Debug for Pulse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pulse")
            .field("heartbeat", &self.heartbeat)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}
