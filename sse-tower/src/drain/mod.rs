//! Ending all streams of a server in order, so that it can stop.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use slab::Slab;

use crate::rt::timer::Timer;

mod watch;

pub(crate) use watch::Watch;

/// Ends every stream of a server, spread over a window of time.
///
/// A graceful shutdown waits for the responses under way, and an event stream is a response that
/// never ends by itself. Give one handle (clones share it) to all that has streams, and
/// [start](Self::start) it when the server should stop: each stream then ends at a random moment
/// within the window, after a `retry:` of a random length, so that its client comes back later and
/// elsewhere, and not together with all others. A stream that is asked for after the start is
/// refused as one beyond a limit is.
///
/// If the process did not run for a part of the window, the streams that should have ended then end
/// over the rest of the window.
///
/// A body can end only while it is polled, and a peer that does not read is not polled for. For
/// those there is the connection guard, which closes the connection at the end of the window.
///
/// ```
/// use std::time::Duration;
/// use sse_tower::Drain;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let drain = Drain::new();
/// // Give `drain.clone()` to the settings of the streams, and `drain.started()` to the server.
/// let drained = drain.start(Duration::from_secs(10)).await;
/// assert_eq!(drained.streams(), 0);
/// # }
/// ```
#[derive(Clone)]
pub struct Drain {
    shared: Arc<Shared>,
}

struct Shared {
    timer: Arc<dyn Timer>,
    /// How often it was started: one load tells a stream that nothing has changed.
    starts: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    window: Option<Window>,
    /// Who wants to know of the start, and of the end of the last stream.
    watches: Slab<Waker>,
    open: usize,
    drained: Drained,
}

/// When the streams end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: Instant,
    length: Duration,
}

/// The longest window: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Drain {
    /// A drain that has not started, by the clock of tokio.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn new() -> Self {
        Self::with_timer(crate::rt::timer::TokioTimer)
    }

    /// As `new`, by the clock of another runtime: the one whose timer the streams have.
    #[must_use]
    pub fn with_timer(timer: impl Timer + 'static) -> Self {
        Self {
            shared: Arc::new(Shared {
                timer: Arc::new(timer),
                starts: AtomicU32::new(0),
                state: Mutex::default(),
            }),
        }
    }

    /// Begins to end the streams, over `window`, at most a day. A window of zero ends them at once;
    /// the connection guard gives them a quarter of a second to be written.
    ///
    /// This happens whether or not the future that is returned is polled. If the drain has already
    /// started, the earlier end counts: a second, shorter window hastens it. O(streams).
    pub fn start(&self, window: Duration) -> Draining {
        let now = self.shared.timer.now();
        let asked = Window {
            start: now,
            length: window.min(LONGEST),
        };
        let wakers: Vec<Waker> = {
            let mut state = self.shared.state();
            match state.window {
                None => state.drained.streams = state.open,
                Some(begun) if begun.end() <= asked.end() => return self.draining(),
                Some(_) => {}
            }
            state.window = Some(asked);
            self.shared.starts.fetch_add(1, Ordering::Release);
            state.wakers()
        };
        wakers.into_iter().for_each(Waker::wake);
        self.draining()
    }

    /// Whether it has started.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.shared.starts.load(Ordering::Acquire) > 0
    }

    /// A future that is ready once the drain has started: what a server's graceful shutdown waits
    /// for. In axum: `axum::serve(listener, app).with_graceful_shutdown(drain.started())`.
    ///
    /// Cancel safe.
    pub fn started(&self) -> DrainStarted {
        DrainStarted {
            watch: self.watch(),
        }
    }

    /// How many streams are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.shared.state().open
    }

    /// Returns whether both are the same drain.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Returns whether the window is over at `now`.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        let window = self.shared.state().window;
        window.is_some_and(|window| window.end() <= now)
    }

    fn draining(&self) -> Draining {
        Draining {
            watch: self.watch(),
        }
    }

    /// Learns of the start.
    pub(crate) fn watch(&self) -> Watch {
        Watch::new(self.shared.clone())
    }

    /// Counts a stream as open until what is returned is dropped, unless the drain has started.
    pub(crate) fn open(&self) -> Option<Open> {
        let mut state = self.shared.state();
        if state.window.is_some() {
            return None;
        }
        state.open += 1;
        drop(state);
        Some(Open {
            watch: self.watch(),
            has_ended: false,
        })
    }
}

#[cfg(feature = "tokio")]
impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        f.debug_struct("Drain")
            .field("window", &state.window)
            .field("open", &state.open)
            .finish_non_exhaustive()
    }
}

/// The future of [`Drain::start`]: ready when the last stream has ended.
///
/// Ended means that the connection has taken over the last bytes, or has dropped the stream. They
/// are written by the time the server's own graceful shutdown is over: wait for that, too, before
/// the program exits.
///
/// Cancel safe: the drain goes on without it, and [`Drain::start`] gives another.
#[must_use = "the server should not stop before the streams have ended"]
pub struct Draining {
    watch: Watch,
}

impl Future for Draining {
    type Output = Drained;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Drained> {
        self.watch.register(cx);
        let state = self.watch.shared.state();
        match state.open {
            0 => Poll::Ready(state.drained),
            _ => Poll::Pending,
        }
    }
}

impl fmt::Debug for Draining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draining").finish_non_exhaustive()
    }
}

/// What came of a drain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    streams: usize,
    in_order: usize,
}

impl Drained {
    /// How many streams were open when the drain started.
    #[must_use]
    pub const fn streams(&self) -> usize {
        self.streams
    }

    /// How many of them came to a proper end. The others were dropped: the client had gone, or its
    /// connection was closed because it did not read.
    #[must_use]
    pub const fn ended_in_order(&self) -> usize {
        self.in_order
    }
}

/// The future of [`Drain::started`].
#[must_use = "futures do nothing unless polled"]
pub struct DrainStarted {
    watch: Watch,
}

impl Future for DrainStarted {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.watch.window(cx) {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for DrainStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainStarted").finish_non_exhaustive()
    }
}

impl Window {
    pub(crate) fn end(&self) -> Instant {
        self.start + self.length
    }

    /// Returns a moment within the window. A `fraction` of 0 is its start, and 1 is the end of its
    /// seventh eighth: the last eighth is left for writing.
    pub(crate) fn moment(&self, fraction: f64) -> Instant {
        self.moment_after(self.start, fraction)
    }

    /// As [`moment`](Self::moment), within the rest of the window. If none is left, this is `now`.
    pub(crate) fn moment_after(&self, now: Instant, fraction: f64) -> Instant {
        let last = self.start + (self.length - self.length / 8);
        now + last.saturating_duration_since(now).mul_f64(fraction)
    }
}

/// A stream that is open.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) watch: Watch,
    pub(crate) has_ended: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.watch.shared.state();
        state.open -= 1;
        if state.window.is_none() {
            return;
        }
        state.drained.in_order += usize::from(self.has_ended);
        if state.open == 0 {
            let wakers = state.wakers();
            drop(state);
            wakers.into_iter().for_each(Waker::wake);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wakers(&self) -> Vec<Waker> {
        self.watches
            .iter()
            .map(|(_, waker)| waker.clone())
            .collect()
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests;
