//! The state machine: states, inputs and the next action.

use core::time::Duration;

use super::{
    action::{Action, ReadyState, Reason},
    backoff::Backoff,
    pace::Pace,
    progress::Progress,
    response::{ResponseHead, StatusPolicy, Verdict},
};
#[cfg(feature = "alloc")]
use crate::memory::Heap;
use crate::{chunk::Chunk, decode::Decoder, error::TooLarge, item::Item, memory::Memory};

/// The standard's `EventSource` as a state machine.
///
/// The caller passes the time as `now`: the time since a fixed moment, from a clock that never goes
/// backwards, such as `start.elapsed()` of an `Instant`. It passes random numbers as `random`. Each value has
/// to be equally likely.
///
/// The [module](super) shows how a client uses it. Each call takes constant time, except for
/// [`decode`](Self::decode).
///
/// ```
/// use core::time::Duration;
/// use sse_proto::{Decoder, reconnect::{Action, ReadyState, Source}};
///
/// let start = Duration::ZERO;
/// let mut source = Source::new(Decoder::new_in([0; 64]));
/// assert_eq!(source.poll(start), Action::Connect { last_event_id: None });
/// assert_eq!(source.ready_state(), ReadyState::Connecting);
/// source.handle_error(start, 0);
/// assert_eq!((source.last_event_id(), source.failures()), ("", 1));
/// let time = source.reconnection_time();
/// assert_eq!(source.poll(start), Action::Wait(time));
/// ```
#[derive(Debug)]
pub struct Source<
    #[cfg(feature = "alloc")] M: Memory = Heap,
    #[cfg(not(feature = "alloc"))] M: Memory,
> {
    pub(super) decoder: Decoder<M>,
    /// Applies until the server sets one.
    pub(super) reconnection_time: Duration,
    /// Limits the wait that the server requests, but not `reconnection_time`.
    pub(super) max_requested_wait: Duration,
    pub(super) status_policy: StatusPolicy,
    pub(super) backoff: Backoff,
    pub(super) pace: Pace,
    pub(super) progress: Progress,
    pub(super) failures: u32,
    /// After the last response, the source connected again at once.
    pub(super) was_repeated: bool,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    Waiting {
        since: Duration,
        time: Duration,
    },
    /// Connect at once, even if that exceeds the pace.
    Again,
    Connecting,
    Open {
        since: Duration,
        delivered: bool,
    },
    Closed(Reason),
}

/// The default reconnection time: 3 seconds, as in most browsers.
const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(3);

/// The default limit on the wait that a server can request: 5 minutes.
const DEFAULT_MAX_REQUESTED_WAIT: Duration = Duration::from_secs(5 * 60);

/// The default average time between two attempts: half a second.
const DEFAULT_MIN_INTERVAL: Duration = Duration::from_millis(500);

/// A connection without an event counts as a failure if it was open for less than this.
const LASTING: Duration = Duration::from_secs(5);

#[cfg(feature = "alloc")]
impl Source {
    /// The default reconnection time: 3 seconds, as in most browsers.
    ///
    /// ```
    /// use sse_proto::reconnect::Source;
    ///
    /// assert_eq!(Source::DEFAULT_RECONNECTION_TIME.as_secs(), 3);
    /// assert_eq!(Source::default().reconnection_time(), Source::DEFAULT_RECONNECTION_TIME);
    /// ```
    pub const DEFAULT_RECONNECTION_TIME: Duration = DEFAULT_RECONNECTION_TIME;

    /// The default limit on the wait that a server can request: 5 minutes.
    ///
    /// ```
    /// use sse_proto::reconnect::Source;
    ///
    /// assert_eq!(Source::DEFAULT_MAX_REQUESTED_WAIT.as_secs(), 300);
    /// ```
    pub const DEFAULT_MAX_REQUESTED_WAIT: Duration = DEFAULT_MAX_REQUESTED_WAIT;

    /// A connection that ends without an event counts as a failure if it was open for less than this time: 5
    /// seconds.
    ///
    /// Common proxies close a quiet connection after 10 seconds or more. The client should not wait longer and
    /// longer because of that.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::{Action, ResponseHead, Source};
    ///
    /// let mut source = Source::default();
    /// let _ = source.poll(Duration::ZERO);
    /// let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
    /// source.handle_response(head, Duration::ZERO, 0);
    /// source.handle_end(Source::LASTING, 0); // No event arrived, but this is not a failure.
    /// assert_eq!(source.failures(), 0);
    /// ```
    pub const LASTING: Duration = LASTING;
}

impl<M: Memory> Source<M> {
    /// Makes a source whose first action is to connect.
    ///
    /// It uses the decoder with its settings. If the decoder has a last event ID, the first connection
    /// resumes after that.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, EventId, reconnect::{Action, Source}};
    ///
    /// let decoder = Decoder::new().with_last_event_id(&EventId::from(7));
    /// let mut source = Source::new(decoder);
    /// let last_event_id = Some("7");
    /// assert_eq!(source.poll(Duration::ZERO), Action::Connect { last_event_id });
    /// # }
    /// ```
    #[must_use]
    pub fn new(decoder: Decoder<M>) -> Self {
        Self {
            decoder,
            reconnection_time: DEFAULT_RECONNECTION_TIME,
            max_requested_wait: DEFAULT_MAX_REQUESTED_WAIT,
            status_policy: StatusPolicy::default(),
            backoff: Backoff::default(),
            pace: Pace::new(DEFAULT_MIN_INTERVAL),
            progress: Progress::default(),
            failures: 0,
            was_repeated: false,
            state: State::Waiting {
                since: Duration::ZERO,
                time: Duration::ZERO,
            },
        }
    }

    /// Returns the state in the terms of the standard. A source that waits is connecting.
    ///
    /// ```
    /// use sse_proto::{Decoder, reconnect::{ReadyState, Source}};
    ///
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// assert_eq!(source.ready_state(), ReadyState::Connecting);
    /// source.close();
    /// assert_eq!(source.ready_state(), ReadyState::Closed);
    /// ```
    #[must_use]
    pub const fn ready_state(&self) -> ReadyState {
        match self.state {
            State::Waiting { .. } | State::Again | State::Connecting => ReadyState::Connecting,
            State::Open { .. } => ReadyState::Open,
            State::Closed(_) => ReadyState::Closed,
        }
    }

    /// Returns the last event ID. It is empty if the stream has not set one, or has reset it.
    ///
    /// ```
    /// use sse_proto::{Decoder, reconnect::Source};
    ///
    /// let source = Source::new(Decoder::new_in([0; 64]));
    /// assert_eq!(source.last_event_id(), "");
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// Returns the current reconnection time. If the server has set one, that applies, up to
    /// [the limit](Self::with_max_requested_wait).
    ///
    /// ```
    /// use sse_proto::{Decoder, reconnect::Source};
    ///
    /// let source = Source::new(Decoder::new_in([0; 64]));
    /// assert_eq!(source.reconnection_time().as_secs(), 3);
    /// ```
    #[must_use]
    pub fn reconnection_time(&self) -> Duration {
        match self.decoder.reconnection_time() {
            Some(requested) => requested.min(self.max_requested_wait),
            None => self.reconnection_time,
        }
    }

    /// Returns the number of failures in a row. The current connection does not count yet.
    ///
    /// A connection that delivers an event, or lasts 5 seconds or more, resets the number: to 0 if the
    /// connection then ends cleanly, to 1 if it fails.
    ///
    /// ```
    /// use sse_proto::{Decoder, reconnect::Source};
    ///
    /// let source = Source::new(Decoder::new_in([0; 64]));
    /// assert_eq!(source.failures(), 0);
    /// ```
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Reports the response to the last request.
    ///
    /// The response opens the source, closes it for good ("announce" and "fail the connection" in [the
    /// standard][process]), or makes it wait and reconnect. The [`StatusPolicy`] decides. A response that
    /// the source does not wait for is ignored.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Decoder;
    /// use sse_proto::reconnect::{Action, Reason, ResponseHead, Source};
    ///
    /// let now = Duration::ZERO;
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// let page = ResponseHead::new(200).with_content_type(["text/html"]);
    /// source.handle_response(page, now, 0);
    /// assert_eq!(source.poll(now), Action::Closed(Reason::ContentType));
    /// ```
    ///
    /// [process]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
    pub fn handle_response(&mut self, head: ResponseHead, now: Duration, random: u64) {
        if !matches!(self.state, State::Connecting) {
            return;
        }
        let was_repeated = core::mem::take(&mut self.was_repeated);
        if head.status != 200 {
            match self.verdict(head) {
                Verdict::Again if !was_repeated => {
                    self.was_repeated = true;
                    self.state = State::Again;
                }
                Verdict::Again | Verdict::Final => {
                    self.state = State::Closed(Reason::Status(head.status));
                }
                Verdict::Wait => {
                    self.failures = self.failures.saturating_add(1);
                    self.wait(head.retry_after, now, random);
                }
            }
        } else if !head.is_event_stream {
            self.state = State::Closed(Reason::ContentType);
        } else {
            self.decoder.reset();
            self.progress.start(self.decoder.last_event_id());
            self.state = State::Open {
                since: now,
                delivered: false,
            };
        }
    }

    fn verdict(&self, head: ResponseHead) -> Verdict {
        head.verdict.unwrap_or({
            if self.status_policy.waits_out(head.status) {
                Verdict::Wait
            } else {
                Verdict::Final
            }
        })
    }

    /// Takes the next item off the front of `chunk`, as [`Decoder::decode`] does. `None` means that `chunk` is
    /// now empty.
    ///
    /// If the source is not open, the chunk is emptied and ignored.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::{ResponseHead, Source};
    /// use sse_proto::{Chunk, Decoder, EventRef, Item};
    ///
    /// let now = Duration::ZERO;
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
    /// source.handle_response(head, now, 0);
    /// let mut chunk = Chunk::new(b"data: 1\n\ndata: 2\n\n");
    /// assert_eq!(source.decode(&mut chunk)?, Some(Item::Event(EventRef::new("1"))));
    /// source.close();
    /// assert_eq!(source.decode(&mut chunk)?, None);
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    ///
    /// # Errors
    /// Fails like [`Decoder::decode`]. The connection stays open. The next call continues after the event,
    /// whose ID is ignored. To stop instead, [close](Self::close) the source.
    pub fn decode<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        let State::Open { delivered, .. } = &mut self.state else {
            chunk.take_rest();
            return Ok(None);
        };
        let item = self.decoder.decode(chunk)?;
        *delivered |= matches!(item, Some(Item::Event(_)));
        Ok(item)
    }

    /// Reports that the body has ended cleanly.
    ///
    /// The source [reconnects][reestablish]. The end of an event stream only means that the client should ask
    /// again.
    ///
    /// Before the response, this counts as an [error](Self::handle_error). Without a connection, it is
    /// ignored.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::{Action, ResponseHead, Source};
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let now = Duration::ZERO;
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
    /// source.handle_response(head, now, 0);
    /// source.decode(&mut Chunk::new(b"id: 7\ndata: 1\n\n"))?;
    /// source.handle_end(now, 0);
    /// let later = now + source.reconnection_time();
    /// assert_eq!(source.poll(later), Action::Connect { last_event_id: Some("7") });
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    ///
    /// [reestablish]: https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection
    pub fn handle_end(&mut self, now: Duration, random: u64) {
        self.lose_connection(true, now, random);
    }

    /// Reports that the connection could not be made, has broken, or was silent for too long.
    ///
    /// The source reconnects. Without a connection, this is ignored.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, Source}};
    ///
    /// let (now, random) = (Duration::ZERO, u64::MAX);
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// source.handle_error(now, random);
    /// // The reconnection time and the longest back-off after one failure.
    /// assert_eq!(source.poll(now), Action::Wait(Duration::from_secs(3 + 1)));
    /// ```
    pub fn handle_error(&mut self, now: Duration, random: u64) {
        self.lose_connection(false, now, random);
    }

    /// Closes the source for good.
    ///
    /// The rest of a chunk is not delivered. The caller has to drop the connection.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, Reason, Source}};
    ///
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// source.close();
    /// assert_eq!(source.poll(Duration::ZERO), Action::Closed(Reason::ByCaller));
    /// ```
    pub fn close(&mut self) {
        if !matches!(self.state, State::Closed(_)) {
            self.state = State::Closed(Reason::ByCaller);
        }
    }

    /// Returns the next action.
    ///
    /// Call it again after each report.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, Source}};
    ///
    /// let seconds = Duration::from_secs;
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// assert_eq!(source.poll(seconds(0)), Action::Connect { last_event_id: None });
    /// assert_eq!(source.poll(seconds(1)), Action::Receive);
    /// source.handle_error(seconds(2), 0);
    /// assert_eq!(source.poll(seconds(4)), Action::Wait(seconds(1)));
    /// assert_eq!(source.poll(seconds(5)), Action::Connect { last_event_id: None });
    /// ```
    pub fn poll(&mut self, now: Duration) -> Action<'_> {
        match self.state {
            State::Waiting { since, time } => {
                let left = time.saturating_sub(now.saturating_sub(since));
                if !left.is_zero() {
                    return Action::Wait(left);
                }
                match self.pace.take(now) {
                    Ok(()) => self.connect(),
                    Err(left) => Action::Wait(left),
                }
            }
            State::Again => self.connect(),
            State::Connecting | State::Open { .. } => Action::Receive,
            State::Closed(reason) => Action::Closed(reason),
        }
    }

    fn connect(&mut self) -> Action<'_> {
        self.state = State::Connecting;
        Action::Connect {
            last_event_id: Some(self.decoder.last_event_id()).filter(|id| !id.is_empty()),
        }
    }

    fn lose_connection(&mut self, ended_cleanly: bool, now: Duration, random: u64) {
        let was_good = match self.state {
            State::Connecting => false,
            State::Open { since, delivered } => {
                let lasted = now.saturating_sub(since) >= LASTING;
                let id = self.decoder.last_event_id();
                if self.progress.end(delivered, lasted, id) {
                    self.state = State::Closed(Reason::NoProgress);
                    return;
                }
                delivered || lasted
            }
            State::Waiting { .. } | State::Again | State::Closed(_) => return,
        };
        self.was_repeated = false;
        if was_good {
            self.failures = 0;
        }
        if !(was_good && ended_cleanly) {
            self.failures = self.failures.saturating_add(1);
        }
        self.wait(Duration::ZERO, now, random);
    }

    /// Waits for the longer of the reconnection time and `Retry-After`, and for the back-off.
    fn wait(&mut self, retry_after: Duration, now: Duration, random: u64) {
        let retry_after = retry_after.min(self.max_requested_wait);
        let requested = self.reconnection_time().max(retry_after);
        self.state = State::Waiting {
            since: now,
            time: requested.saturating_add(self.backoff.after(self.failures, random)),
        };
    }
}

#[cfg(feature = "alloc")]
impl Default for Source {
    fn default() -> Self {
        Self::new(Decoder::new())
    }
}
