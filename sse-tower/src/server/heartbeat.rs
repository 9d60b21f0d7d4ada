//! A sign of life when there is no event, so that nothing in between takes the connection for dead.

use std::time::Duration;

use bytes::Bytes;
use sse_proto::{Event, EventType};

use crate::{frame::EventFrame, rt::random::Random, server::stream::position::Position};

/// When a stream without events shows that it is alive, and how.
///
/// By default the heartbeat is a comment line, `:` and LF, which every client ignores
/// ([HTML, "Authoring notes"][standard]). It is sent once at the start if no event is ready, so
/// that proxies pass the response on, and then whenever nothing was sent for the interval. The
/// default is 15 seconds; the shortest idle timeout of a common proxy is 10.
///
/// An event costs the timer nothing: the deadline is moved when the timer fires.
///
/// A relayed stream may pause in the middle of an event, and then a proxy may close the connection as
/// well. So if the pause begins at the end of a line, the heartbeat is a comment line there, whatever its
/// form otherwise: the standard allows comments between the lines of an event, and a blank line would
/// end the event. Within a line, nothing is sent.
///
/// If the process did not run for a while, such as on a suspended machine, the heartbeats of all
/// streams are overdue at once. They are then spread over a second, and the next ones over an interval.
///
/// ```
/// use std::time::Duration;
/// use sse_tower::{Heartbeat, Settings};
///
/// let settings = Settings::new().heartbeat(Heartbeat::every(Duration::from_secs(9)));
/// # let _ = settings;
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
#[derive(Clone, Debug)]
#[must_use]
pub struct Heartbeat {
    interval: Duration,
    jitter: f64,
    bytes: Bytes,
    /// Sent between the lines of an event.
    comment: Bytes,
}

const EMPTY_COMMENT: Bytes = Bytes::from_static(b":\n");

const MIN_INTERVAL: Duration = Duration::from_millis(1);
const MAX_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

impl Heartbeat {
    /// A heartbeat after each `interval` without an event. The interval is at least a millisecond and
    /// at most a day; what lies outside counts as the nearer of the two.
    pub fn every(interval: Duration) -> Self {
        Self {
            interval: interval.clamp(MIN_INTERVAL, MAX_INTERVAL),
            jitter: 0.0,
            bytes: EMPTY_COMMENT,
            comment: EMPTY_COMMENT,
        }
    }

    /// Shortens each interval by a random part of it, up to `fraction`, a number from 0 to 1, so that
    /// streams that began together do not beat together. It is never longer than without.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_tower::Heartbeat;
    ///
    /// let between_12_and_15_seconds = Heartbeat::every(Duration::from_secs(15)).jitter(0.2);
    /// # let _ = between_12_and_15_seconds;
    /// ```
    pub fn jitter(mut self, fraction: f64) -> Self {
        // What is no number is none.
        self.jitter = fraction.clamp(0.0, 1.0).max(0.0);
        self
    }

    /// Sends a comment with this text, one line for each of the text's.
    pub fn comment(mut self, text: &str) -> Self {
        self.comment = EventFrame::comment(text).into_bytes();
        self.bytes = self.comment.clone();
        self
    }

    /// Sends a comment with this text and a blank line after it.
    ///
    /// For clients that see nothing until a block is complete. Others, which take every blank line
    /// for an event, then deliver an empty one: so it is not the default.
    pub fn comment_block(mut self, text: &str) -> Self {
        self.comment = EventFrame::comment(text).into_bytes();
        self.bytes = Bytes::from([&self.comment, &b"\n"[..]].concat());
        self
    }

    /// Sends an event, for clients whose network drops comments, or that want to see in script that
    /// the stream is alive. It has no ID, so it changes nothing about where a client resumes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_tower::{EventType, Heartbeat};
    ///
    /// const PING: EventType = EventType::from_static("ping");
    /// let heartbeat = Heartbeat::every(Duration::from_secs(9)).event(PING, "");
    /// # let _ = heartbeat;
    /// ```
    pub fn event(mut self, event_type: EventType, data: &str) -> Self {
        let event = Event::new(data).with_type(event_type);
        self.bytes = EventFrame::from(event).into_bytes();
        self.comment = EMPTY_COMMENT;
        self
    }

    /// The bytes to send at this position, if any may be sent there.
    pub(crate) fn bytes(&self, position: Position) -> Option<Bytes> {
        match position {
            Position::BetweenEvents => Some(self.bytes.clone()),
            Position::BetweenLines => Some(self.comment.clone()),
            Position::WithinEvent | Position::Unreadable => None,
        }
    }

    /// A random part of the interval.
    pub(crate) fn part_of_interval(&self, random: &mut Random) -> Duration {
        random.within(&(MIN_INTERVAL..=self.interval))
    }

    /// How long until the next one.
    pub(crate) fn interval(&self, random: &mut Random) -> Duration {
        if self.jitter == 0.0 {
            return self.interval;
        }
        let shortest = self.interval.mul_f64(1.0 - self.jitter);
        random.within(&(shortest.max(MIN_INTERVAL)..=self.interval))
    }
}

/// Every 15 seconds.
impl Default for Heartbeat {
    fn default() -> Self {
        Self::every(Duration::from_secs(15))
    }
}
