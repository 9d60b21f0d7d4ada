//! Stands for metrics, whose feature `metrics` is not enabled. No value of the type can exist, so the
//! compiler removes the code that uses it.

use crate::server::stream::notice::Notice;

#[derive(Clone)]
pub(crate) enum StreamMetrics {}

/// Stands for the figures that metrics have.
#[derive(Debug, Default)]
pub(crate) struct Reported {}

impl StreamMetrics {
    pub(super) fn is_same_as(&self, _: &Self) -> bool {
        match *self {}
    }

    pub(super) fn observe(&self, _: &Notice<'_>) {
        match *self {}
    }

    pub(super) fn open(&self, _: &mut Reported) {
        match *self {}
    }

    pub(super) fn count_frame(&self, _: &mut Reported, _: u64, _: usize, _: usize) {
        match *self {}
    }

    pub(super) fn close(&self, _: &mut Reported) {
        match *self {}
    }
}
