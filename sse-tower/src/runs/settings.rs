//! The bounds and options of runs.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use sse_proto::Event;

use crate::{
    foreign::{Guarded, catch_panic},
    rt::timer::Timer,
    runs::{
        Runs,
        seal::Seal,
        store::{Store, memory::MemoryStore},
    },
};

/// The time after which a producer that does not renew its lease counts as dead.
pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// The time after which a producer renews its lease.
pub(crate) const RENEWAL: Duration = Duration::from_secs(5);

/// The bounds and options of [`Runs`].
///
/// ```
/// use std::time::Duration;
/// use sse_tower::runs::Runs;
///
/// # #[cfg(feature = "tokio")] {
/// let runs = Runs::builder()
///     .max_bytes(256 * 1024)
///     .keep_for(Duration::from_secs(3600))
///     .build();
/// # let _ = runs;
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct RunsBuilder {
    settings: Settings,
    max_runs: usize,
}

/// The settings of a node.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) max_events: u64,
    pub(crate) max_bytes: usize,
    pub(crate) keep_for: Duration,
    pub(crate) timer: Arc<dyn Timer>,
    seal_event: Hook<SealEvent>,
    error_event: Hook<ErrorEvent>,
}

type SealEvent = dyn Fn(Seal) -> Option<Event> + Send + Sync;

type ErrorEvent = dyn Fn(&(dyn Error + 'static)) -> Option<Event> + Send + Sync;

/// A function of the user.
struct Hook<F: ?Sized>(Option<Arc<F>>);

impl RunsBuilder {
    /// Returns a builder with the default bounds and this clock. [`Runs::builder`] uses the clock of tokio.
    pub fn with_timer(timer: impl Timer + 'static) -> Self {
        Self {
            settings: Settings {
                max_events: 10_000,
                max_bytes: 1024 * 1024,
                keep_for: Duration::from_secs(600),
                timer: Arc::new(timer),
                seal_event: Hook(None),
                error_event: Hook(None),
            },
            max_runs: 1_000,
        }
    }

    /// Sets the number of events of a run. The default is 10,000. A run that has more is ended with
    /// [`Seal::TooLarge`].
    pub const fn max_events(mut self, events: u64) -> Self {
        self.settings.max_events = events;
        self
    }

    /// Sets the length of all lines of a run's events, in bytes. The default is 1 MiB. A run that has more is ended with
    /// [`Seal::TooLarge`].
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_bytes = bytes;
        self
    }

    /// Sets the time after its end at which a run is removed. The default is 10 minutes.
    pub const fn keep_for(mut self, time: Duration) -> Self {
        self.settings.keep_for = time;
        self
    }

    /// Sets the number of runs in memory. The default is 1,000.
    ///
    /// At this number, a new run takes the place of the one that ended first. If none has ended, the new one is
    /// refused with [`Full`](crate::runs::RunErrorKind::Full). A store outside the process has a bound of its own.
    pub const fn max_runs(mut self, runs: usize) -> Self {
        self.max_runs = runs;
        self
    }

    /// Sets the event that followers get when a run has ended. For `None` they get only its ID, without an event, and
    /// their stream ends.
    ///
    /// By default, type and data of the event are [`Seal::name`].
    ///
    /// ```
    /// use sse_tower::{Event, runs::{RunsBuilder, Seal}};
    /// # #[cfg(feature = "tokio")] {
    /// # use sse_tower::rt::TokioTimer;
    ///
    /// // The model's own last event already says that an answer is complete.
    /// let builder = RunsBuilder::with_timer(TokioTimer).seal_event(|seal| match seal {
    ///     Seal::End => None,
    ///     other => Some(Event::new(format!(r#"{{"type":"error","errorText":"{other}"}}"#))),
    /// });
    /// # let _ = builder;
    /// # }
    /// ```
    pub fn seal_event(
        mut self,
        event: impl Fn(Seal) -> Option<Event> + Send + Sync + 'static,
    ) -> Self {
        let event = Guarded::new(event);
        self.settings.seal_event = Hook(Some(Arc::new(move |seal| event.as_ref()?(seal))));
        self
    }

    /// Sets the event that a run gets before [`Seal::Failed`] if the producer's stream fails. It is stored like the
    /// events of the stream.
    ///
    /// By default the error is not sent, because its text may contain secrets.
    pub fn error_event(
        mut self,
        event: impl Fn(&(dyn Error + 'static)) -> Option<Event> + Send + Sync + 'static,
    ) -> Self {
        let event = Guarded::new(event);
        self.settings.error_event = Hook(Some(Arc::new(move |error: &(dyn Error + 'static)| {
            event.as_ref()?(error)
        })));
        self
    }

    /// Makes the runs. They are in the memory of this process.
    #[must_use]
    pub fn build(self) -> Runs {
        let store = MemoryStore::new(self.settings.timer.clone(), self.max_runs);
        self.build_on(store)
    }

    /// Makes runs whose store is outside the process. Several nodes can share it.
    #[must_use]
    pub fn build_on(self, store: impl Store + 'static) -> Runs {
        Runs::new(self.settings, Arc::new(store))
    }
}

impl Settings {
    /// Returns the event for followers.
    pub(crate) fn seal_event(&self, seal: Seal) -> Option<Event> {
        match &self.seal_event.0 {
            Some(event) => catch_panic(|| event(seal)).unwrap_or_else(|_| Some(seal.event())),
            None => Some(seal.event()),
        }
    }

    /// Returns the event of an error.
    pub(crate) fn error_event(&self, error: &(dyn Error + 'static)) -> Option<Event> {
        let event = self.error_event.0.as_ref()?;
        catch_panic(|| event(error)).ok().flatten()
    }
}

impl<F: ?Sized> Clone for Hook<F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<F: ?Sized> fmt::Debug for Hook<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}
