//! Ends all streams of a server cleanly, so that the server can stop.

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

/// Ends all streams of a server, spread over a window of time.
///
/// A graceful shutdown waits for open responses, and an event stream is a response that never ends
/// by itself. Give one drain, or clones of it, to everything that has streams, and
/// [start](Self::start) it when the server should stop. Each stream then ends at a random moment
/// within the window. It first sends a `retry:` of random length, so that its client reconnects
/// later, to another server, and not together with all others. New streams are refused, in the same
/// way as streams beyond a limit.
///
/// If the process did not run for a part of the window, the streams that should have ended
/// meanwhile end during the rest of the window.
///
/// A body can end only while the server polls it, and the server does not poll for a peer that does
/// not read. For such peers, use the connection guard: it closes their connections at the end of
/// the window.
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
    /// The number of starts. A stream needs one load to see that nothing has changed.
    starts: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    window: Option<Window>,
    /// The wakers of tasks that wait for the start or for the end of the last stream.
    watches: Slab<Waker>,
    open: usize,
    drained: Drained,
}

/// The time during which the streams end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: Instant,
    length: Duration,
}

/// The longest window.
const MAX_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

impl Drain {
    /// Creates a drain on tokio's clock.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn new() -> Self {
        Self::with_timer(crate::rt::timer::TokioTimer)
    }

    /// Creates a drain on the clock of another runtime. The streams must use the same clock.
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

    /// Starts to end the streams within `window`, at most a day. A window of zero ends them at
    /// once; the connection guard still leaves a quarter of a second for writing their last bytes.
    ///
    /// The streams end even if the returned future is not polled. If the drain has already started,
    /// the earlier end counts, so a second start with a shorter window ends the streams earlier.
    /// Takes time proportional to the number of streams.
    pub fn start(&self, window: Duration) -> Draining {
        let now = self.shared.timer.now();
        let requested = Window {
            start: now,
            length: window.min(MAX_WINDOW),
        };
        let wakers: Vec<Waker> = {
            let mut state = self.shared.state();
            match state.window {
                None => state.drained.streams = state.open,
                Some(current) if current.end() <= requested.end() => return self.draining(),
                Some(_) => {}
            }
            state.window = Some(requested);
            self.shared.starts.fetch_add(1, Ordering::Release);
            state.wakers()
        };
        wakers.into_iter().for_each(Waker::wake);
        self.draining()
    }

    /// Returns whether the drain has started.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.shared.starts.load(Ordering::Acquire) > 0
    }

    /// Returns a future that completes when the drain starts, for the graceful shutdown of a
    /// server. In axum: `axum::serve(listener, app).with_graceful_shutdown(drain.started())`.
    ///
    /// The future is cancel safe.
    pub fn started(&self) -> DrainStarted {
        DrainStarted {
            watch: self.watch(),
        }
    }

    /// Returns the number of open streams.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.shared.state().open
    }

    /// Returns whether both are the same drain.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Returns whether the window has ended at `now`.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        let window = self.shared.state().window;
        window.is_some_and(|window| window.end() <= now)
    }

    fn draining(&self) -> Draining {
        Draining {
            watch: self.watch(),
        }
    }

    /// Returns a handle that notices when the drain starts.
    pub(crate) fn watch(&self) -> Watch {
        Watch::new(self.shared.clone())
    }

    /// Counts a stream as open until the returned value is dropped. Returns `None` if the drain has
    /// started.
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

/// The future of [`Drain::start`], which completes when the last stream has ended.
///
/// A stream has ended when the connection has taken its last bytes, or has dropped it. The server
/// writes these bytes before its own graceful shutdown is over, so wait for that as well before the
/// program exits.
///
/// It is cancel safe: the drain continues without it, and [`Drain::start`] returns another.
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

/// The result of a drain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    streams: usize,
    ended_cleanly: usize,
}

impl Drained {
    /// Returns the number of streams that were open when the drain started.
    #[must_use]
    pub const fn streams(&self) -> usize {
        self.streams
    }

    /// Returns the number of streams that ended cleanly. The others were dropped, because the
    /// client had gone away or because its connection was closed.
    #[must_use]
    pub const fn ended_cleanly(&self) -> usize {
        self.ended_cleanly
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

    /// Returns a moment within the window. A `fraction` of 0 is the start, and 1 is seven eighths
    /// of the window: the last eighth is left for writing.
    pub(crate) fn moment(&self, fraction: f64) -> Instant {
        self.moment_after(self.start, fraction)
    }

    /// Like [`moment`](Self::moment), but within the part of the window that is left at `now`. If
    /// no time is left, returns `now`.
    pub(crate) fn moment_after(&self, now: Instant, fraction: f64) -> Instant {
        let last = self.start + (self.length - self.length / 8);
        now + last.saturating_duration_since(now).mul_f64(fraction)
    }
}

/// Counts one stream as open.
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
        state.drained.ended_cleanly += usize::from(self.has_ended);
        if state.open == 0 {
            let wakers = state.wakers();
            drop(state);
            wakers.into_iter().for_each(Waker::wake);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock, so it is never poisoned.
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
