//! The settings of an event source that do not concern its service.

use std::{fmt, time::Duration};

use http::response;
use sse_proto::{
    Decoder, EventId,
    reconnect::{Backoff, Source, StatusPolicy, Verdict},
};

use super::notice::Hook;

/// The settings that do not concern the service.
pub(super) struct Settings {
    pub(super) limit: usize,
    pub(super) completes_at_end: bool,
    pub(super) reconnection_time: Duration,
    pub(super) max_requested_wait: Duration,
    pub(super) min_interval: Option<Duration>,
    pub(super) max_without_progress: Option<u32>,
    pub(super) backoff: Backoff,
    pub(super) status_policy: StatusPolicy,
    pub(super) last_event_id: Option<EventId>,
    pub(super) verdict: Option<ChooseVerdict>,
    pub(super) hook: Hook,
    pub(super) final_event: Option<String>,
    pub(super) max_retries: Option<u32>,
    pub(super) resends_any_method: bool,
    pub(super) is_strict_about_ids: bool,
    pub(super) response_timeout: Option<Duration>,
    pub(super) first_event_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) total_timeout: Option<Duration>,
}

pub(super) type ChooseVerdict = Box<dyn FnMut(&response::Parts) -> Option<Verdict> + Send>;

/// The default limit on the time that a server takes to answer.
const DEFAULT_RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            limit: Decoder::DEFAULT_LIMIT,
            completes_at_end: false,
            reconnection_time: Source::DEFAULT_RECONNECTION_TIME,
            max_requested_wait: Source::DEFAULT_MAX_REQUESTED_WAIT,
            min_interval: None,
            max_without_progress: None,
            backoff: Backoff::default(),
            status_policy: StatusPolicy::default(),
            last_event_id: None,
            verdict: None,
            hook: Hook::default(),
            final_event: None,
            max_retries: None,
            resends_any_method: false,
            is_strict_about_ids: false,
            response_timeout: Some(DEFAULT_RESPONSE_TIMEOUT),
            first_event_timeout: None,
            idle_timeout: None,
            total_timeout: None,
        }
    }

    /// Returns the state machine with these settings.
    pub(super) fn source(&self) -> Source {
        let decoder = Decoder::builder()
            .limit(self.limit)
            .comments(true)
            .completes_at_end(self.completes_at_end)
            .build();
        let decoder = match &self.last_event_id {
            Some(id) => decoder.with_last_event_id(id),
            None => decoder,
        };
        let mut source = Source::new(decoder)
            .with_reconnection_time(self.reconnection_time)
            .with_max_requested_wait(self.max_requested_wait)
            .with_status_policy(self.status_policy)
            .with_backoff(self.backoff);
        if let Some(interval) = self.min_interval {
            source = source.with_min_interval(interval);
        }
        if let Some(connections) = self.max_without_progress {
            source = source.with_max_without_progress(connections);
        }
        source
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("status_policy", &self.status_policy)
            .field("max_retries", &self.max_retries)
            .field("response_timeout", &self.response_timeout)
            .field("first_event_timeout", &self.first_event_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("total_timeout", &self.total_timeout)
            .finish_non_exhaustive()
    }
}
