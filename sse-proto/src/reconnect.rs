//! When to connect, what to deliver, how long to wait, when to stop
//! ([HTML, "Processing model"][standard]).
//!
//! [`Source`] is the standard's `EventSource` without network, clock and page. It has another name
//! so that the client built on it, which has them, can have that one. Whoever drives it asks what
//! to do ([`Source::poll`]), does it, and hands in what happened:
//!
//! ```text
//!   waiting ------ Connect -----> connecting ------ response -----> open --- decode ---> items
//!      ^                              |                              |
//!      +------ end or error, or ------+-------- end or error --------+
//!              a status to wait out
//!
//!   closed, for good: any other response, or close() at any moment
//! ```
//!
//! # A client by hand
//!
//! The network is a list of answers, and waiting moves the clock.
//!
//! ```
//! use core::time::Duration;
//! use sse_proto::reconnect::{Action, Reason, ResponseHead, Source};
//! use sse_proto::{Chunk, Decoder, Item};
//!
//! let mut answers = [
//!     (200, "id: 1\ndata: one\n\ndata: half an ev"),
//!     (503, ""),
//!     (200, "data: two\n\nid\n\nretry: 10\n"),
//!     (204, ""),
//! ]
//! .into_iter();
//! let mut log = Vec::new();
//! let mut stream = "";
//! let mut now = Duration::ZERO;
//! let random = || u64::MAX / 2; // A generator of random numbers, which ought to be better.
//!
//! let mut source = Source::new(Decoder::new());
//! let reason = loop {
//!     match source.poll(now) {
//!         Action::Connect { last_event_id } => {
//!             log.push(format!("connect with {last_event_id:?}"));
//!             let (status, body) = answers.next().expect("no more connections than answers");
//!             let head = ResponseHead::new(status).with_content_type(["text/event-stream"]);
//!             source.handle_response(head, now, random());
//!             stream = body;
//!         }
//!         Action::Receive => {
//!             let mut chunk = Chunk::new(stream.as_bytes());
//!             while let Some(item) = source.decode(&mut chunk)? {
//!                 if let Item::Event(event) = item {
//!                     log.push(format!("deliver {}", event.data()));
//!                 }
//!             }
//!             source.handle_end(now, random());
//!         }
//!         Action::Wait(time) => {
//!             log.push(format!("wait {} ms", time.as_millis()));
//!             now += time;
//!         }
//!         Action::Closed(reason) => break reason,
//!     }
//! };
//! assert_eq!(reason, Reason::Status(204));
//! assert_eq!(log, [
//!     "connect with None",
//!     "deliver one",
//!     "wait 3000 ms",
//!     "connect with Some(\"1\")",
//!     "wait 3499 ms", // 503: a failure, so that some of the back-off is added.
//!     "connect with Some(\"1\")",
//!     "deliver two",
//!     "wait 10 ms", // The server said so, and has reset the ID.
//!     "connect with None",
//! ]);
//! # Ok::<(), sse_proto::TooLarge>(())
//! ```
//!
//! # What is promised
//!
//! Whatever is called, in whatever order:
//!
//! - **One connection**: [`Action::Connect`] comes once, and again when that connection is lost.
//! - **Closed is closed**: after [`Source::close`], or a response that is final, nothing is
//!   delivered and nothing is connected.
//! - **No ID is forgotten**: the last event ID is kept over any number of reconnects, until the
//!   stream sets or resets it.
//! - **The server is heard**: the wait is never shorter than its reconnection time, nor than its
//!   `Retry-After`. The [`Backoff`] is added to the longer of the two.
//!
//! # What is left to the caller
//!
//! To drop a connection that is lost before the next one is made, so that what comes in is always
//! from the last one asked for. To notice that a connection has gone silent, which is an
//! [error](Source::handle_error). To [close](Source::close) when it is futile to go on, say after so
//! many [failures](Source::failures).
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model

mod backoff;
mod response;

pub use backoff::Backoff;
pub use response::{ResponseHead, StatusPolicy};

use core::{fmt, time::Duration};

#[cfg(feature = "alloc")]
use crate::Heap;
use crate::{Chunk, Decoder, Item, Memory, TooLarge};

/// An event source: what the standard's `EventSource` does, as a state machine.
///
/// Time comes in as `now`, the time since some moment that is the same for all calls, and from a
/// clock that does not go backwards: `start.elapsed()` of an `Instant`. Chance comes in as `random`,
/// of which each value has to be as likely as any other.
///
/// See the [module](self) for how it is driven.
#[derive(Debug)]
pub struct Source<
    #[cfg(feature = "alloc")] M: Memory = Heap,
    #[cfg(not(feature = "alloc"))] M: Memory,
> {
    decoder: Decoder<M>,
    /// What counts until the server has set one.
    reconnection_time: Duration,
    status_policy: StatusPolicy,
    backoff: Backoff,
    failures: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting { since: Duration, time: Duration },
    Connecting,
    Open { since: Duration, delivered: bool },
    Closed(Reason),
}

/// What to do next. The enum is exhaustive on purpose: who drives a source must do each of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action<'a> {
    /// Connect, and hand in what comes of it. This is said once for each connection. Besides the ID
    /// the standard sends `Accept: text/event-stream` and `Cache-Control: no-cache`.
    Connect {
        /// What to send as `Last-Event-ID`; if `None`, that header is not sent. It is what the
        /// stream said, any text without CR, LF and NUL: the standard sends its UTF-8 bytes, and
        /// whoever cannot has to decide what to do instead.
        last_event_id: Option<&'a str>,
    },
    /// Hand in what the connection says; until then there is nothing to do.
    Receive,
    /// Wait this long, then poll again. Polled earlier, it says how much is left.
    Wait(Duration),
    /// Nothing, for good.
    Closed(Reason),
}

/// The standard's `readyState`, which has these three values and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadyState {
    /// Waiting to connect, or for the response.
    Connecting = 0,
    /// An event stream is being read.
    Open = 1,
    /// Nothing comes any more.
    Closed = 2,
}

/// Why a source is closed. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// [`Source::close`] was called.
    ByCaller,
    /// The response had this status, which is final.
    Status(u16),
    /// The response was no event stream by its `Content-Type`.
    ContentType,
}

/// The reconnection time if nothing else is set: 3 seconds, as in most browsers.
const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(3);

/// How long a connection without an event stays open to be no failure.
const LASTING: Duration = Duration::from_secs(5);

#[cfg(feature = "alloc")]
impl Source {
    /// The reconnection time if nothing else is set: 3 seconds, as in most browsers.
    pub const DEFAULT_RECONNECTION_TIME: Duration = DEFAULT_RECONNECTION_TIME;

    /// A connection is no failure if it gave out an event, or stayed open this long: 5 seconds.
    ///
    /// Common proxies cut a quiet connection off after 10 seconds or more. That is no reason to stay
    /// away for longer and longer.
    pub const LASTING: Duration = LASTING;
}

impl<M: Memory> Source<M> {
    /// A source that is to connect at once. The decoder's settings are the source's; if it has a
    /// last event ID, the first connection resumes from there.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Decoder, EventId, reconnect::{Action, Source}};
    ///
    /// let decoder = Decoder::new().with_last_event_id(&EventId::from(7));
    /// let mut source = Source::new(decoder);
    /// let last_event_id = Some("7");
    /// assert_eq!(source.poll(Duration::ZERO), Action::Connect { last_event_id });
    /// ```
    #[must_use]
    pub fn new(decoder: Decoder<M>) -> Self {
        Self {
            decoder,
            reconnection_time: DEFAULT_RECONNECTION_TIME,
            status_policy: StatusPolicy::default(),
            backoff: Backoff::default(),
            failures: 0,
            state: State::Waiting {
                since: Duration::ZERO,
                time: Duration::ZERO,
            },
        }
    }

    /// The same source with this reconnection time, until the server sets one.
    #[must_use]
    pub fn with_reconnection_time(self, reconnection_time: Duration) -> Self {
        Self {
            reconnection_time,
            ..self
        }
    }

    /// The same source with this policy for statuses other than 200.
    #[must_use]
    pub fn with_status_policy(self, status_policy: StatusPolicy) -> Self {
        Self {
            status_policy,
            ..self
        }
    }

    /// The same source with this back-off.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// The state as the standard names it. A source that waits is connecting.
    #[must_use]
    pub const fn ready_state(&self) -> ReadyState {
        match self.state {
            State::Waiting { .. } | State::Connecting => ReadyState::Connecting,
            State::Open { .. } => ReadyState::Open,
            State::Closed(_) => ReadyState::Closed,
        }
    }

    /// The last event ID as it is now; empty if there is none, or if the stream has reset it.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// The reconnection time as it is now: the server's, if it has set one.
    #[must_use]
    pub fn reconnection_time(&self) -> Duration {
        self.decoder
            .reconnection_time()
            .unwrap_or(self.reconnection_time)
    }

    /// How many times in a row it went wrong, up to the last connection that is over. After an
    /// event, or a connection that lasted 5 seconds or more, it starts again: from 0 with an
    /// end, from 1 with an error.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// The connection asked for has a response. It opens the source or closes it for good
    /// ([the standard's][process] "announce" and "fail the connection"), or is waited out, as the
    /// [`StatusPolicy`] says. Ignored unless the source waits for a response.
    ///
    /// [process]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
    pub fn handle_response(&mut self, head: ResponseHead, now: Duration, random: u64) {
        if !matches!(self.state, State::Connecting) {
            return;
        }
        if head.status != 200 {
            if self.status_policy.waits_out(head.status) {
                self.failures = self.failures.saturating_add(1);
                self.wait(head.retry_after, now, random);
            } else {
                self.state = State::Closed(Reason::Status(head.status));
            }
        } else if !head.is_event_stream {
            self.state = State::Closed(Reason::ContentType);
        } else {
            self.decoder.reset();
            self.state = State::Open {
                since: now,
                delivered: false,
            };
        }
    }

    /// Takes the next item off the front of `chunk`, as [`Decoder::decode`] does; `None` means that
    /// `chunk` is now empty.
    ///
    /// A chunk that comes when the source is not open, from a connection that is over, is emptied,
    /// and nothing in it counts.
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

    /// The body has ended as it should. The source [reconnects][reestablish]: with an event stream
    /// this means no more than that the server would like to be asked again.
    ///
    /// Before the response it is an [error](Self::handle_error). Ignored without a connection.
    ///
    /// [reestablish]: https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection
    pub fn handle_end(&mut self, now: Duration, random: u64) {
        self.lose_connection(true, now, random);
    }

    /// The connection could not be made, was broken, or has been silent for too long. The source
    /// reconnects. Ignored without a connection.
    pub fn handle_error(&mut self, now: Duration, random: u64) {
        self.lose_connection(false, now, random);
    }

    /// Closes the source for good, at any moment. What is left in a chunk is not delivered. The
    /// connection, if there is one, is for the caller to drop.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::reconnect::{Action, Reason, Source};
    ///
    /// let mut source = Source::default();
    /// source.close();
    /// assert_eq!(source.poll(Duration::ZERO), Action::Closed(Reason::ByCaller));
    /// ```
    pub fn close(&mut self) {
        if !matches!(self.state, State::Closed(_)) {
            self.state = State::Closed(Reason::ByCaller);
        }
    }

    /// What to do now. Ask again after each thing that was handed in.
    pub fn poll(&mut self, now: Duration) -> Action<'_> {
        match self.state {
            State::Waiting { since, time } => {
                let left = time.saturating_sub(now.saturating_sub(since));
                if !left.is_zero() {
                    return Action::Wait(left);
                }
                self.state = State::Connecting;
                Action::Connect {
                    last_event_id: Some(self.decoder.last_event_id()).filter(|id| !id.is_empty()),
                }
            }
            State::Connecting | State::Open { .. } => Action::Receive,
            State::Closed(reason) => Action::Closed(reason),
        }
    }

    fn lose_connection(&mut self, in_order: bool, now: Duration, random: u64) {
        let was_good = match self.state {
            State::Connecting => false,
            State::Open { since, delivered } => delivered || now.saturating_sub(since) >= LASTING,
            State::Waiting { .. } | State::Closed(_) => return,
        };
        if was_good {
            self.failures = 0;
        }
        if !(was_good && in_order) {
            self.failures = self.failures.saturating_add(1);
        }
        self.wait(Duration::ZERO, now, random);
    }

    /// Waits for the longest time that the server asked for, and for the back-off.
    fn wait(&mut self, retry_after: Duration, now: Duration, random: u64) {
        let asked = self.reconnection_time().max(retry_after);
        self.state = State::Waiting {
            since: now,
            time: asked.saturating_add(self.backoff.after(self.failures, random)),
        };
    }
}

#[cfg(feature = "alloc")]
impl Default for Source {
    fn default() -> Self {
        Self::new(Decoder::new())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByCaller => f.write_str("the event source was closed by its user"),
            Self::Status(status) => write!(
                f,
                "the server answered with status {status}, after which an event source does not \
                 reconnect"
            ),
            Self::ContentType => f.write_str(
                "the server's response is no event stream: its Content-Type must be \
                 text/event-stream",
            ),
        }
    }
}
