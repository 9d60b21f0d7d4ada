//! The data about a stream that a relay around it needs.

use std::{
    error::Error,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use crate::{
    drain::Drain,
    error::BoxError,
    foreign::drop_catching_panics,
    server::{
        admission::limit::{Key, Limits, Permit},
        observe::Observers,
        settings::StreamSettings,
        stream::{end::EndReason, insertions::Insertions},
    },
};

/// Describes a stream that a body of this crate sends. It is in the extensions of the response, so
/// that a relay around it does nothing twice and knows how the stream ended.
#[derive(Clone, Debug)]
pub(crate) struct StreamInfo(Arc<Stream>);

#[derive(Debug)]
struct Stream {
    settings: Arc<StreamSettings>,
    /// The insertions of this stream and of all inner streams.
    insertions: Insertions,
    /// The key under which this stream is counted by its limits.
    key: Option<Key>,
    /// The [`Observers`] that a relay around this stream notifies instead.
    muted: AtomicU8,
    end: OnceLock<End>,
    /// The stream that this one relays, if it belongs to this crate.
    inner: Option<StreamInfo>,
}

/// The end of a stream.
#[derive(Debug)]
struct End {
    reason: EndReason,
    /// The error, if it was sent as an event. Otherwise the body failed with it.
    error: Option<BoxError>,
}

impl Drop for End {
    fn drop(&mut self) {
        drop_catching_panics(self.error.take());
    }
}

impl StreamInfo {
    pub(crate) fn new(
        settings: Arc<StreamSettings>,
        permit: Option<&Permit>,
        insertions: Insertions,
        inner: Option<Self>,
    ) -> Self {
        let there = inner.as_ref().map(Self::insertions).unwrap_or_default();
        Self(Arc::new(Stream {
            settings,
            insertions: insertions.or(there),
            key: permit.and_then(Permit::key),
            muted: AtomicU8::default(),
            end: OnceLock::new(),
            inner,
        }))
    }

    /// Returns the stream that this one relays.
    pub(crate) fn inner(&self) -> Option<&Self> {
        self.0.inner.as_ref()
    }

    /// Returns this stream and all inner streams.
    fn all(&self) -> impl Iterator<Item = &Stream> {
        std::iter::successors(Some(self), |stream| stream.inner()).map(|stream| &*stream.0)
    }

    /// Returns what is inserted into the stream, such as a heartbeat.
    pub(crate) fn insertions(&self) -> Insertions {
        self.0.insertions
    }

    /// Returns whether `drain` already ends and counts this stream.
    pub(crate) fn has_drain(&self, drain: &Drain) -> bool {
        let mut drains = self
            .all()
            .filter_map(|stream| stream.settings.drain.as_ref());
        drains.any(|other| other.is_same_as(drain))
    }

    /// Returns the keys under which `limits` already count this stream. Empty if they do not count
    /// it.
    pub(crate) fn counted_by(&self, limits: &Limits) -> Vec<Option<Key>> {
        let counts = |stream: &&Stream| {
            let other = stream.settings.limits.as_ref();
            other.is_some_and(|other| other.shares_count_with(limits))
        };
        self.all().filter(counts).map(|stream| stream.key).collect()
    }

    /// Returns whether this stream or an inner one already sends a final event.
    pub(crate) fn has_last_event(&self) -> bool {
        self.all()
            .any(|stream| stream.settings.final_event.is_some())
    }

    /// Prevents this stream from notifying the observers of `settings`, because the relay around it
    /// notifies them. Returns those that the stream has, unless it has ended.
    pub(crate) fn mute_observers_of(&self, settings: &StreamSettings) -> Observers {
        let running = self.all().filter(|stream| stream.end.get().is_none());
        running.fold(Observers::default(), |muted, stream| {
            let common = stream.settings.observing.in_common(&settings.observing);
            stream.muted.fetch_or(common.bits(), Ordering::Release);
            muted.or(common)
        })
    }

    /// Returns whether a relay around the stream holds a clone of this.
    pub(crate) fn is_relayed(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Returns whether only the stream itself still needs this description.
    pub(crate) fn is_unused(&self) -> bool {
        !self.is_relayed() && self.0.inner.is_none() && self.muted().is_empty()
    }

    /// Returns the observers that a relay around this stream notifies instead.
    pub(crate) fn muted(&self) -> Observers {
        Observers::of_bits(self.0.muted.load(Ordering::Acquire))
    }

    pub(crate) fn set_end(&self, reason: EndReason, error: Option<BoxError>) {
        // A stream ends once.
        let _first = self.0.end.set(End { reason, error });
    }

    /// Returns the reason and the error if the stream ended early, although its body ended cleanly.
    pub(crate) fn early_end(&self) -> Option<(EndReason, Option<&(dyn Error + 'static)>)> {
        let reason = self.0.end.get()?.reason;
        let mut ends = self.all().filter_map(|stream| stream.end.get());
        let error = ends.find_map(|end| end.error.as_ref());
        match reason {
            // `ClientGone` is the end of a response whose body was replaced by another layer.
            EndReason::ClientGone | EndReason::Completed => None,
            reason => Some((reason, error.map(|error| &**error as _))),
        }
    }
}
