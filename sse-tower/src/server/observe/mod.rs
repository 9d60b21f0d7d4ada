//! The observers of a stream: the hook of the settings, metrics and a span.

use std::{fmt, sync::Arc};

use http::request::Parts;

use crate::{
    foreign::catch_panic,
    server::stream::notice::{Hook, Notice},
};

#[cfg(feature = "metrics")]
pub(crate) mod metrics;
#[cfg(not(feature = "metrics"))]
mod no_metrics;
#[cfg(not(feature = "tracing"))]
mod no_span;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod reasons;
#[cfg(feature = "tracing")]
mod span;

#[cfg(feature = "metrics")]
pub(crate) use self::metrics::{Reported, StreamMetrics};
#[cfg(not(feature = "metrics"))]
pub(crate) use no_metrics::{Reported, StreamMetrics};
#[cfg(not(feature = "tracing"))]
use no_span::StreamSpan;
#[cfg(feature = "tracing")]
use span::StreamSpan;

/// The observers that the settings ask for.
#[derive(Clone, Default)]
pub(crate) struct Observing {
    hook: Option<MakeHook>,
    metrics: Option<StreamMetrics>,
    spans: bool,
    /// The observer of all streams, if they need none of their own.
    shared: Option<Observer>,
}

#[derive(Clone)]
enum MakeHook {
    Shared(Hook),
    /// Makes a hook for each request.
    Own(Arc<dyn Fn(&Parts) -> Hook + Send + Sync>),
}

impl Observing {
    pub(crate) fn share_hook(&mut self, hook: Hook) {
        self.hook = Some(MakeHook::Shared(hook));
        self.update();
    }

    pub(crate) fn make_hook(&mut self, make: impl Fn(&Parts) -> Hook + Send + Sync + 'static) {
        self.hook = Some(MakeHook::Own(Arc::new(make)));
        self.update();
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn set_metrics(&mut self, metrics: &StreamMetrics) {
        self.metrics = Some(metrics.clone());
        self.update();
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn set_spans(&mut self) {
        self.spans = true;
        self.update();
    }

    fn update(&mut self) {
        let hook = match &self.hook {
            Some(MakeHook::Shared(hook)) => Some(hook.clone()),
            Some(MakeHook::Own(_)) | None => None,
        };
        self.shared = Observer::new(hook, self.metrics.clone(), None);
    }

    /// Returns the observer of the stream that answers `request`.
    pub(crate) fn observer(&self, request: &Parts) -> Option<Observer> {
        let hook = match &self.hook {
            Some(MakeHook::Own(make)) => Some(make(request)),
            _ if !self.spans => return self.shared.clone(),
            Some(MakeHook::Shared(hook)) => Some(hook.clone()),
            None => None,
        };
        let span = self.spans.then(|| StreamSpan::new(request)).flatten();
        Observer::new(hook, self.metrics.clone(), span)
    }

    /// Returns the observers that both have.
    pub(crate) fn in_common(&self, other: &Self) -> Observers {
        let has_same_hook = match (&self.hook, &other.hook) {
            (Some(MakeHook::Shared(hook)), Some(MakeHook::Shared(other))) => hook.is_same_as(other),
            (Some(MakeHook::Own(make)), Some(MakeHook::Own(other))) => Arc::ptr_eq(make, other),
            _ => false,
        };
        let has_same_metrics = match (&self.metrics, &other.metrics) {
            (Some(metrics), Some(other)) => metrics.is_same_as(other),
            _ => false,
        };
        Observers::default()
            .with(Observers::HOOK, has_same_hook)
            .with(Observers::METRICS, has_same_metrics)
            .with(Observers::SPAN, self.spans && other.spans)
    }
}

impl fmt::Debug for Observing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observing")
            .field("on_notice", &self.hook.is_some())
            .field("metrics", &self.metrics.is_some())
            .field("spans", &self.spans)
            .finish()
    }
}

/// A set of observers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observers(u8);

impl Observers {
    const HOOK: Self = Self(1);
    const METRICS: Self = Self(2);
    const SPAN: Self = Self(4);
    pub(crate) const ALL: Self = Self(7);

    fn with(self, others: Self, condition: bool) -> Self {
        match condition {
            true => self.or(others),
            false => self,
        }
    }

    pub(crate) fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub(crate) fn complement(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    fn contains(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The observers of one stream, or of all streams with the same settings.
#[derive(Clone)]
pub(crate) struct Observer(Arc<Members>);

struct Members {
    hook: Option<Hook>,
    metrics: Option<StreamMetrics>,
    span: Option<StreamSpan>,
}

impl Observer {
    fn new(
        hook: Option<Hook>,
        metrics: Option<StreamMetrics>,
        span: Option<StreamSpan>,
    ) -> Option<Self> {
        let has_any = hook.is_some() || metrics.is_some() || span.is_some();
        has_any.then(|| {
            Self(Arc::new(Members {
                hook,
                metrics,
                span,
            }))
        })
    }

    /// Creates an observer that is only a hook.
    #[cfg(all(test, feature = "tokio"))]
    pub(crate) fn of_hook(hook: Hook) -> Option<Self> {
        Self::new(Some(hook), None, None)
    }

    /// Notifies all observers that are not `muted`. Panics are caught, because the stream may be
    /// dropped while another panic unwinds.
    pub(crate) fn call<'a>(&self, muted: Observers, notice: impl FnOnce() -> Notice<'a>) {
        let Ok(notice) = catch_panic(notice) else {
            return;
        };
        let Members {
            hook,
            metrics,
            span,
        } = &*self.0;
        if let Some(hook) = hook
            && !muted.contains(Observers::HOOK)
        {
            hook.call(&notice);
        }
        if let Some(metrics) = metrics
            && !muted.contains(Observers::METRICS)
        {
            let _reported = catch_panic(|| metrics.observe(&notice));
        }
        if let Some(span) = span
            && !muted.contains(Observers::SPAN)
        {
            let _reported = catch_panic(|| span.observe(&notice));
        }
    }

    /// Adds the content coding to the span.
    pub(crate) fn set_coding(&self, coding: &'static str) {
        if let Some(span) = &self.0.span {
            let _reported = catch_panic(|| span.set_coding(coding));
        }
    }

    /// Counts the stream as open, unless metrics are muted. Returns whether its frames are counted.
    pub(crate) fn count_open(&self, muted: Observers, reported: &mut Reported) -> bool {
        let Some(metrics) = &self.0.metrics else {
            return false;
        };
        if muted.contains(Observers::METRICS) {
            return false;
        }
        let _reported = catch_panic(|| metrics.open(reported));
        true
    }

    /// Counts a frame if the stream is counted as open. `events` is the number of all events of the
    /// stream so far. The frame has `bytes` before compression and `sent` after it.
    #[inline]
    pub(crate) fn count_frame(
        &self,
        reported: &mut Reported,
        events: u64,
        bytes: usize,
        sent: usize,
    ) {
        if let Some(metrics) = &self.0.metrics {
            let _reported = catch_panic(|| metrics.count_frame(reported, events, bytes, sent));
        }
    }

    /// Counts the stream as no longer open.
    pub(crate) fn count_closed(&self, reported: &mut Reported) {
        if let Some(metrics) = &self.0.metrics {
            let _reported = catch_panic(|| metrics.close(reported));
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}
