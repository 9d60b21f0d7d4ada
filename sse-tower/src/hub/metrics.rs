//! The metrics of a hub, through the facade crate `metrics`.

use std::{fmt, sync::Arc};

use metrics::{Counter, Gauge, Unit};

use crate::{
    hub::{gap::GapReason, notice::HubNotice},
    registry::Registry,
};

/// The metrics of a hub, for [`HubBuilder::metrics`](crate::hub::HubBuilder::metrics).
///
/// They go to the recorder of the crate [`metrics`](https://docs.rs/metrics) that is installed when
/// this value is created, so install the recorder first.
///
/// | metric | type | label | meaning |
/// |---|---|---|---|
/// | `sse_hub_published_total` | counter | | events that handles of this hub have published |
/// | `sse_hub_published_bytes_total` | counter | | bytes of these events, without their IDs |
/// | `sse_hub_subscriptions` | gauge | | subscriptions that are open now |
/// | `sse_hub_gaps_total` | counter | `reason` | gap events that were sent: `trimmed`, `epoch`, `malformed`, `slow`, `unknown` |
///
/// The reasons are those of [`GapReason`]. A reader that lags behind the log causes a gap with the
/// reason `slow`. With [`end_if_slow`](crate::hub::Subscription::end_if_slow), its stream ends
/// instead, and `sse_streams_ended_total{reason="lag"}` of the streams' own metrics counts it.
///
/// No topic is a label, because clients could then make any number of time series. An event adds to
/// two counters when it is published, and to none when it is delivered.
///
/// ```
/// use sse_tower::hub::{Hub, HubMetrics};
///
/// // After the program has installed its recorder.
/// let hub = Hub::builder().metrics(&HubMetrics::new()).build();
/// # let _ = hub;
/// ```
#[derive(Clone)]
#[must_use]
pub struct HubMetrics(Arc<Handles>);

struct Handles {
    published: Counter,
    published_bytes: Counter,
    subscriptions: Gauge,
    gaps: [Counter; GAP_REASONS.len()],
}

/// The reasons in the order of the counters.
const GAP_REASONS: [GapReason; 5] = [
    GapReason::Trimmed,
    GapReason::Epoch,
    GapReason::Malformed,
    GapReason::Slow,
    GapReason::Unknown,
];

impl HubMetrics {
    /// Registers the metrics with the current recorder.
    pub fn new() -> Self {
        Self::with_labels([("", ""); 0])
    }

    /// Registers the metrics with the current recorder. Each of them has these labels, for example
    /// to distinguish the hubs of one process. Use values from a small, fixed set. A label named
    /// `reason` is left out, because some metrics have one of their own.
    ///
    /// ```
    /// use sse_tower::hub::{Hub, HubMetrics};
    ///
    /// let orders = HubMetrics::with_labels([("hub", "orders")]);
    /// let hub = Hub::builder().metrics(&orders).build();
    /// # let _ = hub;
    /// ```
    pub fn with_labels<K, V>(labels: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let registry = Registry::new(labels);
        Self(Arc::new(Handles {
            published: registry.counter(
                "sse_hub_published_total",
                Unit::Count,
                "Events that handles of this hub have published.",
            ),
            published_bytes: registry.counter(
                "sse_hub_published_bytes_total",
                Unit::Bytes,
                "Bytes of published events, without their IDs.",
            ),
            subscriptions: registry
                .gauge("sse_hub_subscriptions", "Subscriptions that are open now."),
            gaps: registry.counters(
                "sse_hub_gaps_total",
                "Gap events that were sent to subscribers, by reason.",
                GAP_REASONS.map(GapReason::name),
            ),
        }))
    }

    pub(super) fn observe(&self, notice: HubNotice) {
        match notice {
            HubNotice::Published { bytes } => {
                self.0.published.increment(1);
                self.0.published_bytes.increment(bytes as u64);
            }
            HubNotice::Subscribed => self.0.subscriptions.increment(1.0),
            HubNotice::Unsubscribed => self.0.subscriptions.decrement(1.0),
            HubNotice::Gap(reason) => {
                let index = GAP_REASONS.iter().position(|other| *other == reason);
                if let Some(gaps) = index.and_then(|index| self.0.gaps.get(index)) {
                    gaps.increment(1);
                }
            }
        }
    }
}

impl Default for HubMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HubMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubMetrics").finish_non_exhaustive()
    }
}
