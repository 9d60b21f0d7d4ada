//! Notifies the observers of the settings.

use std::error::Error;

use super::{Pipeline, Rest};
use crate::server::{
    admission::refusal::Refusal,
    observe::Observers,
    stream::{end::EndReason, info::StreamInfo},
};

impl Pipeline {
    /// Notifies the observers that the stream is open.
    pub(super) fn tell_opened(&mut self) {
        let muted = self.muted();
        let coding = match self.rest.as_deref() {
            Some(Rest::Compressor(compressor)) => Some(compressor.coding().name()),
            _ => None,
        };
        if let Some(record) = &mut self.record
            && muted != Observers::ALL
        {
            self.visits_frames |= record.opened(muted, coding);
        }
    }

    /// Notifies the observers of a heartbeat.
    pub(super) fn tell_heartbeat(&self) {
        if let Some(record) = &self.record {
            record.heartbeat();
        }
    }

    /// Notifies the observers that the request is refused, once.
    pub(super) fn tell_refused(&mut self, refusal: Refusal) {
        let muted = self.muted();
        if muted != Observers::ALL
            && let Some(record) = self.record.take()
        {
            record.refused(muted, refusal);
            // A relay around this stream then has nothing to report.
            self.set_end(EndReason::Completed, None);
        }
    }

    /// Notifies the observers that the stream has ended, once.
    pub(super) fn tell_ended(&mut self, reason: EndReason, error: Option<&(dyn Error + 'static)>) {
        let muted = self.muted();
        if muted == Observers::ALL {
            return;
        }
        if !self.is_polled {
            self.tell_opened();
        }
        if let Some(record) = self.record.take() {
            let compressed_bytes = match self.rest.as_deref() {
                Some(Rest::Compressor(compressor)) => Some(compressor.sent()),
                _ => None,
            };
            record.ended(
                muted,
                &*self.settings.timer,
                reason,
                error,
                compressed_bytes,
            );
        }
    }

    /// Returns the observers that a relay around this stream notifies instead, or all if the stream
    /// has not begun.
    fn muted(&self) -> Observers {
        let muted = self.info.as_ref().map(StreamInfo::muted);
        match self.is_request_known || self.is_polled {
            true => muted.unwrap_or_default(),
            false => Observers::ALL,
        }
    }
}
