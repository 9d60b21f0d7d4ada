//! Decides when and why a stream ends, and what is sent last.

use std::{
    error::Error,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

use super::{
    Pipeline, Polled, Rest,
    state::{Progress, Urgency},
};
use crate::{
    error::BoxError,
    foreign::{catch_panic, drop_catching_panics},
    frame::EventFrame,
    rt::moment::Moment,
    server::{
        admission::refusal::Refusal,
        compression::compressor::Reach,
        stream::{
            end::{EndReason, Truncated, clean_end_of},
            info::StreamInfo,
            joined::Joined,
            position::Position,
            source::Source,
        },
    },
};

/// The maximum time that an end waits for the current event to become complete.
const MAX_WAIT_FOR_WHOLE_EVENT: Duration = Duration::from_secs(1);

impl Pipeline {
    /// Returns whether the stream has to end. This does not read the clock: if nothing has changed,
    /// it costs one atomic load.
    #[inline]
    pub(super) fn is_due(&mut self) -> bool {
        self.handed_over = None;
        if let Some(permit) = &self.admission.permit
            && permit.is_revoked()
            && self.urgency == Urgency::None
        {
            self.reason = EndReason::Stalled;
            self.urgency = Urgency::WhenWhole;
        }
        if let Some(open) = &mut self.admission.open
            && open.watch.has_changed()
        {
            self.schedule_drain_end();
        }
        self.urgency != Urgency::None
    }

    /// Returns whether a stream that [has to end](Self::is_due) may end at this position.
    pub(super) fn may_end(&self, position: Position) -> bool {
        self.urgency == Urgency::AtOnce || position.may_end()
    }

    /// Chooses the moment of the end after a drain has started.
    #[cold]
    fn schedule_drain_end(&mut self) {
        let open = self.admission.open.as_mut();
        let Some(window) = open.and_then(|open| open.watch.changed()) else {
            return;
        };
        // This is the reason even if the lifetime is over before, because the client has to
        // reconnect to another server.
        self.reason = EndReason::Drain;
        if self.urgency == Urgency::None {
            let moment = Moment::of(window.moment(self.settings.random().fraction()));
            self.alarm.end = Some(self.alarm.end.map_or(moment, |end| end.min(moment)));
        }
    }

    /// Ends the stream because it [has to end](Self::is_due). Appends the last bytes to `joined`.
    pub(super) fn end(&mut self, joined: &mut Joined, position: Position) {
        let last = match (self.reason, position.takes_events()) {
            (EndReason::Drain | EndReason::Stalled, true) => self.retry_later(),
            // After a pause of the process, many streams end at once, as in a drain.
            (_, true) if self.lateness.end => self.retry_later(),
            _ => Bytes::new(),
        };
        self.count(last.len(), 0);
        joined.push(last);
        self.finish(joined, Reach::Finished, self.reason, None);
    }

    /// Ends the stream because its source is complete. Appends the last bytes to `joined`.
    pub(super) fn complete(
        &mut self,
        joined: &mut Joined,
        position: Position,
        trailers: Option<Box<HeaderMap>>,
    ) {
        self.complete_events(joined, position);
        if self.progress == Progress::Ended {
            self.rest = trailers.map(|trailers| Box::new(Rest::Trailers(trailers)));
        }
    }

    fn complete_events(&mut self, joined: &mut Joined, position: Position) {
        let source = self.info.as_ref().and_then(StreamInfo::inner).cloned();
        if let Some((reason, error)) = source.as_ref().and_then(StreamInfo::early_end) {
            // The inner stream ended early and its client will reconnect, so the stream is not
            // complete.
            self.finish(joined, Reach::Finished, reason, error);
            self.set_end(reason, None);
            return;
        }
        if !position.may_end() {
            // Pass the end on unchanged: some servers omit the last blank line, and some clients
            // deliver the event nevertheless.
            let error = Truncated::default();
            self.finish(joined, Reach::Finished, EndReason::Error, Some(&error));
            return;
        }
        let has_last = source.is_some_and(|source| source.has_last_event());
        let last = self.settings.final_event.clone().filter(|_| !has_last);
        joined.push(self.last_event(last, position));
        self.finish(joined, Reach::Finished, EndReason::Completed, None);
    }

    /// Ends the stream because its source has failed. Appends the error event to `joined`, if there
    /// is one and no event is incomplete. Otherwise the body fails with the error.
    pub(super) fn fail(&mut self, joined: &mut Joined, error: BoxError, position: Position) {
        // The error and the `error_event` function are code of the user. If they panic, no event is
        // sent.
        if let Ok(Some(reason)) = catch_panic(|| clean_end_of(&*error)) {
            self.finish(joined, Reach::Finished, reason, Some(&*error));
            self.set_end(reason, Some(error));
            return;
        }
        let event_of = self.settings.error_event.as_ref();
        let event = event_of.and_then(|event_of| catch_panic(|| event_of(&*error)).ok()?);
        let last = self.last_event(event.map(EventFrame::from), position);
        if last.is_empty() {
            // The client must not take the stream for complete, so its coding is not finished.
            self.finish(joined, Reach::Flushed, EndReason::Error, Some(&*error));
            self.fail_body(error);
            return;
        }
        joined.push(last);
        self.finish(joined, Reach::Finished, EndReason::Error, Some(&*error));
        self.set_end(EndReason::Error, Some(error));
    }

    /// Ends the stream because its compressor has failed.
    #[cold]
    pub(super) fn break_off(&mut self, error: BoxError) {
        let nothing = &mut Joined::Nothing;
        self.finish(nothing, Reach::Flushed, EndReason::Error, Some(&*error));
        self.fail_body(error);
    }

    /// Lets the body fail with `error` after the data before it was written.
    fn fail_body(&mut self, error: BoxError) {
        self.progress = Progress::Failing;
        self.rest = Some(Box::new(Rest::Error(error)));
    }

    /// Returns the frame after the last bytes: trailers, an error, or the end.
    pub(super) fn poll_rest<S: Source>(&mut self, cx: &mut Context<'_>) -> Polled {
        if self.progress == Progress::Failing {
            // hyper writes its buffered data when a body is pending, but drops it when a body
            // fails.
            self.progress = Progress::Failed;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.progress = Progress::Ended;
        Poll::Ready(match self.rest.take().map(|rest| *rest) {
            Some(Rest::Trailers(trailers)) => Some(Ok(Frame::trailers(*trailers))),
            Some(Rest::Error(cause)) => Some(Err(S::error(cause))),
            Some(Rest::Refusal(..) | Rest::Compressor(_)) | None => None,
        })
    }

    #[cold]
    pub(super) fn reach_end(&mut self, now: Moment) {
        if self.urgency == Urgency::None && self.spread_end(now) {
            return;
        }
        (self.urgency, self.alarm.end) = match self.urgency {
            Urgency::None => (
                Urgency::WhenWhole,
                now.checked_add(MAX_WAIT_FOR_WHOLE_EVENT),
            ),
            Urgency::WhenWhole | Urgency::AtOnce => (Urgency::AtOnce, None),
        };
    }

    /// Returns a `retry:` that tells the client to reconnect later.
    pub(super) fn retry_later(&mut self) -> Bytes {
        let time = self
            .settings
            .random()
            .within(&self.settings.come_back_after);
        EventFrame::retry(time).into_bytes()
    }

    fn last_event(&mut self, event: Option<EventFrame>, position: Position) -> Bytes {
        match event {
            Some(event) if position.takes_events() => {
                self.count(event.as_bytes().len(), 1);
                event.into_bytes()
            }
            _ => Bytes::new(),
        }
    }

    /// Stops counting the stream, and notifies the observers of the end. Compresses the last items
    /// before, so that the observers get the number of bytes that are sent.
    fn finish(
        &mut self,
        joined: &mut Joined,
        reach: Reach,
        reason: EndReason,
        error: Option<&(dyn Error + 'static)>,
    ) {
        let failure = match std::mem::take(&mut self.visits_frames) {
            true => self.visit_frame(joined, reach).err(),
            false => None,
        };
        let (reason, error) = match &failure {
            Some(failure) => (EndReason::Error, Some(&**failure as _)),
            None => (reason, error),
        };
        self.progress = Progress::Ended;
        self.admission.permit = None;
        if let Some(open) = &mut self.admission.open {
            // The drain counts the stream as open until the connection has taken the last bytes.
            open.has_ended = true;
        }
        if error.is_none() {
            self.set_end(reason, None);
        }
        self.tell_ended(reason, error);
        self.rest = None;
        if let Some(failure) = failure {
            *joined = Joined::Nothing;
            self.fail_body(failure);
        }
    }

    /// Ends a refused stream. Only the bytes of the refusal are still to be sent.
    pub(super) fn end_with(&mut self, refusal: Refusal) {
        self.progress = Progress::Ended;
        self.tell_refused(refusal);
    }

    pub(super) fn set_end(&self, reason: EndReason, error: Option<BoxError>) {
        match &self.info {
            Some(info) => info.set_end(reason, error),
            None => drop_catching_panics(error),
        }
    }
}
