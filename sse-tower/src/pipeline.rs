//! What happens to a stream besides its events: start, heartbeat, and every kind of end.
//!
//! [`SseBody`](crate::SseBody) and [`RelayBody`](crate::RelayBody) differ in where their bytes come
//! from; what to send when nothing comes, and when and how to end, is decided here for both.

use std::{
    error::Error,
    mem,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    BoxError, EndReason, EventFrame, Lagged, Settings,
    admission::Admission,
    alarm::{Alarm, Due},
    end::{Hook, Record},
    foreign::{caught, drop_caught},
    insertions::Insertions,
    random::Random,
};

/// One stream's part in the settings.
#[derive(Debug)]
pub(crate) struct Pipeline {
    settings: Arc<Settings>,
    has_heartbeat: bool,
    can_read: bool,
    random: Random,
    start: Option<Bytes>,
    alarm: Alarm,
    /// Why the stream will end when the alarm says so.
    reason: EndReason,
    urgency: Urgency,
    admission: Admission,
    /// Until the hook was told.
    record: Option<Record>,
    progress: Progress,
}

/// Where the bytes sent so far have left the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    BetweenEvents,
    /// Between events if the next byte is no LF: nothing may follow but the end.
    AfterCr,
    WithinEvent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// It is not time to end.
    None,
    /// It is, once the event under way is whole.
    WhenWhole,
    AtOnce,
}

/// How long an end waits for an event under way.
const GRACE: Duration = Duration::from_secs(1);

/// How far the stream is.
#[derive(Debug)]
enum Progress {
    /// Nothing was sent.
    New,
    Running,
    /// It has failed. What was ready before must reach the connection first, which is given a turn.
    Failing(BoxError),
    /// That turn is over.
    Failed(BoxError),
    Ended,
}

/// What to do while nothing comes.
#[derive(Debug)]
pub(crate) enum Idle {
    Send(Bytes),
    End,
}

impl Pipeline {
    /// Of a stream that is let in.
    pub(crate) fn new(
        settings: Arc<Settings>,
        admission: Admission,
        hook: Option<Hook>,
        insertions: Insertions,
    ) -> Self {
        let mut random = settings.random();
        let mut alarm = Alarm::default();
        if let Some(most) = settings.lifetime {
            let lifetime = random.within(&(most - most / 10..=most));
            // One beyond what the clock can say does not end.
            alarm.end = settings.timer.now().checked_add(lifetime);
        }
        Self {
            start: settings.start(insertions),
            record: hook.map(|hook| Record::new(hook, &*settings.timer)),
            settings,
            has_heartbeat: insertions.heartbeat,
            can_read: true,
            random,
            alarm,
            reason: EndReason::Lifetime,
            urgency: Urgency::None,
            admission,
            progress: Progress::New,
        }
    }

    /// Of a stream that cannot be read: nothing is put into it.
    pub(crate) fn unread(
        settings: Arc<Settings>,
        admission: Admission,
        hook: Option<Hook>,
    ) -> Self {
        let mut pipeline = Self::new(settings, admission, hook, Insertions::default());
        pipeline.can_read = false;
        pipeline
    }

    /// Of a stream that is refused: it begins with its end.
    pub(crate) fn refused(settings: Arc<Settings>, hook: Option<Hook>, reason: EndReason) -> Self {
        let admission = Admission::default();
        let mut refused = Self::new(settings, admission, hook, Insertions::default());
        if !refused.settings.refuse_with_503 {
            let retry = refused.retry_later();
            refused.count(retry.len(), 0);
            refused.start = Some(retry);
        }
        refused.finish(reason, None);
        refused
    }

    /// Whether the stream can be read, so that something may be put in.
    pub(crate) fn can_read(&self) -> bool {
        self.can_read
    }

    /// Whether it ends as soon as the event under way is whole.
    pub(crate) fn waits_for_boundary(&self) -> bool {
        self.urgency == Urgency::WhenWhole
    }

    /// The first bytes, once.
    #[inline]
    pub(crate) fn take_start(&mut self) -> Option<Bytes> {
        let start = self.start.take()?;
        // Those of a refusal are counted by then.
        self.count(start.len(), 0);
        Some(start)
    }

    /// Whether nothing more will be sent, now that the source has ended.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.progress, Progress::Ended) && self.start.is_none()
    }

    /// Counts what is being sent.
    pub(crate) fn count(&mut self, bytes: usize, events: u64) {
        if let Some(record) = &mut self.record {
            record.bytes += bytes as u64;
            record.events += events;
        }
    }

    /// A frame is being sent: puts the heartbeat off, and looks whether it is time to end.
    pub(crate) fn sent(&mut self) {
        if matches!(self.progress, Progress::New) {
            self.progress = Progress::Running;
        }
        if self.alarm.end.is_none() && !self.has_heartbeat {
            return;
        }
        let now = self.settings.timer.now();
        self.put_off_heartbeat(now);
        self.look_at_end(now);
    }

    /// A frame without bytes is being sent, of which a client sees nothing: only looks whether it is
    /// time to end.
    pub(crate) fn sent_nothing(&mut self) {
        if self.alarm.end.is_some() {
            self.look_at_end(self.settings.timer.now());
        }
    }

    fn look_at_end(&mut self, now: Instant) {
        if self.alarm.end.is_some_and(|end| end <= now) {
            self.come_due(now);
        }
    }

    /// Whether it is time to end, and this is the place. No clock is asked: if nothing has changed,
    /// this costs a load.
    #[inline]
    pub(crate) fn must_end(&mut self, place: Place) -> bool {
        if let Some(open) = &mut self.admission.open
            && open.watch.has_changed()
        {
            self.learn_of_drain();
        }
        match self.urgency {
            Urgency::None => false,
            Urgency::WhenWhole => place != Place::WithinEvent,
            Urgency::AtOnce => true,
        }
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
            let moment = window.moment(self.random.fraction());
            self.alarm.end = Some(self.alarm.end.map_or(moment, |end| end.min(moment)));
        }
    }

    /// What to do now that the source is pending.
    pub(crate) fn poll_idle(&mut self, cx: &mut Context<'_>, place: Place) -> Poll<Idle> {
        // Before it is asked whether a drain has started: a start in between is not missed.
        let open = self.admission.open.as_mut();
        let is_known = open.is_some_and(|open| open.watch.register(cx));
        loop {
            if self.must_end(place) {
                return Poll::Ready(Idle::End);
            }
            // Who registers is polled next: so the alarm was polled by the same task, and wakes it.
            if is_known && self.alarm.will_wake_in_time(&*self.settings.timer) {
                return Poll::Pending;
            }
            let is_new = matches!(self.progress, Progress::New) && self.has_heartbeat;
            if !is_new {
                let due = ready!(self.alarm.poll(cx, &*self.settings.timer));
                let now = self.settings.timer.now();
                match due {
                    Due::End => {
                        self.come_due(now);
                        continue;
                    }
                    Due::Heartbeat => self.put_off_heartbeat(now),
                }
            }
            if place == Place::BetweenEvents
                && let Some(heartbeat) = &self.settings.heartbeat
            {
                let bytes = heartbeat.bytes();
                self.count(bytes.len(), 0);
                self.sent();
                return Poll::Ready(Idle::Send(bytes));
            }
        }
    }

    /// Ends the stream because it [must](Self::must_end), and returns what is sent last.
    pub(crate) fn end(&mut self, place: Place) -> Bytes {
        let last = match (self.reason, self.may_add_last(place)) {
            (EndReason::Drain, true) => self.retry_later(),
            _ => Bytes::new(),
        };
        self.count(last.len(), 0);
        self.finish(self.reason, None);
        last
    }

    /// The source has come to its end. Returns what is sent last.
    pub(crate) fn complete(&mut self, place: Place) -> Bytes {
        let last = self.settings.last_event.clone();
        let last = self.add_last(last, place);
        self.finish(EndReason::StreamEnd, None);
        last
    }

    /// The source has failed. Returns what is sent last.
    pub(crate) fn fail(&mut self, error: BoxError, place: Place) -> Bytes {
        // An error and what makes an event of it are foreign code: a panic there means no.
        if caught(|| Lagged::is_cause_of(&*error)).unwrap_or(false) {
            self.finish(EndReason::Lag, Some(&*error));
            drop_caught(error);
            return Bytes::new();
        }
        let event_of = self.settings.error_event.as_ref();
        let event = event_of.and_then(|event_of| caught(|| event_of(&*error)).ok()?);
        let last = self.add_last(event.map(EventFrame::from), place);
        self.finish(EndReason::Error, Some(&*error));
        match last.is_empty() {
            true => self.progress = Progress::Failing(error),
            false => drop_caught(error),
        }
        last
    }

    /// The end of the body, after all that was returned has been sent: an error, or none.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<BoxError>> {
        match mem::replace(&mut self.progress, Progress::Ended) {
            Progress::Failing(error) => {
                // hyper writes what it has when a body is pending; an error makes it drop that.
                self.progress = Progress::Failed(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Progress::Failed(error) => Poll::Ready(Some(error)),
            Progress::New | Progress::Running | Progress::Ended => Poll::Ready(None),
        }
    }

    fn put_off_heartbeat(&mut self, now: Instant) {
        if self.has_heartbeat
            && let Some(heartbeat) = &self.settings.heartbeat
        {
            self.alarm.heartbeat = Some(now + heartbeat.interval(&mut self.random));
        }
    }

    fn come_due(&mut self, now: Instant) {
        (self.urgency, self.alarm.end) = match self.urgency {
            Urgency::None => (Urgency::WhenWhole, Some(now + GRACE)),
            Urgency::WhenWhole | Urgency::AtOnce => (Urgency::AtOnce, None),
        };
    }

    /// What tells the client to come back later.
    fn retry_later(&mut self) -> Bytes {
        let time = self.random.within(&self.settings.retry_after);
        EventFrame::retry(time).into_bytes()
    }

    fn may_add_last(&self, place: Place) -> bool {
        self.can_read() && place != Place::WithinEvent
    }

    fn add_last(&mut self, event: Option<EventFrame>, place: Place) -> Bytes {
        match event {
            Some(event) if self.may_add_last(place) => {
                self.count(event.as_bytes().len(), 1);
                event.into_bytes()
            }
            _ => Bytes::new(),
        }
    }

    /// Frees what the stream counted for, and tells the hook.
    fn finish(&mut self, reason: EndReason, error: Option<&(dyn Error + 'static)>) {
        self.progress = Progress::Ended;
        self.admission.permit = None;
        if let Some(open) = &mut self.admission.open {
            // It counts as open until the connection has taken over the last bytes.
            open.has_ended = true;
        }
        if let Some(record) = self.record.take() {
            record.tell(&*self.settings.timer, reason, error);
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // The error of a stream that ended, and the wait of the timer: their drops may panic.
        drop_caught(mem::replace(&mut self.progress, Progress::Ended));
        drop_caught(mem::take(&mut self.alarm));
        let Some(record) = self.record.take() else {
            return;
        };
        let timer = &*self.settings.timer;
        let open = self.admission.open.as_ref();
        // At the end of the window the connection guard closes what has not read.
        let is_over = || open.is_some_and(|open| open.watch.is_over(timer.now()));
        let reason = match caught(is_over).unwrap_or(false) {
            true => EndReason::Drain,
            false => EndReason::ClientGone,
        };
        record.tell(timer, reason, None);
    }
}
