//! Virtual time, and tasks that are polled by hand.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use sse_tower::rt::{Sleep, Timer};

/// A clock that moves only when the simulation says so.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<Time>>);

struct Time {
    now: Instant,
    sleepers: Vec<(Instant, Waker)>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        // Only differences matter, so any instant will do as the first one.
        Self(Arc::new(Mutex::new(Time {
            now: Instant::now(),
            sleepers: Vec::new(),
        })))
    }

    pub(crate) fn advance(&self, time: Duration) {
        let mut state = self.0.lock().unwrap();
        state.now += time;
        let now = state.now;
        let due = state
            .sleepers
            .extract_if(.., |(deadline, _)| *deadline <= now);
        let due: Vec<_> = due.collect();
        drop(state);
        for (_, waker) in due {
            waker.wake();
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

impl Timer for Clock {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().now
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Nap(self.clone(), deadline))
    }
}

struct Nap(Clock, Instant);

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.0.lock().unwrap();
        if state.now >= self.1 {
            return Poll::Ready(());
        }
        state.sleepers.push((self.1, cx.waker().clone()));
        Poll::Pending
    }
}

impl Sleep for Nap {
    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.1 = deadline;
    }
}

/// A flag that is set when a task is woken.
#[derive(Debug, Default)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    /// A task is polled once before anything wakes it.
    pub(crate) fn set() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
