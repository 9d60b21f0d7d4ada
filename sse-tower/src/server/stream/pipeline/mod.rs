//! What happens to a stream besides its events: start, heartbeat, and every kind of end.
//!
//! [`SseBody`](crate::server::SseBody) and [`RelayBody`](crate::server::RelayBody) differ in where their bytes come
//! from; what to send when nothing comes, and when and how to end, is decided here for both.

use std::{
    error::Error,
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Extensions;

use crate::{
    error::BoxError,
    foreign::{caught, drop_caught},
    frame::EventFrame,
    rt::{
        alarm::{Alarm, Due},
        moment::Moment,
        random::Random,
    },
    server::{
        admission::{Admission, limit::Refusal},
        http::request::Asked,
        settings::StreamSettings,
        stream::{
            behind::Behind,
            budget::Budget,
            end::{EndReason, Lagged, Record, Truncated},
            insertions::Insertions,
            place::Place,
        },
    },
};

mod pause;
mod stall;

use pause::Lateness;

/// One stream's part in the settings.
///
/// There is one for each idle stream, so a box holds what few streams need for long.
#[derive(Debug)]
pub(crate) struct Pipeline {
    settings: Arc<StreamSettings>,
    insertions: Insertions,
    can_read: bool,
    random: Random,
    start: Start,
    alarm: Alarm,
    lateness: Lateness,
    /// When the connection took the last frame, until it asks for the next one.
    handed_over: Option<Moment>,
    /// Why the stream will end when the alarm says so.
    reason: EndReason,
    urgency: Urgency,
    admission: Admission,
    /// This stream for a relay around it, and the stream that it relays.
    behind: Option<Behind>,
    /// False for a response without a layer, whose request may be HEAD. A framework drops the body of a
    /// response to HEAD without polling it, so a stream begins with the first poll.
    is_request_known: bool,
    is_polled: bool,
    refused: Option<Box<Refused>>,
    /// Until the hook was told.
    record: Option<Record>,
    budget: Budget,
    progress: Progress,
    /// Why it is failing or has failed.
    error: Option<Box<BoxError>>,
}

/// The first bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// The first insertions, which are made when they are sent.
    Insertions,
    /// The bytes of the refusal.
    Refusal,
    Sent,
}

/// A stream that is refused.
#[derive(Debug)]
struct Refused {
    start: Bytes,
    /// Set until the hook is told, which is when the body is polled, or before that.
    refusal: Option<Refusal>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Nothing was sent.
    New,
    Running,
    /// It has failed. What was ready before must reach the connection first, which is given a turn.
    Failing,
    /// That turn is over.
    Failed,
    Ended,
}

/// What to do while nothing comes.
#[derive(Debug)]
pub(crate) enum Idle {
    Send(Bytes),
    End,
}

impl Pipeline {
    /// The pipeline of a stream that is let in. `next` is the stream that it relays.
    pub(crate) fn new(
        settings: Arc<StreamSettings>,
        admission: Admission,
        asked: Asked,
        insertions: Insertions,
        next: Option<Behind>,
    ) -> Self {
        let now = Moment::now(&*settings.timer);
        let permit = admission.permit.as_ref();
        // The connection is given the head of the response first.
        let is_watched = asked.hook.is_some() || permit.is_some();
        let behind = Behind::new(settings.clone(), permit, insertions, next);
        let mut random = settings.random();
        let mut alarm = Alarm::default();
        if let Some(most) = settings.lifetime {
            let lifetime = random.within(&(most - most / 10..=most));
            // A moment that the clock cannot express never comes.
            alarm.end = now.checked_add(lifetime);
        }
        Self {
            insertions,
            start: Start::Insertions,
            record: asked.hook.map(|hook| Record::new(hook, now)),
            settings,
            can_read: true,
            random,
            alarm,
            lateness: Lateness::default(),
            handed_over: is_watched.then_some(now),
            reason: EndReason::Lifetime,
            urgency: Urgency::None,
            admission,
            behind: Some(behind),
            is_request_known: asked.is_known,
            is_polled: false,
            refused: None,
            budget: Budget::spent(),
            progress: Progress::New,
            error: None,
        }
    }

    /// The pipeline of a stream that cannot be read: nothing is put into it.
    pub(crate) fn unread(
        settings: Arc<StreamSettings>,
        admission: Admission,
        asked: Asked,
        next: Option<Behind>,
    ) -> Self {
        let mut pipeline = Self::new(settings, admission, asked, Insertions::default(), next);
        pipeline.can_read = false;
        pipeline
    }

    /// The pipeline of a stream that is refused: it begins with its end.
    pub(crate) fn refused(settings: Arc<StreamSettings>, asked: Asked, refusal: Refusal) -> Self {
        let (admission, insertions) = (Admission::default(), Insertions::default());
        let mut refused = Self::new(settings, admission, asked, insertions, None);
        let start = match refusal.error {
            Some(error) => Bytes::from_static(error.text().as_bytes()),
            None if refused.settings.refuse_with_503 => Bytes::new(),
            None => refused.retry_later(),
        };
        refused.count(start.len(), 0);
        refused.start = Start::Refusal;
        let refusal = match refused.is_request_known {
            true => {
                refused.tell_of(refusal);
                None
            }
            false => Some(refusal),
        };
        refused.refused = Some(Box::new(Refused { start, refusal }));
        refused
    }

    /// Describes this stream for a relay around the response with these extensions.
    pub(crate) fn describe(&self, extensions: &mut Extensions) {
        if let Some(behind) = &self.behind {
            extensions.insert(behind.clone());
        }
    }

    /// The body is polled for the first time.
    fn begin(&mut self) {
        self.is_polled = true;
        // The relay around this stream has let the connection write the head.
        if self.behind.as_ref().is_some_and(Behind::is_relayed) {
            self.budget.renew();
        }
        // An idle stream should take little memory.
        if self.behind.as_ref().is_some_and(Behind::is_unused) {
            self.behind = None;
        }
        let refused = self.refused.as_mut();
        if let Some(refusal) = refused.and_then(|refused| refused.refusal.take()) {
            self.tell_of(refusal);
        }
    }

    fn set_end(&self, reason: EndReason, error: Option<BoxError>) {
        match &self.behind {
            Some(behind) => behind.set_end(reason, error),
            None => drop_caught(error),
        }
    }

    fn tell_of(&mut self, refusal: Refusal) {
        let error = refusal.error.as_ref();
        self.finish(refusal.reason, error.map(|error| error as _));
        self.set_end(refusal.reason, None);
    }

    /// Whether the stream can be read, so that something may be put in.
    pub(crate) fn can_read(&self) -> bool {
        self.can_read
    }

    /// Whether it ends as soon as the event under way is whole.
    pub(crate) fn waits_for_boundary(&self) -> bool {
        self.urgency == Urgency::WhenWhole
    }

    /// Begins the stream, and returns its first bytes, once. To be called first whenever the body is
    /// polled.
    #[inline]
    pub(crate) fn take_start(&mut self) -> Option<Bytes> {
        match self.start {
            Start::Sent => None,
            Start::Insertions | Start::Refusal => self.make_start(),
        }
    }

    #[cold]
    fn make_start(&mut self) -> Option<Bytes> {
        self.begin();
        let start = match mem::replace(&mut self.start, Start::Sent) {
            Start::Insertions => self.settings.start(self.insertions)?,
            // Its bytes were counted when the hook was told.
            Start::Refusal => {
                let start = self.refused.take().map(|refused| refused.start);
                return start.filter(|start| !start.is_empty());
            }
            Start::Sent => return None,
        };
        self.count(start.len(), 0);
        Some(start)
    }

    /// Is pending once if the connection should write before more is taken from the source.
    #[inline]
    pub(crate) fn poll_budget(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.budget.poll(cx)
    }

    /// Counts an item that was taken from the source. `since` becomes the time of the first one.
    #[inline]
    pub(crate) fn count_item(&mut self, since: &mut Option<Moment>) {
        self.budget.take_item(&*self.settings.timer, since);
    }

    /// Returns true if the connection should write before more is taken from the source.
    #[inline]
    pub(crate) fn budget_is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    /// Whether nothing more will be sent, now that the source has ended.
    pub(crate) fn has_ended(&self) -> bool {
        let has_refusal = self
            .refused
            .as_ref()
            .is_some_and(|refused| !refused.start.is_empty());
        self.progress == Progress::Ended && !has_refusal
    }

    /// Counts what is being sent.
    pub(crate) fn count(&mut self, bytes: usize, events: u64) {
        if let Some(record) = &mut self.record {
            record.bytes += bytes as u64;
            record.events += events;
        }
    }

    /// A frame is being sent: puts the heartbeat off, and looks whether it is time to end. `since` is the
    /// time of its first item.
    pub(crate) fn sent(&mut self, since: Option<Moment>) {
        if self.progress == Progress::New {
            self.progress = Progress::Running;
        }
        if self.alarm.end.is_none() && !self.insertions.heartbeat && !self.is_watched() {
            return;
        }
        let now = match since {
            Some(now) if self.budget.has_one_item() => now,
            _ => Moment::now(&*self.settings.timer),
        };
        self.hand_over(now);
        self.put_off_heartbeat(now);
        self.lateness.heartbeat = false;
        self.look_at_end(now);
    }

    /// A frame without bytes is being sent, of which a client sees nothing: only looks whether it is
    /// time to end.
    pub(crate) fn sent_nothing(&mut self) {
        if self.alarm.end.is_some() || self.is_watched() {
            let now = Moment::now(&*self.settings.timer);
            self.hand_over(now);
            self.look_at_end(now);
        }
    }

    #[inline]
    fn look_at_end(&mut self, now: Moment) {
        if self.alarm.end.is_some_and(|end| end <= now) {
            self.come_due(now);
        }
    }

    /// Whether it is time to end, and this is the place. No clock is asked: if nothing has changed,
    /// this costs a load.
    #[inline]
    pub(crate) fn must_end(&mut self, place: Place) -> bool {
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
        match self.urgency {
            Urgency::None => false,
            Urgency::WhenWhole => place.is_between_events(),
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
            let moment = Moment::of(window.moment(self.random.fraction()));
            self.alarm.end = Some(self.alarm.end.map_or(moment, |end| end.min(moment)));
        }
    }

    /// Returns what to do now that the source is pending. It was asked in this poll whether the stream
    /// [must end](Self::must_end).
    #[inline]
    pub(crate) fn poll_idle(&mut self, cx: &mut Context<'_>, place: Place) -> Poll<Idle> {
        let open = self.admission.open.as_mut();
        // If the waker was registered before, the same task has polled the alarm, which wakes it. A drain
        // that has started since it was asked for one wakes it as well.
        let is_registered = open.is_some_and(|open| open.watch.register(cx));
        if is_registered && self.alarm.will_wake_in_time(&*self.settings.timer) {
            self.budget.renew();
            return Poll::Pending;
        }
        self.poll_due(cx, place)
    }

    #[inline(never)]
    fn poll_due(&mut self, cx: &mut Context<'_>, place: Place) -> Poll<Idle> {
        loop {
            // Again, now that the waker is registered: a drain that starts in between is not missed.
            if self.must_end(place) {
                return Poll::Ready(Idle::End);
            }
            let is_new = self.progress == Progress::New && self.insertions.heartbeat;
            if !is_new {
                let Poll::Ready((due, now)) = self.alarm.poll(cx, &*self.settings.timer) else {
                    self.budget.renew();
                    return Poll::Pending;
                };
                match due {
                    Due::End => {
                        self.come_due(now);
                        continue;
                    }
                    Due::Heartbeat if self.spread_heartbeat(now) => continue,
                    Due::Heartbeat => self.put_off_heartbeat(now),
                }
            }
            let heartbeat = self.settings.heartbeat.as_ref();
            if let Some(bytes) = heartbeat.and_then(|heartbeat| heartbeat.bytes(place)) {
                self.count(bytes.len(), 0);
                self.sent(None);
                return Poll::Ready(Idle::Send(bytes));
            }
        }
    }

    /// Ends the stream because it [must](Self::must_end), and returns what is sent last.
    pub(crate) fn end(&mut self, place: Place) -> Bytes {
        let last = match (self.reason, self.may_add_last(place)) {
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
    pub(crate) fn complete(&mut self, place: Place) -> Bytes {
        let source = self.behind.as_ref().and_then(Behind::next).cloned();
        if let Some((reason, error)) = source.as_ref().and_then(Behind::early_end) {
            // Its client has to come back, so the stream is not complete.
            self.finish(reason, error);
            self.set_end(reason, None);
            return Bytes::new();
        }
        if !place.is_between_events() {
            // The end is passed on as it came: some servers forget the last blank line, and some
            // clients read the event nevertheless.
            self.finish(EndReason::Error, Some(&Truncated::default()));
            return Bytes::new();
        }
        let has_last = source.is_some_and(|source| source.has_last_event());
        let last = self.settings.final_event.clone().filter(|_| !has_last);
        let last = self.add_last(last, place);
        self.finish(EndReason::Completed, None);
        last
    }

    /// The source has failed. Returns the last bytes to send: the error event, if there is one and no
    /// event is incomplete. Otherwise the body fails with the error.
    pub(crate) fn fail(&mut self, error: BoxError, place: Place) -> Bytes {
        // An error and what makes an event of it are foreign code: a panic there means no.
        if caught(|| Lagged::is_cause_of(&*error)).unwrap_or(false) {
            self.finish(EndReason::Lag, Some(&*error));
            self.set_end(EndReason::Lag, Some(error));
            return Bytes::new();
        }
        let event_of = self.settings.error_event.as_ref();
        let event = event_of.and_then(|event_of| caught(|| event_of(&*error)).ok()?);
        let last = self.add_last(event.map(EventFrame::from), place);
        self.finish(EndReason::Error, Some(&*error));
        match last.is_empty() {
            true => {
                self.progress = Progress::Failing;
                self.error = Some(Box::new(error));
            }
            false => self.set_end(EndReason::Error, Some(error)),
        }
        last
    }

    /// The end of the body, after all that was returned has been sent: an error, or none.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<BoxError>> {
        match mem::replace(&mut self.progress, Progress::Ended) {
            Progress::Failing => {
                // hyper writes what it has when a body is pending; an error makes it drop that.
                self.progress = Progress::Failed;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Progress::Failed => Poll::Ready(self.error.take().map(|error| *error)),
            Progress::New | Progress::Running | Progress::Ended => Poll::Ready(None),
        }
    }

    #[cold]
    fn come_due(&mut self, now: Moment) {
        if self.urgency == Urgency::None && self.spread_end(now) {
            return;
        }
        (self.urgency, self.alarm.end) = match self.urgency {
            Urgency::None => (Urgency::WhenWhole, now.checked_add(GRACE)),
            Urgency::WhenWhole | Urgency::AtOnce => (Urgency::AtOnce, None),
        };
    }

    /// What tells the client to come back later.
    fn retry_later(&mut self) -> Bytes {
        let time = self.random.within(&self.settings.come_back_after);
        EventFrame::retry(time).into_bytes()
    }

    fn may_add_last(&self, place: Place) -> bool {
        self.can_read() && place.is_between_events()
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
        if error.is_none() {
            self.set_end(reason, None);
        }
        self.tell(reason, error);
    }

    /// Calls the hook, once.
    fn tell(&mut self, reason: EndReason, error: Option<&(dyn Error + 'static)>) {
        if let Some(record) = self.record.take()
            && (self.is_request_known || self.is_polled)
            && !self.behind.as_ref().is_some_and(Behind::is_silent)
        {
            record.tell(&*self.settings.timer, reason, error);
        }
    }
}
