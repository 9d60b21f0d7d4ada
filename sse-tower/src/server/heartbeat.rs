//! Heartbeats, which show proxies that a stream without events is alive, so that they keep the
//! connection open.

use std::time::Duration;

use bytes::Bytes;
use sse_proto::{Event, EventType};

use crate::{frame::EventFrame, rt::random::Random, server::stream::position::Position};

/// The heartbeat of a stream: the bytes to send while no event comes, and how often.
///
/// By default, a heartbeat is a comment line, `:` and LF, which every client ignores ([HTML,
/// "Authoring notes"][standard]). One is sent at the start if no event is ready, so that proxies
/// pass the response on. After that, one is sent whenever nothing was sent for the interval, 15
/// seconds by default. The shortest idle timeout of a common proxy is 10 seconds.
///
/// An event does not touch the timer. The deadline is moved when the timer fires.
///
/// A relayed stream may pause within an event, and a proxy may close the connection then as well.
/// If the pause begins at the end of a line, a comment line is sent there, even if the heartbeat is
/// configured as an event or a comment block: the standard allows comments between the lines of an
/// event, but a blank line would end the event. Within a line, nothing is sent.
///
/// If the process did not run for a while, for example because the machine was suspended, the
/// heartbeats of all streams are overdue at once. They are then spread over a second, and the next
/// ones over an interval.
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
    /// The bytes to send between the lines of an event.
    comment: Bytes,
}

const EMPTY_COMMENT: Bytes = Bytes::from_static(b":\n");

const MIN_INTERVAL: Duration = Duration::from_millis(1);
const MAX_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

impl Heartbeat {
    /// Creates a heartbeat that is sent after each `interval` without an event. The interval is
    /// clamped to the range from a millisecond to a day.
    pub fn every(interval: Duration) -> Self {
        Self {
            interval: interval.clamp(MIN_INTERVAL, MAX_INTERVAL),
            jitter: 0.0,
            bytes: EMPTY_COMMENT,
            comment: EMPTY_COMMENT,
        }
    }

    /// Shortens each interval by a random part of up to `fraction`, a number from 0 to 1, so that
    /// streams that began together do not send their heartbeats together.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_tower::Heartbeat;
    ///
    /// let between_12_and_15_seconds = Heartbeat::every(Duration::from_secs(15)).jitter(0.2);
    /// # let _ = between_12_and_15_seconds;
    /// ```
    pub fn jitter(mut self, fraction: f64) -> Self {
        // NaN counts as 0.
        self.jitter = fraction.clamp(0.0, 1.0).max(0.0);
        self
    }

    /// Sends a comment with this text as the heartbeat. Each line of the text becomes a line of the
    /// comment.
    pub fn comment(mut self, text: &str) -> Self {
        self.comment = EventFrame::comment(text).into_bytes();
        self.bytes = self.comment.clone();
        self
    }

    /// Sends a comment with this text and a blank line as the heartbeat.
    ///
    /// Use it for clients that process nothing until a block is complete. It is not the default,
    /// because some clients take every blank line for an event and deliver an empty one.
    pub fn comment_block(mut self, text: &str) -> Self {
        self.comment = EventFrame::comment(text).into_bytes();
        self.bytes = Bytes::from([&self.comment, &b"\n"[..]].concat());
        self
    }

    /// Sends an event as the heartbeat, for clients whose network drops comments, or whose script
    /// wants to see that the stream is alive. The event has no ID, so clients resume from the same
    /// event as without it.
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

    /// Returns the bytes to send at this position in the stream, if any may be sent there.
    pub(crate) fn bytes(&self, position: Position) -> Option<Bytes> {
        match position {
            Position::BetweenEvents => Some(self.bytes.clone()),
            Position::BetweenLines => Some(self.comment.clone()),
            Position::WithinEvent | Position::Unreadable => None,
        }
    }

    /// Returns a random part of the interval.
    pub(crate) fn part_of_interval(&self, random: &mut Random) -> Duration {
        random.within(&(MIN_INTERVAL..=self.interval))
    }

    /// Returns the time until the next heartbeat, if it is always the same.
    #[inline]
    pub(crate) fn fixed_interval(&self) -> Option<Duration> {
        (self.jitter == 0.0).then_some(self.interval)
    }

    /// Returns the time until the next heartbeat.
    pub(crate) fn interval(&self, random: &mut Random) -> Duration {
        let shortest = self.interval.mul_f64(1.0 - self.jitter);
        random.within(&(shortest.max(MIN_INTERVAL)..=self.interval))
    }
}

/// Sends a comment every 15 seconds.
impl Default for Heartbeat {
    fn default() -> Self {
        Self::every(Duration::from_secs(15))
    }
}
