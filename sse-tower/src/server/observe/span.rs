//! The span of a stream, through the crate `tracing`.

use std::sync::OnceLock;

use http::{Version, request::Parts};
use tracing::{Span, debug, error, field::Empty, info_span, warn};

use super::reasons::{name_of_end, name_of_refusal};
use crate::server::stream::notice::Notice;

/// The target of the spans and of their events.
macro_rules! target {
    () => {
        "sse_tower::stream"
    };
}

/// The span of one stream. It begins when the stream opens, because a relay around it may have a
/// span instead, and a response to HEAD has no stream.
pub(crate) struct StreamSpan {
    /// The span in which the request was handled.
    parent: Span,
    version: Option<Version>,
    span: OnceLock<Span>,
}

impl StreamSpan {
    pub(super) fn new(request: &Parts) -> Option<Self> {
        Some(Self {
            parent: Span::current(),
            version: Some(request.version),
            span: OnceLock::new(),
        })
    }

    pub(super) fn observe(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Opened => {
                let span = self.span.get_or_init(|| self.begin());
                debug!(target: target!(), parent: span, "the stream is open");
            }
            Notice::Heartbeat => {}
            Notice::Refused(refusal) => {
                let reason = name_of_refusal(refusal.reason());
                match refusal.error() {
                    Some(error) => {
                        error!(target: target!(), parent: &self.parent, reason, %error, "the stream was refused");
                    }
                    None => {
                        debug!(target: target!(), parent: &self.parent, reason, "the stream was refused");
                    }
                }
            }
            Notice::Ended(end) => {
                let Some(span) = self.span.get() else { return };
                let reason = name_of_end(end.reason());
                span.record("reason", reason);
                span.record("events", end.events());
                span.record("bytes", end.bytes());
                span.record("sent_bytes", end.sent_bytes());
                span.record("duration_seconds", end.duration().as_secs_f64());
                match end.error() {
                    Some(error) if end.reason() == crate::server::EndReason::Error => {
                        warn!(target: target!(), parent: span, reason, error, "the stream failed");
                    }
                    _ => debug!(target: target!(), parent: span, reason, "the stream has ended"),
                }
            }
        }
    }

    pub(super) fn set_coding(&self, coding: &'static str) {
        if let Some(span) = self.span.get() {
            span.record("coding", coding);
        }
    }

    fn begin(&self) -> Span {
        let span = info_span!(
            target: target!(),
            parent: &self.parent,
            "sse_stream",
            http_version = Empty,
            coding = Empty,
            reason = Empty,
            events = Empty,
            bytes = Empty,
            sent_bytes = Empty,
            duration_seconds = Empty,
        );
        if let Some(version) = self.version {
            span.record("http_version", tracing::field::debug(version));
        }
        span
    }
}
