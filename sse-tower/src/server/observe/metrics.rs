//! The metrics of streams, through the facade crate `metrics`.

use std::{fmt, sync::Arc};

use metrics::{Counter, Gauge, Histogram, Unit};

use super::reasons::{END_REASONS, REFUSAL_REASONS};
use crate::{registry::Registry, server::stream::notice::Notice};

/// The metrics of a set of streams, for [`Settings::metrics`](crate::Settings::metrics).
///
/// They go to the recorder of the crate [`metrics`](https://docs.rs/metrics) that is installed when
/// this value is created, so install the recorder first. Without a recorder, nothing is counted.
/// Create the value once, not for each request: it looks all metrics up. A stream then only adds to
/// them.
///
/// | metric | type | label | meaning |
/// |---|---|---|---|
/// | `sse_streams_open` | gauge | | streams that are open now |
/// | `sse_streams_opened_total` | counter | | streams that were opened |
/// | `sse_streams_refused_total` | counter | `reason` | requests that were refused: `limit`, `drain`, `not_acceptable`, `mistake` |
/// | `sse_streams_ended_total` | counter | `reason` | streams that ended: `client_gone`, `stalled`, `completed`, `error`, `drain`, `lifetime`, `lag`, `kick`, `expiry`, `unavailable` |
/// | `sse_stream_events_total` | counter | | events that were passed to connections |
/// | `sse_stream_bytes_total` | counter | | bytes of streams before compression, including heartbeats |
/// | `sse_stream_sent_bytes_total` | counter | | bytes that were passed to connections, after compression |
/// | `sse_stream_heartbeats_total` | counter | | heartbeats that were sent |
/// | `sse_stream_duration_seconds` | histogram | | how long streams were open, when they end |
///
/// The reasons are those of [`EndReason`](crate::server::EndReason) and
/// [`RefusalReason`](crate::server::RefusalReason). All of them exist from the start, with the
/// value 0. Events and bytes are counted with each frame, so they move while a long stream runs.
/// No label depends on a request: neither its path nor its user can make new time series.
///
/// A frame adds to three counters, which takes about a hundred instructions. A stream takes no memory
/// for its metrics. A panic of the recorder is caught.
///
/// ```
/// use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
/// use sse_tower::{Settings, SseLayer, server::StreamMetrics};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let prometheus = PrometheusBuilder::new()
///     .set_buckets_for_metric(
///         Matcher::Full("sse_stream_duration_seconds".to_owned()),
///         &StreamMetrics::DURATION_BUCKETS,
///     )?
///     .install_recorder()?;
/// let layer = SseLayer::with(Settings::new().metrics(&StreamMetrics::new()));
/// // The answer to `GET /metrics`:
/// assert!(prometheus.render().contains("sse_streams_open 0"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct StreamMetrics(Arc<Handles>);

struct Handles {
    open: Gauge,
    opened: Counter,
    refused: [Counter; REFUSAL_REASONS.len()],
    ended: [Counter; END_REASONS.len()],
    events: Counter,
    bytes: Counter,
    sent_bytes: Counter,
    heartbeats: Counter,
    duration: Histogram,
}

/// The figures of a stream that its metrics have.
#[derive(Debug, Default)]
pub(crate) struct Reported {
    /// The number of events that were counted, modulo 2^32. A frame has fewer.
    events: u32,
    is_open: bool,
}

impl StreamMetrics {
    /// Buckets for `sse_stream_duration_seconds`, from a second to a day.
    ///
    /// Exporters choose buckets for short requests, or none.
    pub const DURATION_BUCKETS: [f64; 10] = [
        1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 10_800.0, 43_200.0, 86_400.0,
    ];

    /// Registers the metrics with the current recorder.
    pub fn new() -> Self {
        Self::with_labels([("", ""); 0])
    }

    /// Registers the metrics with the current recorder. Each of them has these labels, for example
    /// to distinguish the services of one process. Use values from a small, fixed set. A label
    /// named `reason` is left out, because some metrics have one of their own.
    ///
    /// ```
    /// use sse_tower::{Settings, server::StreamMetrics};
    ///
    /// let orders = Settings::new().metrics(&StreamMetrics::with_labels([("service", "orders")]));
    /// let prices = Settings::new().metrics(&StreamMetrics::with_labels([("service", "prices")]));
    /// # let _ = (orders, prices);
    /// ```
    pub fn with_labels<K, V>(labels: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let registry = Registry::new(labels);
        Self(Arc::new(Handles {
            open: registry.gauge("sse_streams_open", "Streams that are open now."),
            opened: registry.counter(
                "sse_streams_opened_total",
                Unit::Count,
                "Streams that were opened.",
            ),
            refused: registry.counters(
                "sse_streams_refused_total",
                "Requests for streams that were refused, by reason.",
                REFUSAL_REASONS,
            ),
            ended: registry.counters(
                "sse_streams_ended_total",
                "Streams that ended, by reason.",
                END_REASONS,
            ),
            events: registry.counter(
                "sse_stream_events_total",
                Unit::Count,
                "Events that were passed to connections.",
            ),
            bytes: registry.counter(
                "sse_stream_bytes_total",
                Unit::Bytes,
                "Bytes of streams before compression, including heartbeats.",
            ),
            sent_bytes: registry.counter(
                "sse_stream_sent_bytes_total",
                Unit::Bytes,
                "Bytes that were passed to connections, after compression.",
            ),
            heartbeats: registry.counter(
                "sse_stream_heartbeats_total",
                Unit::Count,
                "Heartbeats that were sent.",
            ),
            duration: registry.seconds(
                "sse_stream_duration_seconds",
                "How long streams were open, when they end.",
            ),
        }))
    }

    /// Returns whether both count the same streams.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn observe(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Opened => self.0.opened.increment(1),
            Notice::Heartbeat => self.0.heartbeats.increment(1),
            Notice::Refused(refusal) => self.0.refused[refusal.reason() as usize].increment(1),
            Notice::Ended(end) => {
                self.0.ended[end.reason() as usize].increment(1);
                self.0.duration.record(end.duration().as_secs_f64());
            }
        }
    }

    pub(super) fn open(&self, reported: &mut Reported) {
        reported.is_open = true;
        self.0.open.increment(1.0);
    }

    pub(super) fn count_frame(
        &self,
        reported: &mut Reported,
        events: u64,
        bytes: usize,
        sent: usize,
    ) {
        if !reported.is_open {
            return;
        }
        let new = (events as u32).wrapping_sub(reported.events);
        reported.events = events as u32;
        if new > 0 {
            self.0.events.increment(new.into());
        }
        self.0.bytes.increment(bytes as u64);
        self.0.sent_bytes.increment(sent as u64);
    }

    pub(super) fn close(&self, reported: &mut Reported) {
        if std::mem::take(&mut reported.is_open) {
            self.0.open.decrement(1.0);
        }
    }
}

impl Default for StreamMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for StreamMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamMetrics").finish_non_exhaustive()
    }
}
