//! The health of a hub: its log can be read, or not.

use std::{fmt, time::Instant};

use crate::hub::log::LogError;

/// The health of a hub: a state, when it began, and the last error. See [`Hub::health`](crate::hub::Hub::health).
#[derive(Clone, Debug)]
pub struct Health {
    state: HealthState,
    since: Instant,
    last_error: Option<LogError>,
}

/// The state of a hub and its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HealthState {
    /// The hub reads its log. A log in memory can always be read.
    Healthy,
    /// Reads fail. Streams stay open, and get their heartbeats.
    Failing,
    /// Reads have failed for longer than [`max_outage`](crate::hub::HubBuilder::max_outage), or the driver was dropped.
    /// All streams have been ended, and new ones end at once.
    Unavailable,
}

impl Health {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            state: HealthState::Healthy,
            since: now,
            last_error: None,
        }
    }

    /// Returns the state.
    #[must_use]
    pub const fn state(&self) -> HealthState {
        self.state
    }

    /// Returns true if the hub can read its log.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.state == HealthState::Healthy
    }

    /// Returns since when the state is this one, by the clock of the hub.
    #[must_use]
    pub const fn since(&self) -> Instant {
        self.since
    }

    /// Returns the error of the last read that failed, also if reads have succeeded since.
    #[must_use]
    pub const fn last_error(&self) -> Option<&LogError> {
        self.last_error.as_ref()
    }

    pub(crate) fn enter(&mut self, state: HealthState, now: Instant) {
        if self.state != state {
            (self.state, self.since) = (state, now);
        }
    }

    pub(crate) fn note(&mut self, error: LogError) {
        self.last_error = Some(error);
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::Unavailable => "unavailable",
        })
    }
}
