//! Notifies the hook of the settings.

use std::error::Error;

use super::{Pipeline, Rest};
use crate::server::{
    admission::refusal::Refusal,
    stream::{end::EndReason, info::StreamInfo, notice::Notice},
};

impl Pipeline {
    /// Notifies the hook that the stream is open.
    pub(super) fn tell_opened(&self) {
        if self.may_tell()
            && let Some(record) = &self.record
        {
            record.hook.call(|| Notice::Opened);
        }
    }

    /// Notifies the hook of a heartbeat.
    pub(super) fn tell_heartbeat(&self) {
        if let Some(record) = &self.record {
            record.hook.call(|| Notice::Heartbeat);
        }
    }

    /// Notifies the hook that the request is refused, once.
    pub(super) fn tell_refused(&mut self, refusal: Refusal) {
        if self.may_tell()
            && let Some(record) = self.record.take()
        {
            record.hook.call(|| Notice::Refused(refusal));
            // A relay around this stream then has nothing to report.
            self.set_end(EndReason::Completed, None);
        }
    }

    /// Notifies the hook that the stream has ended, once.
    pub(super) fn tell_ended(&mut self, reason: EndReason, error: Option<&(dyn Error + 'static)>) {
        if !self.may_tell() {
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
            record.ended(&*self.settings.timer, reason, error, compressed_bytes);
        }
    }

    /// Returns whether the stream has begun, and no relay around it calls the hook instead.
    fn may_tell(&self) -> bool {
        let is_silent = self.info.as_ref().is_some_and(StreamInfo::is_silent);
        (self.is_request_known || self.is_polled) && !is_silent
    }
}
