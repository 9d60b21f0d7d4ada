//! Finds the boundaries of events in the bytes of a stream.

use bytes::Bytes;
use sse_proto::{Chunk, Lines};

use crate::server::stream::position::Position;

/// Reads a stream frame by frame and tracks its position. Holds back at most two bytes.
#[derive(Debug, Default)]
pub(super) struct Boundary {
    lines: Lines,
    line: Line,
    /// True after a field that is part of an event, until the next blank line.
    is_within_event: bool,
    /// True if one of these fields is `data`. Without it, no event is dispatched.
    has_data: bool,
    ends_with_cr: bool,
    /// True if something was inserted between a CR and an LF that may follow. The CR has ended the
    /// line, so the LF would be a blank line. It is left out.
    drops_line_feed: bool,
    mark: Mark,
    /// True if something was inserted before the first byte.
    has_prefix: bool,
}

/// The current line.
#[derive(Debug, Default)]
struct Line {
    /// The first bytes of the line, enough to recognize the fields of an event.
    start: [u8; 6],
    length: usize,
}

/// The progress in the byte order mark at the start of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// This number of its bytes has been read.
    Seen(usize),
    /// The mark is complete, or the stream begins with something else.
    Over,
}

const BYTE_ORDER_MARK: &[u8; 3] = b"\xEF\xBB\xBF";

impl Default for Mark {
    fn default() -> Self {
        Self::Seen(0)
    }
}

impl Boundary {
    /// Returns the position after the bytes that were read so far.
    #[inline]
    pub(super) fn position(&self) -> Position {
        let is_within_mark = matches!(self.mark, Mark::Seen(1..));
        if self.line.length > 0 || is_within_mark {
            return Position::WithinEvent;
        }
        match self.is_within_event {
            false => Position::BetweenEvents,
            true => Position::BetweenLines,
        }
    }

    /// Records that something was inserted. If this was before the first byte of the stream, a byte
    /// order mark would become an ordinary character, so it is left out.
    pub(super) fn inserted(&mut self) {
        self.has_prefix |= self.mark == Mark::Seen(0);
        self.drops_line_feed = self.ends_with_cr;
    }

    /// Reads `bytes`. If `to_boundary` is true, stops at the end of the current event. Returns the
    /// bytes to pass on and the number of events that they complete. Takes linear time.
    pub(super) fn follow(&mut self, mut bytes: Bytes, to_boundary: bool) -> (Bytes, u64) {
        let mut chunk = Chunk::new(&bytes);
        let mut events = 0;
        while let Some(part) = self.lines.next_part(&mut chunk) {
            self.line.push(part.bytes());
            if part.is_end() {
                events += u64::from(self.end_line());
                if to_boundary && !self.is_within_event {
                    break;
                }
            }
        }
        let taken = bytes.len() - chunk.remaining().len();
        bytes.truncate(taken);
        if let Some(last) = bytes.last() {
            self.ends_with_cr = *last == b'\r';
        }
        if !bytes.is_empty() && std::mem::take(&mut self.drops_line_feed) && bytes[0] == b'\n' {
            bytes = bytes.slice(1..);
        }
        (self.without_mark(bytes), events)
    }

    /// Ends the line. Returns whether it completes an event that is dispatched.
    fn end_line(&mut self) -> bool {
        let line = std::mem::take(&mut self.line);
        match line.name() {
            b"" if line.length == 0 => {
                self.is_within_event = false;
                return std::mem::take(&mut self.has_data);
            }
            b"data" => {
                self.is_within_event = true;
                self.has_data = true;
            }
            b"event" | b"id" => self.is_within_event = true,
            // A comment, an ignored field, or a reconnection time, which takes effect at once.
            _ => {}
        }
        false
    }

    fn without_mark(&mut self, bytes: Bytes) -> Bytes {
        let Mark::Seen(seen) = self.mark else {
            return bytes;
        };
        if bytes.is_empty() {
            return bytes;
        }
        let due = BYTE_ORDER_MARK[seen..].iter();
        let fitting = due
            .zip(&bytes)
            .take_while(|(due, byte)| due == byte)
            .count();
        let seen_now = seen + fitting;
        let is_mark = seen_now == BYTE_ORDER_MARK.len();
        self.mark = match is_mark || fitting < bytes.len() {
            true => Mark::Over,
            false => Mark::Seen(seen_now),
        };
        match self.mark {
            _ if !self.has_prefix => bytes,
            Mark::Seen(_) => Bytes::new(),
            Mark::Over if is_mark => bytes.slice(fitting..),
            Mark::Over => Bytes::from([&BYTE_ORDER_MARK[..seen], &bytes].concat()),
        }
    }
}

impl Line {
    fn push(&mut self, bytes: &[u8]) {
        match (bytes.first_chunk(), self.start.get_mut(self.length..)) {
            // Most lines arrive in one piece. For these, the copy has a fixed size.
            (Some(start), _) if self.length == 0 => self.start = *start,
            (_, Some(free)) if !bytes.is_empty() => {
                let new = free.len().min(bytes.len());
                free[..new].copy_from_slice(&bytes[..new]);
            }
            _ => {}
        }
        self.length = self.length.saturating_add(bytes.len());
    }

    /// Returns the name of the field, if it has at most five bytes. Longer names are cut off at
    /// six.
    fn name(&self) -> &[u8] {
        let start = &self.start[..self.length.min(self.start.len())];
        let colon = start.iter().position(|byte| *byte == b':');
        &start[..colon.unwrap_or(start.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the stream in pieces of `size`. Returns the bytes to pass on, the position after them,
    /// and the number of events.
    fn follow(stream: &[u8], size: usize, has_prefix: bool) -> (Vec<u8>, Position, u64) {
        let mut boundary = Boundary::default();
        if has_prefix {
            boundary.inserted();
        }
        let (mut handed_on, mut events) = (Vec::new(), 0);
        for bytes in stream.chunks(size) {
            let (bytes, completed) = boundary.follow(Bytes::copy_from_slice(bytes), false);
            handed_on.extend_from_slice(&bytes);
            events += completed;
        }
        (handed_on, boundary.position(), events)
    }

    #[test]
    fn the_place_is_the_same_however_the_stream_is_cut() {
        use Position::*;
        for (stream, position, events) in [
            (&b""[..], BetweenEvents, 0),
            (b"data", WithinEvent, 0),
            (b"data\n", BetweenLines, 0),
            (b"data\r", BetweenLines, 0),
            (b"data\r\n", BetweenLines, 0),
            (b"data\ndata", WithinEvent, 0),
            (b"data\n\n", BetweenEvents, 1),
            (b"data:x\r\n\r\n", BetweenEvents, 1),
            (b"data:x\r\n\r", BetweenEvents, 1),
            (b"data:x\r\r", BetweenEvents, 1),
            (b"data:x\r\r\n", BetweenEvents, 1),
            (b"data:x\r\rd", WithinEvent, 1),
            (b"id:1\n\n", BetweenEvents, 0),
            (b"event: x\n", BetweenLines, 0),
            (
                b"event: x\n\ndata\n\ndata: 1\ndata: 2\n\n",
                BetweenEvents,
                2,
            ),
            // Lines that are not part of an event.
            (b":\n", BetweenEvents, 0),
            (b": data\r", BetweenEvents, 0),
            (b":", WithinEvent, 0),
            (b"retry: 5\n", BetweenEvents, 0),
            (b"data2: 5\nevents\nid2\n data\nx\n", BetweenEvents, 0),
            (b"data: 1\n:\n", BetweenLines, 0),
            (b"data: 1\n:", WithinEvent, 0),
            (b"\n\r\r\n\n", BetweenEvents, 0),
            // The byte order mark.
            (b"\xEF", WithinEvent, 0),
            (b"\xEF\xBB", WithinEvent, 0),
            (b"\xEF\xBB\xBF", BetweenEvents, 0),
            (b"\xEF\xBB\xBFdata\n\n", BetweenEvents, 1),
            (b"\xEF\xBB\xBF\xEF\xBB\xBFdata\n\n", BetweenEvents, 0),
            (b"\xEF\xBBdata\n\n", BetweenEvents, 0),
        ] {
            for size in 1..=stream.len().max(1) {
                let seen = follow(stream, size, false);
                let text = stream.escape_ascii();
                assert_eq!(
                    seen,
                    (stream.to_vec(), position, events),
                    "{text} by {size}"
                );
            }
        }
    }

    #[test]
    fn behind_something_the_mark_is_left_out() {
        for (stream, handed_on) in [
            (&b"\xEF\xBB\xBFdata\n\n"[..], &b"data\n\n"[..]),
            (b"\xEF\xBB\xBF\xEF\xBB\xBFdata", b"\xEF\xBB\xBFdata"),
            (b"\xEF\xBBdata", b"\xEF\xBBdata"),
            (b"\xEF\xEF\xBB\xBF", b"\xEF\xEF\xBB\xBF"),
            (b"data", b"data"),
        ] {
            for size in 1..=stream.len() {
                let (seen, ..) = follow(stream, size, true);
                assert_eq!(seen, handed_on, "{} by {size}", stream.escape_ascii());
            }
        }
    }

    #[test]
    fn it_stops_where_the_event_is_whole() {
        for (before, bytes, taken) in [
            (&b"data: 1"[..], &b"\n\ndata: 2\n\n"[..], 2),
            (b"data: 1\r", b"\n\r\ndata: 2", 3),
            (b"data: 1\r", b"\rdata: 2", 1),
            (b"data: 1", b"2\n: x", 5),
            (b": back", b"ward\ndata: 2\n\n", 5),
        ] {
            let mut boundary = Boundary::default();
            boundary.follow(Bytes::from_static(before), false);
            let (handed_on, _) = boundary.follow(Bytes::from_static(bytes), true);
            assert_eq!(handed_on, bytes[..taken], "{}", bytes.escape_ascii());
        }
    }
}
