//! Adapts a timer of hyper to this crate.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use hyper::rt;

use super::timer::{Sleep, Timer};

/// A [`Timer`] that uses a [`hyper::rt::Timer`], for programs that already have one.
///
/// ```
/// # #[cfg(feature = "hyper")] {
/// use std::time::Duration;
///
/// use sse_tower::{Heartbeat, Settings, rt::HyperTimer};
///
/// let timer = HyperTimer::new(hyper_util::rt::TokioTimer::new());
/// let settings = Settings::with_timer(timer).heartbeat(Heartbeat::every(Duration::from_secs(15)));
/// # let _ = settings;
/// # }
/// ```
#[derive(Clone)]
pub struct HyperTimer(Arc<dyn rt::Timer + Send + Sync>);

impl HyperTimer {
    /// Creates a timer from a timer of hyper.
    pub fn new(timer: impl rt::Timer + Send + Sync + 'static) -> Self {
        Self(Arc::new(timer))
    }
}

impl Timer for HyperTimer {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HyperSleep {
            timer: Arc::clone(&self.0),
            sleep: self.0.sleep_until(deadline),
        })
    }
}

impl fmt::Debug for HyperTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperTimer")
    }
}

struct HyperSleep {
    timer: Arc<dyn rt::Timer + Send + Sync>,
    sleep: Pin<Box<dyn rt::Sleep>>,
}

impl Future for HyperSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }
}

impl Sleep for HyperSleep {
    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        let this = &mut *self;
        this.timer.reset(&mut this.sleep, deadline);
    }
}
