//! The notices that the hook of a hub gets.

use std::{fmt, sync::Arc};

#[cfg(feature = "metrics")]
use crate::hub::metrics::HubMetrics;
use crate::{
    foreign::{Guarded, catch_panic},
    hub::gap::GapReason,
};

/// Something that happens in a hub, for metrics and logs.
///
/// The hook of [`HubBuilder::on_notice`](crate::hub::HubBuilder::on_notice) gets it. Later versions may add variants.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use sse_tower::{Event, hub::{Hub, HubNotice}};
///
/// static BYTES: AtomicU64 = AtomicU64::new(0);
///
/// let hub = Hub::builder()
///     .on_notice(|notice| {
///         if let HubNotice::Published { bytes } = notice {
///             BYTES.fetch_add(*bytes as u64, Ordering::Relaxed);
///         }
///     })
///     .build();
/// hub.publish_now("orders", Event::new("paid"))?;
/// assert_eq!(BYTES.load(Ordering::Relaxed), "data: paid\n".len() as u64);
/// # Ok::<(), sse_tower::hub::PublishError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HubNotice {
    /// A handle of this hub has published an event. Other nodes of the same log do not tell it.
    Published {
        /// The length of the event's lines, without its ID.
        bytes: usize,
    },
    /// A subscription has begun: it was polled for the first time.
    Subscribed,
    /// A subscription that had begun was dropped.
    Unsubscribed,
    /// A gap event is sent to a subscriber.
    Gap(GapReason),
}

/// The hook and the metrics of a hub.
#[derive(Clone, Default)]
pub(crate) struct Hook {
    callback: Option<Arc<Callback>>,
    #[cfg(feature = "metrics")]
    metrics: Option<HubMetrics>,
}

type Callback = dyn Fn(&HubNotice) + Send + Sync;

impl Hook {
    pub(crate) fn set(&mut self, hook: impl Fn(&HubNotice) + Send + Sync + 'static) {
        let hook = Guarded::new(hook);
        self.callback = Some(Arc::new(move |notice| {
            if let Some(hook) = hook.as_ref() {
                hook(notice);
            }
        }));
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn set_metrics(&mut self, metrics: &HubMetrics) {
        self.metrics = Some(metrics.clone());
    }

    /// Counts the notice in the metrics and calls the hook, if the hub has them. Their panics are caught, because a
    /// subscription may be dropped while another panic unwinds. No lock may be held: the hook may use the hub.
    #[inline]
    pub(crate) fn call(&self, notice: HubNotice) {
        #[cfg(feature = "metrics")]
        if let Some(metrics) = &self.metrics {
            let _reported = catch_panic(|| metrics.observe(notice));
        }
        if let Some(hook) = &self.callback {
            let _reported = catch_panic(|| hook(&notice));
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}
