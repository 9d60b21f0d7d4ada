//! The bounds of a hub.

use std::{sync::Arc, time::Duration};

use sse_proto::EventType;

#[cfg(feature = "metrics")]
use crate::hub::metrics::HubMetrics;
use crate::{
    hub::{
        Hub,
        driver::Driver,
        entry_id::Epoch,
        log::{Log, LogError, LogName},
        node::{Bounds, Node},
        notice::{Hook, HubNotice},
        pages::{EncodedPage, Pages},
        publish::id::WINDOW,
        shared::{Shared, Store},
    },
    rt::{random::Random, timer::Timer},
};

/// The bounds and options of a [`Hub`].
///
/// ```
/// use std::time::Duration;
/// use sse_tower::hub::Hub;
///
/// let hub = Hub::builder()
///     .max_bytes(64 * 1024 * 1024)
///     .max_age(Duration::from_secs(3600))
///     .build();
/// # let _ = hub;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct HubBuilder {
    bounds: Bounds,
    gap_type: EventType,
    hook: Hook,
    timer: Arc<dyn Timer>,
    max_outage: Duration,
}

/// The number of entries whose topics a node knows although it may have dropped their frames.
const MAX_INDEXED: usize = 100_000;

const GAP: EventType = EventType::from_static("gap");

impl HubBuilder {
    pub(crate) fn new() -> Self {
        Self {
            bounds: Bounds {
                bytes: 16 * 1024 * 1024,
                events: 65_536,
                age: None,
                remembered_topics: 10_000,
                publish_id_window: WINDOW,
            },
            gap_type: GAP,
            hook: Hook::default(),
            timer: default_timer(),
            max_outage: Duration::from_secs(30),
        }
    }

    /// Sets the memory that the log may take, in bytes. The default is 16 MiB.
    ///
    /// The oldest events are removed first. An event that is larger than this is refused. The estimate of
    /// an event's memory includes about 200 bytes besides its text, and those of a topic besides its
    /// name if it has no other event.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// Sets the number of events that the log keeps. The default is 65,536.
    pub fn max_events(mut self, events: usize) -> Self {
        self.bounds.events = events;
        self
    }

    /// Sets the age at which the log drops an event. By default age does not matter.
    ///
    /// Older events are removed when an event is published, when a subscription begins, and when one that
    /// has nothing to send is polled, which a heartbeat causes. No older event is sent.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.bounds.age = Some(age);
        self
    }

    /// Sets the number of topics without events and subscriptions whose last lost event is remembered. The
    /// default is 10,000.
    ///
    /// A client that resumes in a topic that is not remembered is told of a gap if any forgotten topic
    /// may have had one. A remembered topic takes about 300 bytes and its name.
    pub fn max_remembered_topics(mut self, topics: usize) -> Self {
        self.bounds.remembered_topics = topics;
        self
    }

    /// Sets how long the log in memory remembers a [publish ID](crate::hub::Publish::publish_id). The default is two
    /// minutes. A log outside the process has a window of its own.
    pub fn publish_id_window(mut self, window: Duration) -> Self {
        self.bounds.publish_id_window = window;
        self
    }

    /// Sets the type of gap events. The default is `gap`. Events of this type cannot be published.
    pub fn gap_type(mut self, gap_type: EventType) -> Self {
        self.gap_type = gap_type;
        self
    }

    /// Sets a hook that is told of published events, subscriptions and gap events: see [`HubNotice`].
    ///
    /// It is called by the task that causes the notice, so it should be quick. It may use the hub. If it panics,
    /// the panic goes no further.
    pub fn on_notice(mut self, hook: impl Fn(&HubNotice) + Send + Sync + 'static) -> Self {
        self.hook.set(hook);
        self
    }

    /// Counts published events, subscriptions and gap events in `metrics`.
    ///
    /// ```
    /// use sse_tower::hub::{Hub, HubMetrics};
    ///
    /// let hub = Hub::builder().metrics(&HubMetrics::new()).build();
    /// # let _ = hub;
    /// ```
    #[cfg(feature = "metrics")]
    pub fn metrics(mut self, metrics: &HubMetrics) -> Self {
        self.hook.set_metrics(metrics);
        self
    }

    /// Sets the clock. The default is the clock of tokio with feature `tokio`, and the system's without.
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Sets the time for which reads of a log outside the process may fail until the streams are ended. The default is
    /// 30 seconds.
    ///
    /// It begins with the first read that fails. Until then, streams stay open and get their heartbeats. A client that
    /// comes back goes to another node, or finds this one again once it can read.
    pub fn max_outage(mut self, time: Duration) -> Self {
        self.max_outage = time;
        self
    }

    /// Makes the hub. Its log is in memory.
    #[must_use]
    pub fn build(self) -> Hub {
        let mut random = Random::new();
        let node = Node::in_memory(Epoch(random.next()), self.bounds.clone());
        Hub::of(Arc::new(Shared::new(
            node,
            self.bounds,
            self.gap_type,
            self.hook,
            self.timer,
            None,
            random,
        )))
    }

    /// Makes a hub whose log is in a store outside the process, together with the driver that reads it.
    ///
    /// The bounds are then those of this node: what it drops can still be read from the log. The store has
    /// bounds of its own.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub async fn build_on(
        self,
        log: impl Log + 'static,
        name: LogName,
    ) -> Result<(Hub, Driver), LogError> {
        let page = EncodedPage::new(log.tail(&name, None).await?, &name);
        let node = Node::of_log(&page, self.bounds.clone(), MAX_INDEXED);
        let store = Some(Store {
            log: Arc::new(log),
            name,
            pages: Pages::default(),
        });
        let (gap_type, hook) = (self.gap_type, self.hook);
        let (timer, random) = (self.timer, Random::new());
        let shared = Shared::new(node, self.bounds, gap_type, hook, timer, store, random);
        let shared = Arc::new(shared);
        let driver = Driver::new(shared.clone(), self.max_outage);
        Ok((Hub::of(shared), driver))
    }
}

#[cfg(feature = "tokio")]
fn default_timer() -> Arc<dyn Timer> {
    Arc::new(crate::rt::timer::TokioTimer)
}

#[cfg(not(feature = "tokio"))]
fn default_timer() -> Arc<dyn Timer> {
    Arc::new(clock::Clock)
}

#[cfg(not(feature = "tokio"))]
mod clock {
    use std::{
        future::Future,
        pin::Pin,
        task::{Context, Poll},
        time::Instant,
    };

    use crate::rt::timer::{Sleep, Timer};

    /// The clock of the system. It wakes nobody: a subscription is polled when its body sends a heartbeat.
    #[derive(Debug)]
    pub(super) struct Clock;

    struct Never;

    impl Timer for Clock {
        fn now(&self) -> Instant {
            Instant::now()
        }

        fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
            Box::pin(Never)
        }
    }

    impl Future for Never {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }

    impl Sleep for Never {
        fn reset(self: Pin<&mut Self>, _: Instant) {}
    }
}
