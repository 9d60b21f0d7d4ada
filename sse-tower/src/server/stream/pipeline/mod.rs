//! The pipeline of a stream: its start, its heartbeats, and every kind of end.
//!
//! [`SseBody`](crate::server::SseBody) and [`RelayBody`](crate::server::RelayBody) differ only in
//! their [`Source`]. For both, [`Pipeline::poll_frame`] decides what is sent and when the stream
//! ends.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Extensions, HeaderMap};
use http_body::Frame;

use crate::{
    error::{BodyError, BoxError},
    foreign::{Guarded, catch_panic},
    rt::{alarm::Alarm, moment::Moment},
    server::{
        admission::{Admission, refusal::Refusal},
        compression::compressor::{Compressor, Reach},
        http::request::RequestFacts,
        settings::StreamSettings,
        stream::{
            budget::Budget,
            end::EndReason,
            info::StreamInfo,
            insertions::Insertions,
            joined::Joined,
            notice::Record,
            source::{Next, Source},
        },
    },
};

mod end;
mod idle;
mod pause;
mod stall;
mod state;
mod tell;

use state::{Idle, Lateness, Progress, Urgency};

/// The state of one stream, apart from its source.
///
/// Every idle stream has one, so rarely used fields are boxed.
#[derive(Debug)]
pub(crate) struct Pipeline {
    settings: Arc<StreamSettings>,
    insertions: Insertions,
    start: Start,
    alarm: Alarm,
    lateness: Lateness,
    /// The moment when the connection took the last frame, until it asks for the next one.
    handed_over: Option<Moment>,
    /// The reason of the end that the alarm is set for.
    reason: EndReason,
    urgency: Urgency,
    admission: Admission,
    /// Describes this stream, and the stream that it relays, for a relay around it.
    info: Option<StreamInfo>,
    /// False for a response without a layer, whose request may be HEAD. Frameworks drop the body of
    /// a response to HEAD without polling it. So for such a response, the stream begins with the
    /// first poll.
    is_request_known: bool,
    is_polled: bool,
    /// The observer and its figures, until it is notified of the end.
    record: Option<Record>,
    budget: Budget,
    /// Each frame is compressed, or counted by metrics.
    visits_frames: bool,
    progress: Progress,
    rest: Option<Box<Rest>>,
}

/// The first bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// The insertions at the start, which are created when they are sent.
    Insertions,
    /// The bytes of the refusal.
    Refusal,
    Sent,
}

/// The compressor of a stream, or the data that is left after the source was dropped.
#[derive(Debug)]
enum Rest {
    /// The compressor, until the stream ends.
    Compressor(Compressor),
    /// A refusal and its bytes.
    Refusal(Refusal, Bytes),
    Trailers(Box<HeaderMap>),
    Error(BoxError),
}

type Polled = Poll<Option<Result<Frame<Bytes>, BodyError>>>;

impl Pipeline {
    /// Creates the pipeline of an admitted stream. `inner` is the stream that it relays, if that is
    /// one of this crate.
    pub(crate) fn new(
        settings: Arc<StreamSettings>,
        admission: Admission,
        facts: RequestFacts,
        insertions: Insertions,
        inner: Option<StreamInfo>,
        compressor: Option<Compressor>,
    ) -> Self {
        let now = Moment::now(&*settings.timer);
        let permit = admission.permit.as_ref();
        // The connection has taken the head of the response.
        let is_watched = facts.observer.is_some() || permit.is_some();
        let info = StreamInfo::new(settings.clone(), permit, insertions, inner);
        let mut alarm = Alarm::default();
        if let Some(most) = settings.lifetime {
            let lifetime = settings.random().within(&(most - most / 10..=most));
            // If the moment is out of range, the stream never ends by its lifetime.
            alarm.end = now.checked_add(lifetime);
        }
        Self {
            insertions,
            start: Start::Insertions,
            record: facts.observer.map(|observer| Record::new(observer, now)),
            settings,
            alarm,
            lateness: Lateness::default(),
            handed_over: is_watched.then_some(now),
            reason: EndReason::Lifetime,
            urgency: Urgency::None,
            admission,
            info: Some(info),
            is_request_known: facts.is_known,
            is_polled: false,
            budget: Budget::spent(),
            visits_frames: compressor.is_some(),
            progress: Progress::New,
            rest: compressor.map(|compressor| Box::new(Rest::Compressor(compressor))),
        }
    }

    /// Creates the pipeline of a refused stream, which begins with its end.
    pub(crate) fn refused(
        settings: Arc<StreamSettings>,
        facts: RequestFacts,
        refusal: Refusal,
    ) -> Self {
        let (admission, insertions) = (Admission::default(), Insertions::default());
        let mut refused = Self::new(settings, admission, facts, insertions, None, None);
        let start = match refusal.mistake() {
            Some(text) => Bytes::from_static(text.as_bytes()),
            None if refused.settings.refuse_with_503 => Bytes::new(),
            None => refused.retry_later(),
        };
        let refusal = refusal.with_bytes(start.len());
        refused.start = Start::Refusal;
        if refused.is_request_known {
            refused.end_with(refusal);
        }
        refused.rest = Some(Box::new(Rest::Refusal(refusal, start)));
        refused
    }

    /// Describes this stream for a relay around the response with these extensions.
    pub(crate) fn describe(&self, extensions: &mut Extensions) {
        if let Some(info) = &self.info {
            extensions.insert(info.clone());
        }
        if let Some(Rest::Refusal(refusal, _)) = self.rest.as_deref() {
            extensions.insert(*refusal);
        }
    }

    /// Returns whether everything was sent. Call it only after the source was dropped.
    pub(crate) fn has_ended(&self) -> bool {
        let has_rest = match self.rest.as_deref() {
            None | Some(Rest::Compressor(_)) => false,
            Some(Rest::Refusal(_, start)) => !start.is_empty(),
            Some(Rest::Trailers(_) | Rest::Error(_)) => true,
        };
        self.progress == Progress::Ended && !has_rest
    }

    /// Returns the next frame of the body, or its end. Drops the source as soon as it has ended.
    pub(crate) fn poll_frame<S: Source>(
        &mut self,
        cx: &mut Context<'_>,
        mut source: Pin<&mut Guarded<S>>,
    ) -> Polled {
        // The start is a frame of its own, because the first event may take a long time.
        if let Some(start) = self.take_start() {
            if let Some(source) = source.as_mut().as_pin_mut() {
                source.inserted();
                self.sent(None);
            }
            return self.send(cx, source, Joined::One(start));
        }
        let mut joined = Joined::Nothing;
        // The time of the item if only one was taken. This is close enough to the current time.
        let mut time_of_only_item = None;
        if let Some(running) = source.as_mut().as_pin_mut() {
            if self.is_due()
                && let position = running.position()
                && self.may_end(position)
            {
                source.as_mut().clear();
                self.end(&mut joined, position);
            } else {
                ready!(self.budget.poll(cx));
            }
        }
        if S::FRAME_SIZE > 1 {
            self.budget.restart_clock();
        }
        while let Some(mut polled) = source.as_mut().as_pin_mut() {
            let to_boundary = self.urgency == Urgency::WhenWhole;
            let next = match catch_panic(|| polled.as_mut().poll_next(cx, to_boundary)) {
                Ok(Poll::Pending) => break,
                Ok(Poll::Ready(next)) => next,
                Err(panic) => Next::Failed(panic),
            };
            match next {
                Next::Item { bytes, events } => {
                    self.count(bytes.len(), events);
                    time_of_only_item = self.budget.take_item(&*self.settings.timer);
                    joined.push(bytes);
                }
                Next::End { trailers } => {
                    let position = polled.position();
                    source.as_mut().clear();
                    self.complete(&mut joined, position, trailers);
                }
                Next::Failed(error) => {
                    let position = polled.position();
                    source.as_mut().clear();
                    self.fail(&mut joined, error, position);
                }
            }
            if joined.len() >= S::FRAME_SIZE || self.budget.is_spent() {
                break;
            }
        }
        if joined.is_empty()
            && let Some(idle) = source.as_mut().as_pin_mut()
        {
            if self.budget.is_spent() {
                self.check_end();
                ready!(self.budget.poll(cx));
            }
            if self.can_keep_sleeping(cx) {
                return Poll::Pending;
            }
            let position = idle.position();
            match ready!(self.poll_idle(cx, position)) {
                Idle::Send(bytes) => {
                    idle.inserted();
                    return self.send(cx, source, Joined::One(bytes));
                }
                Idle::End => {
                    source.as_mut().clear();
                    self.end(&mut joined, position);
                }
            }
        }
        if joined.is_empty() {
            return self.poll_rest::<S>(cx);
        }
        if source.is_some() {
            self.sent(time_of_only_item);
        }
        self.send(cx, source, joined)
    }

    /// Returns these items as a frame. Compresses and counts them first if the stream needs that and
    /// has not ended. At its end, that is already done.
    #[inline]
    fn send<S: Source>(
        &mut self,
        cx: &mut Context<'_>,
        source: Pin<&mut Guarded<S>>,
        mut joined: Joined,
    ) -> Polled {
        if self.visits_frames
            && let Err(error) = self.visit_frame(&mut joined, Reach::Flushed)
        {
            source.clear();
            self.break_off(error);
            return self.poll_rest::<S>(cx);
        }
        Poll::Ready(Some(Ok(Frame::data(joined.into_bytes()))))
    }

    /// Compresses the items of a frame, and counts them in metrics.
    #[inline(never)]
    fn visit_frame(&mut self, joined: &mut Joined, reach: Reach) -> Result<(), BoxError> {
        let bytes = joined.len();
        let compressed = match self.rest {
            Some(_) => self.compress(joined, reach),
            None => Ok(()),
        };
        if let Some(record) = &mut self.record {
            let sent = if compressed.is_ok() { joined.len() } else { 0 };
            record.count_frame(bytes, sent);
        }
        compressed
    }

    /// Compresses these items into one. Does nothing if the stream has no content coding.
    #[cold]
    fn compress(&mut self, joined: &mut Joined, reach: Reach) -> Result<(), BoxError> {
        if let Some(Rest::Compressor(compressor)) = self.rest.as_deref_mut()
            && (reach == Reach::Finished || !joined.is_empty())
        {
            let compressed = compressor.compress(joined.as_bytes(), reach)?;
            *joined = Joined::Nothing;
            joined.push(compressed.into());
        }
        Ok(())
    }

    /// Begins the stream. Returns its first bytes the first time.
    #[inline]
    fn take_start(&mut self) -> Option<Bytes> {
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
            Start::Refusal => {
                return match self.rest.take().map(|rest| *rest) {
                    Some(Rest::Refusal(_, start)) if !start.is_empty() => Some(start),
                    _ => None,
                };
            }
            Start::Sent => return None,
        };
        self.count(start.len(), 0);
        Some(start)
    }

    /// Begins the stream, because the body is polled for the first time.
    fn begin(&mut self) {
        self.is_polled = true;
        // A relay around this stream has already let the connection write the head.
        if self.info.as_ref().is_some_and(StreamInfo::is_relayed) {
            self.budget.renew();
        }
        // Free the description if nobody uses it, so that an idle stream takes little memory.
        if self.info.as_ref().is_some_and(StreamInfo::is_unused) {
            self.info = None;
        }
        match self.rest.as_deref() {
            Some(Rest::Refusal(refusal, _)) => self.end_with(*refusal),
            _ => self.tell_opened(),
        }
    }

    /// Counts bytes and events for the observer.
    fn count(&mut self, bytes: usize, events: u64) {
        if let Some(record) = &mut self.record {
            record.bytes += bytes as u64;
            record.events += events;
        }
    }
}
