//! Time, as an argument: any runtime's timer will do.

use std::{fmt, future::Future, pin::Pin, time::Instant};

/// The clock of the runtime that polls the bodies.
///
/// With feature `tokio`, `TokioTimer` is the default. With feature `hyper`, `HyperTimer` makes one of a
/// `hyper::rt::Timer`. For another runtime, implement this and give it to
/// [`Settings::with_timer`](crate::Settings::with_timer).
pub trait Timer: fmt::Debug + Send + Sync {
    /// The time.
    fn now(&self) -> Instant;

    /// A future that is ready once `deadline` has come: not before [`now`](Self::now) says so. It is
    /// not polled after that, unless it was [reset](Sleep::reset).
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>>;
}

/// A wait that can be moved to another deadline, so that it is allocated once per connection.
pub trait Sleep: Future<Output = ()> + Send + Sync {
    /// Moves the deadline. A wait that is over begins anew; the next poll registers the waker.
    fn reset(self: Pin<&mut Self>, deadline: Instant);

    /// Returns false if the wait will still wake the task that polled it last. A stream then need not
    /// read the clock after each event.
    ///
    /// The default is true, after which the clock is read.
    fn may_be_over(&self) -> bool {
        true
    }
}

#[cfg(feature = "tokio")]
pub use tokio_timer::TokioTimer;

#[cfg(feature = "tokio")]
mod tokio_timer {
    use std::{
        future::Future,
        pin::Pin,
        task::{Context, Poll},
        time::Instant,
    };

    use pin_project_lite::pin_project;

    use super::{Sleep, Timer};

    /// The timer of tokio, paused time included.
    ///
    /// Bodies that use it are polled within a tokio runtime whose time is enabled, or they panic as
    /// `tokio::time::sleep` does.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct TokioTimer;

    impl Timer for TokioTimer {
        fn now(&self) -> Instant {
            tokio::time::Instant::now().into_std()
        }

        fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
            Box::pin(TokioSleep {
                sleep: tokio::time::sleep_until(deadline.into()),
            })
        }
    }

    pin_project! {
        struct TokioSleep {
            #[pin]
            sleep: tokio::time::Sleep,
        }
    }

    impl Future for TokioSleep {
        type Output = ();

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            self.project().sleep.poll(cx)
        }
    }

    impl Sleep for TokioSleep {
        fn reset(self: Pin<&mut Self>, deadline: Instant) {
            self.project().sleep.reset(deadline.into());
        }

        fn may_be_over(&self) -> bool {
            self.sleep.is_elapsed()
        }
    }
}
