//! The end of a stream: when, why, and what is sent last.

use std::{
    error::Error,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;

use super::{Pipeline, Polled, Rest};
use crate::{
    error::BoxError,
    foreign::{caught, drop_caught},
    frame::EventFrame,
    rt::moment::Moment,
    server::{
        admission::refusal::Refusal,
        stream::{
            end::{EndReason, Truncated, clean_end_of},
            info::StreamInfo,
            position::Position,
            source::Source,
        },
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It is not time to end.
    None,
    /// It is, once the event under way is whole.
    WhenWhole,
    AtOnce,
}

/// How long an end waits for an event under way.
const MAX_WAIT_FOR_WHOLE_EVENT: Duration = Duration::from_secs(1);

/// How far the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing was sent.
    New,
    Running,
    /// It has failed. What was ready before must reach the connection first, which is given a turn.
    Failing,
    /// That turn is over.
    Failed,
    Ended,
}

impl Pipeline {
    /// Returns whether it is time to end. No clock is asked: if nothing has changed, this costs a load.
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
            self.learn_of_drain();
        }
        self.urgency != Urgency::None
    }

    /// Returns whether a stream that [is due](Self::is_due) ends at this position.
    pub(super) fn may_end(&self, position: Position) -> bool {
        self.urgency == Urgency::AtOnce || position.may_end()
    }

    /// Chooses the moment of the end.
    #[cold]
    fn learn_of_drain(&mut self) {
        let open = self.admission.open.as_mut();
        let Some(window) = open.and_then(|open| open.watch.changed()) else {
            return;
        };
        // Also if its lifetime is over before that: the client has to go elsewhere.
        self.reason = EndReason::Drain;
        if self.urgency == Urgency::None {
            let moment = Moment::of(window.moment(self.random.fraction()));
            self.alarm.end = Some(self.alarm.end.map_or(moment, |end| end.min(moment)));
        }
    }

    /// Ends the stream because it [is due](Self::is_due), and returns what is sent last.
    pub(super) fn end(&mut self, position: Position) -> Bytes {
        let last = match (self.reason, position.takes_events()) {
            (EndReason::Drain | EndReason::Stalled, true) => self.retry_later(),
            // After a pause many streams have to end, as in a drain.
            (_, true) if self.lateness.end => self.retry_later(),
            _ => Bytes::new(),
        };
        self.count(last.len(), 0);
        self.finish(self.reason, None);
        last
    }

    /// The source has come to its end. Returns the last bytes to send.
    pub(super) fn complete(&mut self, position: Position) -> Bytes {
        let source = self.info.as_ref().and_then(StreamInfo::inner).cloned();
        if let Some((reason, error)) = source.as_ref().and_then(StreamInfo::early_end) {
            // Its client has to come back, so the stream is not complete.
            self.finish(reason, error);
            self.set_end(reason, None);
            return Bytes::new();
        }
        if !position.may_end() {
            // The end is passed on as it came: some servers forget the last blank line, and some
            // clients read the event nevertheless.
            self.finish(EndReason::Error, Some(&Truncated::default()));
            return Bytes::new();
        }
        let has_last = source.is_some_and(|source| source.has_last_event());
        let last = self.settings.final_event.clone().filter(|_| !has_last);
        let last = self.add_last(last, position);
        self.finish(EndReason::Completed, None);
        last
    }

    /// The source has failed. Returns the last bytes to send: the error event, if there is one and no
    /// event is incomplete. Otherwise the body fails with the error.
    pub(super) fn fail(&mut self, error: BoxError, position: Position) -> Bytes {
        // An error and what makes an event of it are foreign code: a panic there means no.
        if let Ok(Some(reason)) = caught(|| clean_end_of(&*error)) {
            self.finish(reason, Some(&*error));
            self.set_end(reason, Some(error));
            return Bytes::new();
        }
        let event_of = self.settings.error_event.as_ref();
        let event = event_of.and_then(|event_of| caught(|| event_of(&*error)).ok()?);
        let last = self.add_last(event.map(EventFrame::from), position);
        self.finish(EndReason::Error, Some(&*error));
        match last.is_empty() {
            true => {
                self.progress = Progress::Failing;
                self.rest = Some(Box::new(Rest::Error(error)));
            }
            false => self.set_end(EndReason::Error, Some(error)),
        }
        last
    }

    /// Returns what follows the last bytes: trailers, an error, or nothing.
    pub(super) fn poll_rest<S: Source>(&mut self, cx: &mut Context<'_>) -> Polled {
        if self.progress == Progress::Failing {
            // hyper writes what it has when a body is pending; an error makes it drop that.
            self.progress = Progress::Failed;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.progress = Progress::Ended;
        Poll::Ready(match self.rest.take().map(|rest| *rest) {
            Some(Rest::Trailers(trailers)) => Some(Ok(Frame::trailers(*trailers))),
            Some(Rest::Error(cause)) => Some(Err(S::error(cause))),
            Some(Rest::Refusal(..)) | None => None,
        })
    }

    #[cold]
    pub(super) fn come_due(&mut self, now: Moment) {
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

    /// What tells the client to come back later.
    pub(super) fn retry_later(&mut self) -> Bytes {
        let time = self.random.within(&self.settings.come_back_after);
        EventFrame::retry(time).into_bytes()
    }

    fn add_last(&mut self, event: Option<EventFrame>, position: Position) -> Bytes {
        match event {
            Some(event) if position.takes_events() => {
                self.count(event.as_bytes().len(), 1);
                event.into_bytes()
            }
            _ => Bytes::new(),
        }
    }

    /// Frees what the stream counted for, and tells the hook of the end.
    fn finish(&mut self, reason: EndReason, error: Option<&(dyn Error + 'static)>) {
        self.progress = Progress::Ended;
        self.admission.permit = None;
        if let Some(open) = &mut self.admission.open {
            // It counts as open until the connection has taken over the last bytes.
            open.has_ended = true;
        }
        if error.is_none() {
            self.set_end(reason, None);
        }
        self.tell_ended(reason, error);
    }

    /// Ends a stream that is refused, of which only the refusal is still to be sent.
    pub(super) fn end_with(&mut self, refusal: Refusal) {
        self.progress = Progress::Ended;
        self.tell_refused(refusal);
    }

    pub(super) fn set_end(&self, reason: EndReason, error: Option<BoxError>) {
        match &self.info {
            Some(info) => info.set_end(reason, error),
            None => drop_caught(error),
        }
    }
}
