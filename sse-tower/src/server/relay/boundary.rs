//! Where events begin and end in the bytes of a stream.

use bytes::Bytes;
use sse_proto::{Chunk, Lines};

use crate::server::stream::position::Position;

/// Follows a stream, frame by frame, and holds at most two bytes of it.
#[derive(Debug, Default)]
pub(super) struct Boundary {
    lines: Lines,
    line: Line,
    /// Whether fields have come that the next blank line makes an event of.
    is_within_event: bool,
    /// Whether one of them is data. Without, nothing is dispatched.
    has_data: bool,
    ends_with_cr: bool,
    /// Set if something was put between a CR and the LF that may follow it. The CR has ended the line,
    /// so the LF is left out: it would be a blank line.
    drops_line_feed: bool,
    mark: Mark,
    /// Whether something was put before the first byte.
    has_prefix: bool,
}

/// The line that is being read.
#[derive(Debug, Default)]
struct Line {
    /// Its first bytes: enough to tell the fields that make an event.
    start: [u8; 6],
    length: usize,
}

/// The byte order mark that a stream may begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// So many of its bytes have come.
    Seen(usize),
    /// Its end, or something else.
    Over,
}

const BYTE_ORDER_MARK: &[u8; 3] = b"\xEF\xBB\xBF";

impl Default for Mark {
    fn default() -> Self {
        Self::Seen(0)
    }
}

impl Boundary {
    /// Where what was followed so far has left a reader.
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

    /// Something was inserted. Before the first byte of the stream, that makes its byte order mark an
    /// ordinary character, so it is left out.
    pub(super) fn inserted(&mut self) {
        self.has_prefix |= self.mark == Mark::Seen(0);
        self.drops_line_feed = self.ends_with_cr;
    }

    /// Follows `bytes`, up to where the event under way is whole if `to_boundary`. Returns what to
    /// hand on, and how many events it completes. Linear.
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

    /// Whether the line completes an event that is dispatched.
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
            // A comment, a reconnection time, which is set at once, or what is ignored.
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
            // Most lines come in one piece, and this copy has a fixed size.
            (Some(start), _) if self.length == 0 => self.start = *start,
            (_, Some(free)) if !bytes.is_empty() => {
                let new = free.len().min(bytes.len());
                free[..new].copy_from_slice(&bytes[..new]);
            }
            _ => {}
        }
        self.length = self.length.saturating_add(bytes.len());
    }

    /// The name of the field, if it is one of up to five bytes; otherwise more than that.
    fn name(&self) -> &[u8] {
        let start = &self.start[..self.length.min(self.start.len())];
        let colon = start.iter().position(|byte| *byte == b':');
        &start[..colon.unwrap_or(start.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows the stream in pieces of `size`, and returns what was handed on, where that leaves a
    /// reader, and how many events it has.
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
            // Lines that make no event.
            (b":\n", BetweenEvents, 0),
            (b": data\r", BetweenEvents, 0),
            (b":", WithinEvent, 0),
            (b"retry: 5\n", BetweenEvents, 0),
            (b"data2: 5\nevents\nid2\n data\nx\n", BetweenEvents, 0),
            (b"data: 1\n:\n", BetweenLines, 0),
            (b"data: 1\n:", WithinEvent, 0),
            (b"\n\r\r\n\n", BetweenEvents, 0),
            // The mark.
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
