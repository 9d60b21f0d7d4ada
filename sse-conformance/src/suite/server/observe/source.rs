//! An event source. It reconnects when its stream has ended cleanly, as HTML says in "Processing
//! model".
//!
//! A response that has ended becomes one of the earlier recordings of the next response
//! ([`Recording::earlier`]).

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::{Instant, sleep, timeout_at};

use crate::driver::exchange::Exchange;
use crate::driver::message::{End, LAST_EVENT_ID, Request};
use crate::driver::reader::{Reader, at_new_items};
use crate::driver::recording::Recording;
use crate::driver::search::position;
use crate::suite::server::observation::places::{events, last_event_id};
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::suite::server::observe::send::Via;

/// The wait before reconnecting if the server sends no `retry`. It is much shorter than in
/// browsers, so that a run does not take long.
const RECONNECTION_TIME: Duration = Duration::from_millis(50);

/// The longest wait before reconnecting, whatever `retry` says.
const MAX_RECONNECTION_TIME: Duration = Duration::from_millis(300);

/// The longest wait for a server that refused a client which came back sooner than `retry` says.
const MAX_FULL_TIME: Duration = Duration::from_secs(5);

/// The time after which a stream that ends with its event has ended.
const LINGER: Duration = Duration::from_millis(25);

/// The maximum number of waits of a client that has much to read.
const MAX_WAITS: usize = 6;

/// Reads an event stream, and reconnects when it has ended.
pub(crate) struct Source<'o> {
    pub(crate) observer: &'o Observer<'o>,
    via: Via<'o>,
    /// The next request, with the ID to resume from.
    request: Request,
    reader: Reader,
    /// The request that was sent, or will be, and whose head has not arrived.
    opening: Option<LocalBoxFuture<'o, Result<Reader, String>>>,
    /// The time at which that request is sent.
    send_at: Instant,
    /// The wait that the server asks for. The suite shortens it.
    reconnection_time: Duration,
    /// Set if the next request is sent only after the whole wait.
    waits_full_time: bool,
    /// Set if the server gave out the ID of the request.
    has_own_id: bool,
    /// The number of times that the client reconnected without such an ID.
    reconnects_without_id: usize,
    /// Set once the client must not reconnect any more.
    is_stopped: bool,
    /// The connection of the first response that ended. It can be used again.
    kept: Option<Exchange>,
}

impl<'o> Source<'o> {
    /// Opens a stream as an event source does. Publishes an event if the head does not come.
    pub(crate) async fn open_or_publish(
        observer: &'o Observer<'_>,
        via: Via<'o>,
        request: &Request,
    ) -> Result<Self, String> {
        let reader = observer.send_or_publish_via(via, true, request).await?;
        Ok(Self::new(observer, via, request, reader))
    }

    /// Opens a stream and waits until the server has probably subscribed it. Publishes an event if the
    /// head does not come.
    pub(crate) async fn listen_or_publish(
        observer: &'o Observer<'_>,
        request: &Request,
    ) -> Result<Self, String> {
        let mut source = Self::open_or_publish(observer, Via::Own, request).await?;
        source.settle().await;
        Ok(source)
    }

    fn new(observer: &'o Observer<'o>, via: Via<'o>, request: &Request, reader: Reader) -> Self {
        Self {
            observer,
            via,
            request: request.clone(),
            reader,
            opening: None,
            send_at: Instant::now(),
            reconnection_time: RECONNECTION_TIME,
            waits_full_time: false,
            has_own_id: request.value(LAST_EVENT_ID).is_some(),
            reconnects_without_id: 0,
            is_stopped: false,
            kept: None,
        }
    }

    /// Notes that the server did not give out the ID of the request. As without an ID, an event may
    /// then be lost between two streams.
    pub(crate) fn with_foreign_id(mut self) -> Self {
        self.has_own_id = false;
        self
    }

    pub(crate) fn recording(&self) -> &Recording {
        &self.reader.recording
    }

    pub(crate) fn into_recording(self) -> Recording {
        self.reader.recording
    }

    /// Returns the number of responses so far.
    pub(crate) fn responses(&self) -> usize {
        self.recording().earlier.len() + 1
    }

    /// Returns whether more may arrive. A stream that ended cleanly is opened again.
    pub(crate) fn may_continue(&self) -> bool {
        let is_open = self.recording().end.is_none() || self.has_ended_cleanly();
        is_open && !self.is_stopped
    }

    pub(crate) fn reconnects_without_id(&self) -> usize {
        self.reconnects_without_id
    }

    /// Returns the connection of the first response that ended, and the request to send on it.
    pub(crate) fn take_kept(&mut self) -> Option<(Exchange, Request)> {
        Some((self.kept.take()?, self.request.clone()))
    }

    /// Reads until `done` returns true, time is up, or the stream has ended for good. Returns
    /// whether `done` returned true.
    pub(crate) async fn until(
        &mut self,
        within: Duration,
        mut done: impl FnMut(&Recording) -> bool,
    ) -> bool {
        let deadline = Instant::now() + within;
        loop {
            let is_open = self.opening.is_none();
            if is_open && self.reader.until(left(deadline), &mut done).await {
                return true;
            }
            if !self.reconnects(deadline).await {
                return false;
            }
        }
    }

    /// Does the same, but calls `done` only when another item has arrived.
    pub(crate) async fn until_item(
        &mut self,
        within: Duration,
        done: impl FnMut(&Recording) -> bool,
    ) -> bool {
        self.until(within, at_new_items(done)).await
    }

    /// Reads for the given time.
    pub(crate) async fn read_for(&mut self, time: Duration) {
        self.until(time, |_| false).await;
    }

    /// Reads until the current response has ended.
    pub(crate) async fn until_end(&mut self, within: Duration) {
        if self.opening.is_none() {
            self.reader.until(within, |_| false).await;
        }
        if self.recording().end.is_some() {
            self.reader.note_what_follows(4 * LINGER).await;
        }
    }

    /// Reads until an event that contains `token` has ended with its blank line. If a stream ended
    /// without an ID to resume from, gives up soon afterwards, because the event was probably lost
    /// with it.
    pub(crate) async fn event(&mut self, token: &str, within: Duration) -> bool {
        let mut deadline = Instant::now() + within;
        loop {
            if self.opening.is_none() && self.reader.event(token, left(deadline)).await {
                return true;
            }
            let reconnects_without_id = self.reconnects_without_id;
            if !self.reconnects(deadline).await {
                return false;
            }
            if reconnects_without_id < self.reconnects_without_id {
                deadline = deadline.min(Instant::now() + 2 * SETTLE);
            }
        }
    }

    /// Does the same for a client that has much to read: it continues for as long as anything
    /// arrives within this time.
    pub(crate) async fn event_after_many(&mut self, token: &str, within: Duration) -> bool {
        for _ in 0..MAX_WAITS {
            let before = self.length();
            if self.event(token, within).await {
                return true;
            }
            if self.length() == before {
                break;
            }
        }
        false
    }

    /// Returns the number of bytes of all responses so far.
    fn length(&self) -> usize {
        let responses = self.recording().responses();
        responses.map(|response| response.bytes.len()).sum()
    }

    /// Like [`event`](Self::event), but finds the event anywhere in the stream.
    pub(crate) async fn holds(&mut self, token: &str, within: Duration) -> bool {
        let has = |recording: &Recording| {
            let read = events(recording);
            read.iter()
                .any(|read| position(read.data.as_bytes(), token.as_bytes()).is_some())
        };
        if self.recording().earlier.iter().any(has) {
            return true;
        }
        self.reader.search_anew();
        self.event(token, within).await
    }

    /// Reads until `token` has arrived, even if its event has not ended.
    pub(crate) async fn begins(&mut self, token: &str, within: Duration) {
        let deadline = Instant::now() + within;
        loop {
            if self.opening.is_none() && self.reader.begins(token, left(deadline)).await {
                return;
            }
            if !self.reconnects(deadline).await {
                return;
            }
        }
    }

    /// Waits until the server has probably subscribed this client.
    pub(crate) async fn settle(&mut self) {
        if self.opening.is_some() {
            // Some servers send the head with the first event.
            self.opened(Instant::now() + SETTLE).await;
        } else if self
            .reader
            .until(SETTLE, |seen| !seen.bytes.is_empty())
            .await
        {
            self.reader.read_for(SETTLE / 6).await;
        }
    }

    /// Reconnects if the stream has ended, so that events which are published now can arrive.
    pub(crate) async fn ready(&mut self) {
        // If streams end by themselves, this one may be about to end.
        let linger = match self.observer.learned().ends_streams {
            true => LINGER,
            false => Duration::ZERO,
        };
        if self.opening.is_none() {
            self.reader.read_for(linger).await;
        }
        // A stream that ends at once, because nothing is new, is as good as an open one.
        let responses = self.responses();
        if self.opening.is_none() && self.has_ended_cleanly() && !self.is_stopped {
            self.note_end().await;
        }
        if self.opening.is_some() {
            // Long polling has nothing to send until an event is published.
            self.opened(self.send_at.max(Instant::now()) + SETTLE).await;
        }
        if self.responses() > responses {
            self.settle().await;
        }
    }

    /// Notices if a stream ends after its first event.
    pub(crate) async fn linger(&mut self) {
        if self.opening.is_none() {
            self.reader.read_for(4 * LINGER).await;
        }
        if self.has_ended_cleanly() {
            self.observer.learn(|learned| learned.ends_streams = true);
        }
    }

    pub(crate) fn has_ended_cleanly(&self) -> bool {
        let recording = self.recording();
        recording.head.is_event_stream()
            && matches!(recording.end, Some(End::Complete | End::Closed))
    }

    /// Reconnects if the stream has ended. Returns whether there is more to read.
    async fn reconnects(&mut self, deadline: Instant) -> bool {
        if self.opening.is_none() {
            if self.is_stopped || !self.has_ended_cleanly() || Instant::now() >= deadline {
                return false;
            }
            self.note_end().await;
        }
        self.opened(deadline).await
    }

    /// Notes that a response has ended, and prepares the next request.
    async fn note_end(&mut self) {
        self.observer.learn(|learned| learned.ends_streams = true);
        let start = Instant::now();
        self.reader.note_what_follows(LINGER).await;
        let recording = &mut self.reader.recording;
        if let Some(id) = last_event_id(recording) {
            self.has_own_id = !id.is_empty();
            let request = self.request.clone();
            self.request = match id.is_empty() {
                true => request.without(LAST_EVENT_ID),
                false => request.resuming_from(&id),
            };
        }
        if !self.has_own_id {
            self.reconnects_without_id += 1;
            recording.excuse = Some("the stream ended without an ID to resume from".to_owned());
        }
        if let Some(millis) = recording.decoded().reconnection_time {
            self.reconnection_time = Duration::from_millis(millis);
        }
        self.prepare_request(start);
    }

    /// Prepares the next request, to be sent when the server asks for it or sooner.
    fn prepare_request(&mut self, start: Instant) {
        self.waits_full_time = self.observer.learned().insists_on_retry;
        let most = match self.waits_full_time {
            true => MAX_FULL_TIME,
            false => MAX_RECONNECTION_TIME,
        };
        let at = start + self.reconnection_time.min(most);
        self.send_at = at;
        if let Via::Narrow = self.via {
            // Only the first response is read slowly.
            self.via = Via::Own;
        }
        let (observer, via, request) = (self.observer, self.via, self.request.clone());
        let opening = async move {
            sleep(at.saturating_duration_since(Instant::now())).await;
            observer.send_only(via, &request).await
        };
        self.opening = Some(opening.boxed_local());
    }

    /// Waits for the head of the next response. Returns whether it is an event stream.
    async fn opened(&mut self, deadline: Instant) -> bool {
        let Some(opening) = &mut self.opening else {
            return false;
        };
        let Ok(opened) = timeout_at(deadline, opening).await else {
            return false;
        };
        self.opening = None;
        let turned_away = match opened {
            Ok(mut reader) if reader.recording.head.is_event_stream() => {
                std::mem::swap(&mut self.reader, &mut reader);
                self.keep(reader);
                return true;
            }
            Ok(reader) if reader.recording.head.status == 204 => {
                let why = "the server stopped the client with 204 after its stream had ended";
                self.reader.recording.excuse = Some(why.to_owned());
                None
            }
            Ok(reader) => Some(reader.recording.head.shown()),
            Err(why) => Some(why),
        };
        let is_early = !self.waits_full_time && self.reconnection_time > MAX_RECONNECTION_TIME;
        if is_early && turned_away.is_some() {
            // The server may insist on the whole reconnection time.
            self.observer
                .learn(|learned| learned.insists_on_retry = true);
            self.prepare_request(Instant::now());
            return Box::pin(self.opened(deadline)).await;
        }
        self.is_stopped = true;
        self.reader.recording.turned_away = turned_away;
        false
    }

    /// Adds the recording of a response that has ended to the earlier ones of the current response.
    fn keep(&mut self, ended: Reader) {
        let (mut recording, exchange) = ended.into_parts();
        let mut earlier = std::mem::take(&mut recording.earlier);
        // The reason why an event may be missing applies to all responses.
        self.reader.recording.excuse = recording.excuse.take();
        let is_over = matches!(recording.end, Some(End::Complete));
        if is_over && earlier.is_empty() {
            self.kept = Some(exchange);
        }
        earlier.push(recording);
        self.reader.recording.earlier = earlier;
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
