//! The interface to the timer of a runtime.

use std::{fmt, future::Future, pin::Pin, task::Waker, time::Instant};

/// A clock, usually that of the runtime that polls the bodies.
///
/// With feature `tokio`, `TokioTimer` is the default. With feature `hyper`, `HyperTimer` adapts a
/// `hyper::rt::Timer`. For another runtime, implement this trait and pass the timer to
/// [`Settings::with_timer`](crate::Settings::with_timer).
pub trait Timer: fmt::Debug + Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Instant;

    /// Returns a future that completes at `deadline`, but not before [`now`](Self::now) returns
    /// that time. The future is not polled again after that, unless it was [reset](Sleep::reset).
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>>;
}

/// A sleep whose deadline can be moved, so that a stream allocates it only once.
pub trait Sleep: Future<Output = ()> + Send + Sync {
    /// Moves the deadline. A sleep that has completed starts again, and the next poll registers the
    /// waker.
    fn reset(self: Pin<&mut Self>, deadline: Instant);

    /// Returns false if the sleep will still wake the task that polled it last. Then a stream need
    /// not read the clock after each event.
    ///
    /// By default this returns true, and the stream reads the clock.
    fn may_be_over(&self) -> bool {
        true
    }

    /// Returns whether the sleep would wake the same task as `waker`. Then a stream need not poll it again after each
    /// event.
    ///
    /// By default this returns false, and the stream polls the sleep.
    fn will_wake(&self, _waker: &Waker) -> bool {
        false
    }
}

#[cfg(feature = "tokio")]
pub use tokio_timer::TokioTimer;

#[cfg(feature = "tokio")]
mod tokio_timer {
    use std::{
        future::Future,
        pin::Pin,
        task::{Context, Poll, Waker},
        time::Instant,
    };

    use pin_project_lite::pin_project;

    use super::{Sleep, Timer};

    /// The timer of tokio. It respects paused time.
    ///
    /// Poll bodies that use it within a tokio runtime whose time is enabled. Otherwise they panic,
    /// as `tokio::time::sleep` does.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct TokioTimer;

    impl Timer for TokioTimer {
        fn now(&self) -> Instant {
            tokio::time::Instant::now().into_std()
        }

        fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
            Box::pin(TokioSleep {
                sleep: tokio::time::sleep_until(deadline.into()),
                polled_by: None,
            })
        }
    }

    pin_project! {
        struct TokioSleep {
            #[pin]
            sleep: tokio::time::Sleep,
            polled_by: Option<Waker>,
        }
    }

    impl Future for TokioSleep {
        type Output = ();

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = self.project();
            match this.polled_by {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *this.polled_by = Some(cx.waker().clone()),
            }
            this.sleep.poll(cx)
        }
    }

    impl Sleep for TokioSleep {
        fn reset(self: Pin<&mut Self>, deadline: Instant) {
            self.project().sleep.reset(deadline.into());
        }

        fn may_be_over(&self) -> bool {
            self.sleep.is_elapsed()
        }

        fn will_wake(&self, waker: &Waker) -> bool {
            let polled_by = self.polled_by.as_ref();
            polled_by.is_some_and(|polled_by| polled_by.will_wake(waker))
        }
    }
}
