//! The state machine.

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

/// An event source: what the standard's `EventSource` does, as a state machine.
///
/// Time comes in as `now`, the time since some moment that is the same for all calls, and from a
/// clock that does not go backwards: `start.elapsed()` of an `Instant`. Chance comes in as `random`,
/// of which each value has to be as likely as any other.
///
/// See the [module](super) for how it is driven. Each call takes constant time, but for
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
/// let asked = source.reconnection_time();
/// assert_eq!(source.poll(start), Action::Wait(asked));
/// ```
#[derive(Debug)]
pub struct Source<
    #[cfg(feature = "alloc")] M: Memory = Heap,
    #[cfg(not(feature = "alloc"))] M: Memory,
> {
    pub(super) decoder: Decoder<M>,
    /// What counts until the server has set one.
    pub(super) reconnection_time: Duration,
    /// Limits what the server asks for, not `reconnection_time`.
    pub(super) max_requested_wait: Duration,
    pub(super) status_policy: StatusPolicy,
    pub(super) backoff: Backoff,
    pub(super) pace: Pace,
    pub(super) progress: Progress,
    pub(super) failures: u32,
    /// The last response was answered by connecting again at once.
    pub(super) was_repeated: bool,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    Waiting {
        since: Duration,
        time: Duration,
    },
    /// Connect at once, whatever the pace.
    Again,
    Connecting,
    Open {
        since: Duration,
        delivered: bool,
    },
    Closed(Reason),
}

/// The reconnection time if nothing else is set: 3 seconds, as in most browsers.
const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(3);

/// The longest time that a server can ask for if nothing else is set: 5 minutes.
const DEFAULT_MAX_REQUESTED_WAIT: Duration = Duration::from_secs(5 * 60);

/// The average time between two attempts if nothing else is set: half a second.
const DEFAULT_MIN_INTERVAL: Duration = Duration::from_millis(500);

/// How long a connection without an event stays open to be no failure.
const LASTING: Duration = Duration::from_secs(5);

#[cfg(feature = "alloc")]
impl Source {
    /// The reconnection time if nothing else is set: 3 seconds, as in most browsers.
    ///
    /// ```
    /// use sse_proto::reconnect::Source;
    ///
    /// assert_eq!(Source::DEFAULT_RECONNECTION_TIME.as_secs(), 3);
    /// assert_eq!(Source::default().reconnection_time(), Source::DEFAULT_RECONNECTION_TIME);
    /// ```
    pub const DEFAULT_RECONNECTION_TIME: Duration = DEFAULT_RECONNECTION_TIME;

    /// The longest time that a server can ask a client to wait, if nothing else is set: 5 minutes.
    ///
    /// ```
    /// use sse_proto::reconnect::Source;
    ///
    /// assert_eq!(Source::DEFAULT_MAX_REQUESTED_WAIT.as_secs(), 300);
    /// ```
    pub const DEFAULT_MAX_REQUESTED_WAIT: Duration = DEFAULT_MAX_REQUESTED_WAIT;

    /// A connection is no failure if it gave out an event, or stayed open this long: 5 seconds.
    ///
    /// Common proxies cut a quiet connection off after 10 seconds or more. That is no reason to stay
    /// away for longer and longer.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::{Action, ResponseHead, Source};
    ///
    /// let mut source = Source::default();
    /// let _ = source.poll(Duration::ZERO);
    /// let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
    /// source.handle_response(head, Duration::ZERO, 0);
    /// source.handle_end(Source::LASTING, 0); // Nothing came, and that is all right.
    /// assert_eq!(source.failures(), 0);
    /// ```
    pub const LASTING: Duration = LASTING;
}

impl<M: Memory> Source<M> {
    /// A source that is to connect at once.
    ///
    /// The decoder's settings are the source's; if it has a last event ID, the first connection
    /// resumes from there.
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

    /// Returns the state as the standard names it: a source that waits is connecting.
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

    /// Returns the last event ID. It is empty if there is none, or if the stream has reset it.
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

    /// Returns the present reconnection time: the server's, if it has set one, up to
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

    /// Returns the number of failures in a row, up to the last connection that has ended.
    ///
    /// An event, or a connection that lasts 5 seconds or more, resets it: to 0 if the connection then
    /// ends, to 1 if it fails.
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

    /// The connection asked for has a response.
    ///
    /// It opens the source or closes it for good ([the standard's][process] "announce" and "fail the
    /// connection"), or is waited out, as the [`StatusPolicy`] says. Ignored unless the source waits
    /// for a response.
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

    /// Takes the next item off the front of `chunk`, as [`Decoder::decode`] does; `None` means that
    /// `chunk` is now empty.
    ///
    /// A chunk that comes when the source is not open, from a connection that is over, is emptied,
    /// and nothing in it counts.
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
    /// As [`Decoder::decode`]. The connection is still open. Calling this again goes on after the
    /// event, and an ID that it had is passed over, as if it had not come; the caller who does not
    /// want that [closes](Self::close).
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

    /// The body has ended as it should.
    ///
    /// The source [reconnects][reestablish]: with an event stream this means no more than that the
    /// server would like to be asked again.
    ///
    /// Before the response it is an [error](Self::handle_error). Ignored without a connection.
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

    /// The connection could not be made, was broken, or has been silent for too long.
    ///
    /// The source reconnects. Ignored without a connection.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, reconnect::{Action, Source}};
    ///
    /// let (now, random) = (Duration::ZERO, u64::MAX);
    /// let mut source = Source::new(Decoder::new_in([0; 64]));
    /// let _ = source.poll(now);
    /// source.handle_error(now, random);
    /// // The reconnection time, and all of the back-off after one failure.
    /// assert_eq!(source.poll(now), Action::Wait(Duration::from_secs(3 + 1)));
    /// ```
    pub fn handle_error(&mut self, now: Duration, random: u64) {
        self.lose_connection(false, now, random);
    }

    /// Closes the source for good, at any moment.
    ///
    /// What is left in a chunk is not delivered. The connection, if there is one, is for the caller to
    /// drop.
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

    /// What to do now.
    ///
    /// Ask again after each thing that was handed in.
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

    fn lose_connection(&mut self, in_order: bool, now: Duration, random: u64) {
        let was_good = match self.state {
            State::Connecting => false,
            State::Open { since, delivered } => {
                let lasted = now.saturating_sub(since) >= LASTING;
                let id = self.decoder.last_event_id();
                if self.progress.is_used_up(delivered, lasted, id) {
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
        if !(was_good && in_order) {
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
