//! Heartbeats and ends that a pause of the process has made late.

use std::time::Duration;

use super::Pipeline;
use crate::rt::moment::Moment;

/// The moments that a pause of the process has made late. See [`LATE_AFTER`](crate::rt::alarm::LATE_AFTER).
#[derive(Debug, Default)]
pub(super) struct Lateness {
    /// The end has been moved, which happens once.
    pub(super) end: bool,
    /// The next heartbeat has been moved, and the interval after it will be random.
    pub(super) heartbeat: bool,
}

/// The longest time over which ends are spread after a pause.
const MAX_END_SPREAD: Duration = Duration::from_secs(60);

/// The longest time over which heartbeats are spread after a pause. The peers have waited already.
const MAX_HEARTBEAT_SPREAD: Duration = Duration::from_secs(1);

impl Pipeline {
    pub(super) fn put_off_heartbeat(&mut self, now: Moment) {
        if self.insertions.heartbeat
            && let Some(heartbeat) = &self.settings.heartbeat
        {
            let interval = match self.lateness.heartbeat {
                false => heartbeat.interval(&mut self.random),
                // Else the heartbeats of all streams would stay together from now on.
                true => heartbeat.part_of_interval(&mut self.random),
            };
            self.alarm.heartbeat = now.checked_add(interval);
        }
    }

    /// Moves a heartbeat that a pause of the process has made late, as it has those of the other
    /// streams. Returns whether it did.
    pub(super) fn spread_heartbeat(&mut self, now: Moment) -> bool {
        if self.lateness.heartbeat || !self.alarm.heartbeat_is_late(now) {
            return false;
        }
        self.lateness.heartbeat = true;
        let Some(heartbeat) = &self.settings.heartbeat else {
            return false;
        };
        let spread = heartbeat
            .part_of_interval(&mut self.random)
            .min(self.random.within(&(Duration::ZERO..=MAX_HEARTBEAT_SPREAD)));
        self.alarm.heartbeat = now.checked_add(spread);
        true
    }

    /// Moves an end that a pause of the process has made late. Returns whether it did.
    pub(super) fn spread_end(&mut self, now: Moment) -> bool {
        if self.lateness.end || !self.alarm.end_is_late(now) {
            return false;
        }
        self.lateness.end = true;
        let open = self.admission.open.as_ref();
        let window = open.and_then(|open| open.watch.known_window());
        let fraction = self.random.fraction();
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
