//! The event source, which carries out the decisions of the state machine.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use futures_core::Stream;
use http::{HeaderValue, Method, StatusCode, response::Parts};
use sse_proto::{
    Event, EventId, OwnedItem,
    reconnect::{Action, ReadyState, Source, StatusPolicy, Verdict},
};

use super::{
    Attempt, Error, ErrorKind, Notice, ReadyStates,
    batch::Batch,
    body::Chunks,
    connect::{Answer, Connect, Failure, SentId},
    deadline::Deadline,
    head,
    open::Open,
    ready_state::State,
    refused::Refused,
    settings::Settings,
};
use crate::rt::{random::Random, timer::Timer};

/// A client for event streams that never loses its place: a [`Stream`] of events that continues over
/// any number of connections.
///
/// When a connection ends or breaks, the source connects again and asks the server to continue after the last
/// event ([HTML, "Processing model"][standard]). The stream ends:
///
/// - with `None` after [`close`](Self::close), after a response with status 204, after the declared
///   [final event](super::EventSourceBuilder::final_event), and when the server ends the response to a
///   request that is not sent again;
/// - with an [`Error`] as its last item, if trying again is futile or forbidden. [`Error::kind`] says why.
///
/// See the [module](super) for an example, and the
/// [builder](super::EventSourceBuilder) for the settings.
///
/// # Cancel safety
///
/// Waiting for the next event can be cancelled at any point, and nothing is lost. Dropping the source
/// closes its connection.
///
/// # Memory
///
/// The source holds one chunk of the body, the events of at most 8 KiB of it, and one incomplete event
/// up to the [limit](super::EventSourceBuilder::limit). It reads nothing while the caller does not poll
/// it, so a slow caller slows down the server.
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
pub struct EventSource {
    source: Source,
    connector: Box<dyn Connect>,
    settings: Settings,
    attempt: Attempt,
    connection: Connection,
    batch: Batch,
    state: State,
    deadline: Deadline,
    /// The moment from which the state machine measures time.
    epoch: Instant,
    /// The end of the total timeout.
    end: Option<Instant>,
    random: Random,
    /// The ID of the last event that was delivered.
    delivered_id: EventId,
    /// The server or the caller has set an ID, which may have been reset since.
    knows_ids: bool,
}

#[derive(Debug)]
enum Connection {
    /// The source waits for the next attempt. The reason is set until the hook was called.
    Waiting {
        reason: Option<Error>,
    },
    /// An attempt is in progress, and must succeed by this moment.
    Connecting {
        until: Option<Instant>,
    },
    Open(Open),
    /// The response was refused. The source reads its body for the error.
    Refused(Refused),
    /// The connection has ended cleanly, or the caller replaces it. The source delivers its last events.
    Ending {
        method: Method,
        reason: ErrorKind,
    },
    Closed,
}

/// Number of chunks without an event after which other tasks get their turn.
const MAX_CHUNKS_IN_A_POLL: usize = 32;

/// Replaces a wait that is too long for the clock.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The longest last event ID that is sent, in bytes. Servers refuse header fields beyond this.
const MAX_SENT_ID: usize = 8 * 1024;

impl EventSource {
    pub(super) fn new(
        connector: Box<dyn Connect>,
        timer: Arc<dyn Timer>,
        mut settings: Settings,
    ) -> Self {
        let source = settings.source();
        let last_event_id = settings.last_event_id.take();
        let deadline = Deadline::new(timer);
        let epoch = deadline.now();
        Self {
            source,
            connector,
            attempt: Attempt {
                number: 0,
                last_status: None,
                last_event_id: None,
            },
            connection: Connection::Waiting { reason: None },
            batch: Batch::default(),
            state: State::new(),
            deadline,
            epoch,
            end: settings
                .total_timeout
                .and_then(|timeout| epoch.checked_add(timeout)),
            random: Random::new(),
            knows_ids: last_event_id.is_some(),
            delivered_id: last_event_id.unwrap_or_default(),
            settings,
        }
    }

    /// Closes the source and its connection. Nothing is delivered after this.
    pub fn close(&mut self) {
        self.source.close();
        self.finish();
    }

    /// Replaces an open connection by another, as if the server had ended it: for example when the machine
    /// has moved to another network.
    ///
    /// Events that have already arrived are delivered first. The source of a request that is not sent
    /// again ends after them. A source that waits or connects is left alone.
    pub fn reconnect(&mut self) {
        if let Connection::Open(open) = &self.connection {
            let method = open.method.clone();
            let reason = ErrorKind::Reconnect;
            self.connection = Connection::Ending { method, reason };
        }
    }

    /// Returns the standard's [`readyState`][state]. A source that waits is connecting.
    ///
    /// [state]: https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.state.get()
    }

    /// Returns an observer of the ready state, for another task.
    #[must_use]
    pub fn ready_states(&self) -> ReadyStates {
        self.state.observe()
    }

    /// Returns the ID of the last event that was delivered, or the one that the source started after.
    /// It is empty if neither exists.
    ///
    /// A program can store this ID together with the results of the event, and
    /// [start after it](super::EventSourceBuilder::last_event_id) the next time.
    #[must_use]
    pub fn last_event_id(&self) -> &EventId {
        &self.delivered_id
    }

    fn since_epoch(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.epoch)
    }

    /// Drops the connection and all events that were not delivered.
    fn finish(&mut self) {
        self.connector.cancel();
        self.connection = Connection::Closed;
        self.batch.clear();
        self.state.set(ReadyState::Closed);
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<Event, Error>>> {
        self.source.close();
        self.finish();
        Poll::Ready(Some(Err(error)))
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let mut chunks = 0;
        loop {
            if matches!(self.connection, Connection::Closed) {
                return Poll::Ready(None);
            }
            if let Some(item) = self.batch.next(&mut self.source) {
                match item {
                    Ok(OwnedItem::Event(event)) => return self.deliver(event),
                    Ok(item) => self.notice(&item),
                    Err(error) => return self.fail(error),
                }
                continue;
            }
            if self.end.is_some_and(|end| self.deadline.now() >= end) {
                let timeout = self.settings.total_timeout.unwrap_or_default();
                return self.fail(Error::timeout(ErrorKind::TotalTimeout, timeout));
            }
            let progress = match &mut self.connection {
                Connection::Waiting { .. } => self.poll_wait(cx),
                &mut Connection::Connecting { until } => self.poll_connect(cx, until),
                Connection::Open(_) => {
                    chunks += 1;
                    if chunks > MAX_CHUNKS_IN_A_POLL {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    self.poll_body(cx)
                }
                Connection::Refused(refused) => refused.poll(cx, &mut self.deadline).map(Err),
                Connection::Ending { method, reason } => {
                    let is_resent = resends(&self.settings, method);
                    let reason = Error::new(*reason);
                    Poll::Ready(self.handle_loss(is_resent, reason))
                }
                Connection::Closed => return Poll::Ready(None),
            };
            match progress {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return self.fail(error),
                Poll::Pending => return self.poll_total_timeout(cx),
            }
        }
    }

    fn poll_total_timeout(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let Some(end) = self.end else {
            return Poll::Pending;
        };
        ready!(self.deadline.poll(cx, end));
        let timeout = self.settings.total_timeout.unwrap_or_default();
        self.fail(Error::timeout(ErrorKind::TotalTimeout, timeout))
    }

    fn deliver(&mut self, event: Event) -> Poll<Option<Result<Event, Error>>> {
        if let Connection::Open(open) = &mut self.connection {
            open.deliver();
        }
        if self.settings.final_event.as_deref() == Some(event.data()) {
            self.close();
            return Poll::Ready(None);
        }
        self.knows_ids |= event.id().is_some();
        match event.id() {
            Some(id) if *id != self.delivered_id => self.delivered_id = id.clone(),
            None if !self.delivered_id.as_str().is_empty() => {
                self.delivered_id = EventId::default()
            }
            _ => {}
        }
        Poll::Ready(Some(Ok(event)))
    }

    fn notice(&mut self, item: &OwnedItem) {
        match item {
            OwnedItem::Comment(comment) => self.settings.hook.call(&Notice::Comment(comment)),
            OwnedItem::Retry(time) => self.settings.hook.call(&Notice::ReconnectionTime(*time)),
            _ => {}
        }
    }

    /// Waits until the next attempt is due, and starts it.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let now = self.deadline.now();
            let (id, wait) = match self.source.poll(self.since_epoch(now)) {
                Action::Connect { last_event_id } => (last_event_id, Duration::ZERO),
                Action::Wait(wait) => (None, wait),
                Action::Closed(_) => return Poll::Ready(Err(self.give_up(ErrorKind::NoProgress))),
                Action::Receive => return Poll::Pending,
            };
            let id = id.map(str::to_owned).unwrap_or_default();
            if let Connection::Waiting { reason } = &mut self.connection
                && let Some(reason) = reason.take()
            {
                let reason = &reason;
                self.settings.hook.call(&Notice::Waiting { reason, wait });
            }
            if wait.is_zero() {
                return Poll::Ready(self.connect(&id, now));
            }
            let due = now.checked_add(wait).unwrap_or_else(|| now + FAR_AWAY);
            ready!(self.deadline.poll(cx, due));
        }
    }

    /// Returns the error that ends the source. Its cause is the reason why the source is not open.
    fn give_up(&mut self, kind: ErrorKind) -> Error {
        match &mut self.connection {
            Connection::Waiting { reason } => match reason.take() {
                Some(reason) => Error::caused(kind, reason),
                None => Error::new(kind),
            },
            _ => Error::new(kind),
        }
    }

    fn connect(&mut self, last_event_id: &str, now: Instant) -> Result<(), Error> {
        self.knows_ids |= !last_event_id.is_empty();
        let id = match sendable(last_event_id) {
            Ok(None) if self.knows_ids => SentId::None,
            Ok(None) => SentId::Unknown,
            Ok(Some(id)) => SentId::Id(id),
            Err(()) if self.settings.is_strict_about_ids => {
                return Err(Error::new(ErrorKind::LastEventId));
            }
            Err(()) => {
                self.settings
                    .hook
                    .call(&Notice::UnsendableId(last_event_id));
                SentId::None
            }
        };
        self.attempt.number += 1;
        self.attempt.last_event_id = match last_event_id {
            "" => None,
            id => EventId::decoded(id).ok(),
        };
        self.settings.hook.call(&Notice::Connecting(&self.attempt));
        self.connector.start(self.attempt.clone(), id);
        let timeout = self.settings.response_timeout;
        self.connection = Connection::Connecting {
            until: timeout.and_then(|timeout| now.checked_add(timeout)),
        };
        self.state.set(ReadyState::Connecting);
        Ok(())
    }

    fn poll_connect(
        &mut self,
        cx: &mut Context<'_>,
        until: Option<Instant>,
    ) -> Poll<Result<(), Error>> {
        match self.connector.poll(cx) {
            Poll::Ready(Ok(answer)) => Poll::Ready(self.handle_answer(answer)),
            Poll::Ready(Err(Failure { method, error })) => {
                // Another attempt would meet the same redirect.
                if error.kind() == ErrorKind::Redirect {
                    return Poll::Ready(Err(error));
                }
                // A request that was not sent yet may be sent now, whatever its method.
                let is_resent = method.is_none_or(|method| resends(&self.settings, &method));
                Poll::Ready(self.handle_loss(is_resent, error))
            }
            Poll::Pending => {
                let Some(until) = until else {
                    return Poll::Pending;
                };
                ready!(self.deadline.poll(cx, until));
                let method = self.connector.cancel();
                let timeout = self.settings.response_timeout.unwrap_or_default();
                let error = Error::timeout(ErrorKind::ResponseTimeout, timeout);
                let is_resent = method.is_none_or(|method| resends(&self.settings, &method));
                Poll::Ready(self.handle_loss(is_resent, error))
            }
        }
    }

    /// Opens the stream, waits for the next attempt, or refuses the response.
    fn handle_answer(&mut self, answer: Answer) -> Result<(), Error> {
        let Answer { method, head, body } = answer;
        self.attempt.last_status = Some(head.status);
        let now = self.deadline.now();
        let since_epoch = self.since_epoch(now);
        let is_resent = resends(&self.settings, &method);
        let mut answer = head::read(&head);
        if !is_resent {
            answer = answer.with_verdict(Verdict::Final);
        } else if let Some(verdict) = self.verdict(&head) {
            answer = answer.with_verdict(verdict);
        }
        let random = self.random.next();
        self.source.handle_response(answer, since_epoch, random);
        let kind = match self.source.ready_state() {
            ReadyState::Open => {
                self.open(method, head, body, now);
                return Ok(());
            }
            ReadyState::Connecting => return self.wait(Error::refused(ErrorKind::Status, head)),
            ReadyState::Closed if head.status == StatusCode::NO_CONTENT => {
                self.finish();
                return Ok(());
            }
            ReadyState::Closed if head.status == StatusCode::OK => ErrorKind::ContentType,
            ReadyState::Closed => ErrorKind::Status,
        };
        self.state.set(ReadyState::Closed);
        let refused = Refused::new(Error::refused(kind, head), body, now);
        self.connection = Connection::Refused(refused);
        Ok(())
    }

    fn open(&mut self, method: Method, head: Parts, body: Chunks, now: Instant) {
        let (attempt, head) = (&self.attempt, &head);
        self.settings.hook.call(&Notice::Open { attempt, head });
        let open = Open::new(method, body, &self.settings, now);
        if self.end.is_none() && !open.has_timeout() {
            self.deadline.clear();
        }
        self.connection = Connection::Open(open);
        self.state.set(ReadyState::Open);
    }

    /// Returns the verdict of the caller. Without one, a status that asks for a new token leads to another
    /// request.
    fn verdict(&mut self, head: &Parts) -> Option<Verdict> {
        if head.status == StatusCode::NO_CONTENT {
            return None;
        }
        if let Some(verdict) = self
            .settings
            .verdict
            .as_mut()
            .and_then(|choose| choose(head))
        {
            return Some(verdict);
        }
        let wants_token = matches!(
            head.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        );
        let is_standard = self.settings.status_policy == StatusPolicy::Standard;
        (wants_token && !is_standard).then_some(Verdict::Again)
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Connection::Open(open) = &mut self.connection else {
            return Poll::Ready(Ok(()));
        };
        match ready!(open.poll_chunk(cx, &mut self.deadline)) {
            Ok(Some(chunk)) => self.batch.push(chunk),
            Ok(None) => {
                let method = open.method.clone();
                self.batch.end(&mut self.source);
                let reason = ErrorKind::Ended;
                self.connection = Connection::Ending { method, reason };
            }
            Err(error) => {
                let is_resent = resends(&self.settings, &open.method);
                return Poll::Ready(self.handle_loss(is_resent, error));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Handles an attempt that failed, or a connection that ended or broke.
    fn handle_loss(&mut self, is_resent: bool, error: Error) -> Result<(), Error> {
        if matches!(
            error.kind(),
            ErrorKind::IdleTimeout | ErrorKind::ResponseTimeout
        ) {
            self.connector.give_up();
        }
        let is_end = matches!(error.kind(), ErrorKind::Ended | ErrorKind::Reconnect);
        if !is_resent {
            if !is_end {
                return Err(error);
            }
            if self.settings.final_event.is_some() {
                return Err(Error::new(ErrorKind::Incomplete));
            }
            self.close();
            return Ok(());
        }
        let since_epoch = self.since_epoch(self.deadline.now());
        let random = self.random.next();
        if is_end {
            self.source.handle_end(since_epoch, random);
        } else {
            self.source.handle_error(since_epoch, random);
        }
        self.wait(error)
    }

    /// Waits before another attempt, if one is allowed.
    fn wait(&mut self, reason: Error) -> Result<(), Error> {
        let is_last = self
            .settings
            .max_retries
            .is_some_and(|max| self.source.failures() > max);
        if is_last && reason.kind() == ErrorKind::Ended && self.settings.final_event.is_some() {
            return Err(Error::new(ErrorKind::Incomplete));
        }
        self.connection = Connection::Waiting {
            reason: Some(reason),
        };
        if is_last {
            return Err(self.give_up(ErrorKind::Retries));
        }
        self.state.set(ReadyState::Connecting);
        Ok(())
    }
}

impl Stream for EventSource {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("ready_state", &self.ready_state())
            .field("last_event_id", &self.delivered_id)
            .field("attempt", &self.attempt)
            .field("failures", &self.source.failures())
            .finish_non_exhaustive()
    }
}

/// Returns the header value for this ID, or `None` if the ID is empty.
fn sendable(id: &str) -> Result<Option<HeaderValue>, ()> {
    if id.is_empty() {
        return Ok(None);
    }
    // HTTP strips the space around a value.
    let is_trimmed = id.trim_matches([' ', '\t']).len() == id.len();
    match HeaderValue::from_bytes(id.as_bytes()) {
        Ok(value) if is_trimmed && id.len() <= MAX_SENT_ID => Ok(Some(value)),
        _ => Err(()),
    }
}

/// Returns whether a request with this method is sent again when its connection is lost.
fn resends(settings: &Settings, method: &Method) -> bool {
    settings.resends_any_method || matches!(*method, Method::GET | Method::HEAD)
}
