//! Detects connections that do not read their stream, and finds the reason when a connection drops
//! it.

use std::{mem, time::Duration};

use super::Pipeline;
use crate::{
    foreign::{catch_panic, drop_catching_panics},
    rt::moment::Moment,
    server::{admission::limit::Permit, stream::end::EndReason},
};

/// The hook gets the reason `Stalled` if the connection has not asked for a frame for this long.
const STALLED_AFTER: Duration = Duration::from_secs(5);

impl Pipeline {
    /// Returns whether the hook or the limits need the time of the last poll.
    pub(super) fn is_watched(&self) -> bool {
        self.record.is_some() || self.admission.permit.is_some()
    }

    #[inline]
    pub(super) fn hand_over(&mut self, now: Moment) {
        self.handed_over = Some(now);
        if let Some(permit) = &self.admission.permit {
            permit.handed_over(now);
        }
    }

    /// Returns the reason why the connection dropped the stream.
    fn reason_of_drop(&self) -> EndReason {
        let now = self.settings.timer.now();
        let drain = self.settings.drain.as_ref();
        // At the end of the window, the connection guard closes connections whose peer does not
        // read.
        if drain.is_some_and(|drain| drain.is_over(now)) {
            return EndReason::Drain;
        }
        let now = Moment::of(now);
        let is_stalled = |moment| now.since(moment) >= STALLED_AFTER;
        let permit = self.admission.permit.as_ref();
        let is_revoked = permit.is_some_and(Permit::is_revoked);
        match is_revoked || self.handed_over.is_some_and(is_stalled) {
            true => EndReason::Stalled,
            false => EndReason::ClientGone,
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // The drop of a timer's sleep or of an error may panic.
        drop_catching_panics(mem::take(&mut self.alarm));
        if self.record.is_some() {
            let reason = catch_panic(|| self.reason_of_drop()).unwrap_or(EndReason::ClientGone);
            self.tell_ended(reason, None);
        }
        drop_catching_panics(self.rest.take());
    }
}
