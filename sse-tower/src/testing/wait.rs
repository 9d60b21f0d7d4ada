//! Limits how long a reader waits.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use super::received::Received;

/// The limit of a wait on the runtime's clock. It matters only under paused time. Otherwise the
/// limit of real time is reached first.
#[cfg(feature = "tokio")]
const MAX_PAUSED_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// The minimum wait in real time under paused time, because other threads do not follow the paused
/// clock.
#[cfg(feature = "tokio")]
const MIN_REAL_TIME: Duration = Duration::from_secs(1);

/// One wait of a reader.
pub(super) struct Wait {
    awaited: &'static str,
    patience: Duration,
    start: Instant,
    skipped: usize,
    last_skipped: Option<Received>,
    #[cfg(feature = "tokio")]
    clock: Option<clock::Clock>,
    /// Used outside tokio.
    alarm: Option<Alarm>,
}

impl Wait {
    /// Creates a wait for `awaited`, which lasts at most `patience` in real time.
    pub(super) fn new(awaited: &'static str, patience: Duration) -> Self {
        Self {
            awaited,
            patience,
            start: Instant::now(),
            skipped: 0,
            last_skipped: None,
            #[cfg(feature = "tokio")]
            clock: clock::Clock::of_this_runtime(),
            alarm: None,
        }
    }

    /// Records that another item arrived.
    pub(super) fn skip(&mut self, received: &Received) {
        self.skipped += 1;
        self.last_skipped = Some(received.clone());
    }

    /// Panics if the wait has lasted too long.
    pub(super) fn check(&self) {
        let waited = self.start.elapsed();
        if waited >= self.patience {
            self.give_up(waited);
        }
        #[cfg(feature = "tokio")]
        if let Some(clock) = &self.clock
            && waited >= MIN_REAL_TIME
            && clock.elapsed() >= MAX_PAUSED_TIME
        {
            self.give_up(clock.elapsed());
        }
    }

    /// Panics if the wait has lasted too long. Otherwise arranges for `cx` to be woken to check
    /// again.
    pub(super) fn register(&mut self, cx: &mut Context<'_>) {
        self.check();
        #[cfg(feature = "tokio")]
        if self.clock.is_some() {
            while (self.clock.as_mut()).is_some_and(|clock| clock.has_ticked(cx, self.patience)) {
                self.check();
            }
            return;
        }
        let left = self.patience.saturating_sub(self.start.elapsed());
        let alarm = self.alarm.get_or_insert_with(|| Alarm::after(left));
        alarm.register(cx);
    }

    fn give_up(&self, waited: Duration) -> ! {
        let Self {
            awaited, skipped, ..
        } = self;
        match &self.last_skipped {
            None => panic!("waited {waited:?} for {awaited}, and nothing came"),
            Some(last) => panic!(
                "waited {waited:?} for {awaited}; {skipped} other items came, the last of them {last:?}"
            ),
        }
    }
}

/// A thread that wakes the reader once. It ends when the alarm is dropped.
struct Alarm {
    state: Arc<Mutex<AlarmState>>,
    _stop: mpsc::Sender<()>,
}

#[derive(Default)]
struct AlarmState {
    is_over: bool,
    waker: Option<Waker>,
}

impl Alarm {
    fn after(time: Duration) -> Self {
        let state = Arc::new(Mutex::new(AlarmState::default()));
        let (stop, stopped) = mpsc::channel();
        let thread_state = state.clone();
        thread::spawn(move || {
            if stopped.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout) {
                let mut state = thread_state.lock().unwrap_or_else(PoisonError::into_inner);
                state.is_over = true;
                if let Some(waker) = state.waker.take() {
                    waker.wake();
                }
            }
        });
        Self { state, _stop: stop }
    }

    /// Arranges for `cx` to be woken when the time is over.
    fn register(&self, cx: &mut Context<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.is_over {
            true => cx.waker().wake_by_ref(),
            false => state.waker = Some(cx.waker().clone()),
        }
    }
}

#[cfg(feature = "tokio")]
mod clock {
    use std::{pin::Pin, task::Context, time::Duration};

    use tokio::{
        runtime::Handle,
        time::{Instant, Sleep, sleep},
    };

    const TICK: Duration = Duration::from_secs(60);

    /// The clock of the tokio runtime, which may be paused.
    pub(super) struct Clock {
        start: Instant,
        tick: Option<Pin<Box<Sleep>>>,
    }

    impl Clock {
        pub(super) fn of_this_runtime() -> Option<Self> {
            Handle::try_current().ok()?;
            let start = Instant::now();
            Some(Self { start, tick: None })
        }

        pub(super) fn elapsed(&self) -> Duration {
            self.start.elapsed()
        }

        /// Returns whether a tick is over. If not, `cx` is woken when it is.
        pub(super) fn has_ticked(&mut self, cx: &mut Context<'_>, patience: Duration) -> bool {
            let length = TICK.min(patience).max(Duration::from_millis(1));
            let tick = self.tick.get_or_insert_with(|| Box::pin(sleep(length)));
            let is_over = tick.as_mut().poll(cx).is_ready();
            if is_over {
                self.tick = None;
            }
            is_over
        }
    }
}
