//! Spreads heartbeats and ends that became overdue during a pause of the process.

use std::time::Duration;

use super::Pipeline;
use crate::{rt::moment::Moment, server::heartbeat::Heartbeat};

/// The longest time over which overdue ends are spread.
const MAX_END_SPREAD: Duration = Duration::from_secs(60);

/// The longest time over which overdue heartbeats are spread. It is short because the peers have
/// already waited.
const MAX_HEARTBEAT_SPREAD: Duration = Duration::from_secs(1);

impl Pipeline {
    #[inline]
    pub(super) fn postpone_heartbeat(&mut self, now: Moment) {
        if self.insertions.heartbeat
            && let Some(heartbeat) = &self.settings.heartbeat
        {
            let interval = match heartbeat.fixed_interval() {
                Some(interval) if !self.lateness.heartbeat => interval,
                _ => self.random_interval(heartbeat),
            };
            self.alarm.heartbeat = now.checked_add(interval);
        }
    }

    #[inline(never)]
    fn random_interval(&self, heartbeat: &Heartbeat) -> Duration {
        let random = &mut self.settings.random();
        match self.lateness.heartbeat {
            false => heartbeat.interval(random),
            // Otherwise the heartbeats of all streams would stay synchronized.
            true => heartbeat.part_of_interval(random),
        }
    }

    /// Moves a heartbeat if a pause of the process made it late. Returns whether it did.
    pub(super) fn spread_heartbeat(&mut self, now: Moment) -> bool {
        if self.lateness.heartbeat || !self.alarm.heartbeat_is_late(now) {
            return false;
        }
        self.lateness.heartbeat = true;
        let Some(heartbeat) = &self.settings.heartbeat else {
            return false;
        };
        let random = &mut self.settings.random();
        let spread = heartbeat.part_of_interval(random);
        let spread = spread.min(random.within(&(Duration::ZERO..=MAX_HEARTBEAT_SPREAD)));
        self.alarm.heartbeat = now.checked_add(spread);
        true
    }

    /// Moves the end if a pause of the process made it late. Returns whether it did.
    pub(super) fn spread_end(&mut self, now: Moment) -> bool {
        if self.lateness.end || !self.alarm.end_is_late(now) {
            return false;
        }
        self.lateness.end = true;
        let open = self.admission.open.as_ref();
        let window = open.and_then(|open| open.watch.current_window());
        let fraction = self.settings.random().fraction();
        let moment = match (window, self.settings.lifetime) {
            (Some(window), _) => Moment::of(window.moment_after(now.instant(), fraction)),
            (None, Some(most)) => {
                now.saturating_add((most / 10).min(MAX_END_SPREAD).mul_f64(fraction))
            }
            (None, None) => now,
        };
        self.alarm.end = Some(moment);
        moment > now
    }
}
