//! Bytes to lines ([HTML, "Parsing an event stream"][standard]).
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

use crate::chunk::Chunk;

const BYTE_ORDER_MARK: &[u8; 3] = b"\xEF\xBB\xBF";

/// Splits an event stream into lines, chunk by chunk, without buffering
/// ([HTML, "Parsing an event stream"][standard]).
///
/// A line ends with CRLF, LF or CR, and with nothing else. A CR ends its line at once, even as the last
/// byte of a chunk. If a LF follows, it is skipped, even in the next chunk. One byte order mark at the
/// start of the stream is dropped, even if it arrives in several chunks.
///
/// ```
/// use sse_proto::{Chunk, Lines};
///
/// let mut lines = Lines::new();
/// let mut seen = Vec::new();
/// for bytes in ["data: 1\r", "\nda", "ta: 2\n"] {
///     let mut chunk = Chunk::new(bytes.as_bytes());
///     while let Some(part) = lines.next_part(&mut chunk) {
///         seen.push((part.bytes(), part.is_end()));
///     }
/// }
/// assert_eq!(seen, [(&b"data: 1"[..], true), (b"da", false), (b"ta: 2", true)]);
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
#[derive(Clone, Debug, Default)]
pub struct Lines {
    state: State,
}

/// The bytes that are dropped if they come before the next byte of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The rest of the byte order mark, after this many bytes of it.
    Mark(usize),
    /// The LF of a CRLF.
    AfterCr,
    Nothing,
}

impl Default for State {
    fn default() -> Self {
        Self::Mark(0)
    }
}

/// A part of a line, without the line end.
///
/// ```
/// use sse_proto::{Chunk, Lines};
///
/// let mut chunk = Chunk::new(b"id: 7\r\nda");
/// let mut lines = Lines::new();
/// let (first, second) = (lines.next_part(&mut chunk), lines.next_part(&mut chunk));
/// assert!(first.is_some_and(|part| part.bytes() == b"id: 7" && part.is_end()));
/// assert!(second.is_some_and(|part| part.bytes() == b"da" && !part.is_end()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePart<'c> {
    bytes: &'c [u8],
    is_end: bool,
}

impl Lines {
    /// Starts at the beginning of a stream.
    ///
    /// ```
    /// use sse_proto::{Chunk, Lines};
    ///
    /// let mut chunk = Chunk::new("\u{FEFF}\u{FEFF}\n".as_bytes());
    /// let line = Lines::new().next_part(&mut chunk).unwrap();
    /// assert_eq!(line.bytes(), "\u{FEFF}".as_bytes()); // One byte order mark is dropped, no more.
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: State::Mark(0),
        }
    }

    /// Starts at the beginning of a line that is not the first one of its stream.
    pub(crate) const fn within_stream() -> Self {
        Self {
            state: State::Nothing,
        }
    }

    /// Drops the bytes that have to be dropped before a line. Returns whether the next byte belongs to a
    /// line. A byte that may belong to a byte order mark is left for [`next_part`](Self::next_part).
    #[inline]
    pub(crate) fn skip_to_line(&mut self, chunk: &mut Chunk<'_>) -> bool {
        let may_be_mark = matches!(self.state, State::Mark(seen) if seen > 0)
            || chunk.first() == BYTE_ORDER_MARK.first().copied();
        self.state == State::Nothing || {
            if !may_be_mark {
                self.drop_what_is_due(chunk);
            }
            self.state == State::Nothing
        }
    }

    /// Returns the bytes of a block without those that are dropped before its first line.
    pub(crate) fn without_what_is_due<'c>(&self, bytes: &'c [u8]) -> &'c [u8] {
        let due = match self.state {
            State::Mark(_) => &BYTE_ORDER_MARK[..],
            State::AfterCr => b"\n",
            State::Nothing => b"",
        };
        bytes.strip_prefix(due).unwrap_or(bytes)
    }

    /// Takes the next part of a line off the front of `chunk`. `None` means that `chunk` is now empty.
    ///
    /// A line ends with the first part for which [`is_end`](LinePart::is_end) is true. The time is linear in
    /// the length of the part.
    ///
    /// ```
    /// use sse_proto::{Chunk, Lines};
    ///
    /// let mut lines = Lines::new();
    /// let part = lines.next_part(&mut Chunk::new(b"data: 1\r"));
    /// assert!(part.is_some_and(|part| part.is_end())); // Without waiting for a LF.
    /// assert_eq!(lines.next_part(&mut Chunk::new(b"\n")), None);
    /// ```
    #[inline]
    pub fn next_part<'c>(&mut self, chunk: &mut Chunk<'c>) -> Option<LinePart<'c>> {
        if self.state != State::Nothing
            && let Some(part) = self.drop_what_is_due(chunk)
        {
            return Some(part);
        }
        (!chunk.is_empty()).then(|| self.rest_of_line(chunk))
    }

    /// Does the same if the byte at the front belongs to a line.
    #[inline]
    pub(crate) fn rest_of_line<'c>(&mut self, chunk: &mut Chunk<'c>) -> LinePart<'c> {
        match self.end_of_line(chunk) {
            Some(bytes) => LinePart {
                bytes,
                is_end: true,
            },
            None => LinePart {
                bytes: chunk.take_rest(),
                is_end: false,
            },
        }
    }

    /// Takes the rest of a line, if the line ends in this chunk.
    #[inline]
    pub(crate) fn end_of_line<'c>(&mut self, chunk: &mut Chunk<'c>) -> Option<&'c [u8]> {
        let (bytes, ended_by) = chunk.take_line()?;
        if ended_by == b'\r' {
            self.state = State::AfterCr;
            self.drop_what_is_due(chunk);
        }
        Some(bytes)
    }

    /// Drops the bytes that have to be dropped. If the start of a byte order mark turns out to belong to
    /// the line, returns it.
    fn drop_what_is_due<'c>(&mut self, chunk: &mut Chunk<'c>) -> Option<LinePart<'c>> {
        let first = chunk.first()?;
        match self.state {
            State::Nothing => None,
            State::AfterCr => {
                chunk.take_line_feed();
                self.state = State::Nothing;
                None
            }
            State::Mark(seen) if BYTE_ORDER_MARK.get(seen) == Some(&first) => {
                chunk.skip_byte();
                self.state = match seen + 1 {
                    3 => State::Nothing,
                    seen => State::Mark(seen),
                };
                self.drop_what_is_due(chunk)
            }
            State::Mark(seen) => {
                self.state = State::Nothing;
                (seen > 0).then_some(LinePart {
                    bytes: &BYTE_ORDER_MARK[..seen],
                    is_end: false,
                })
            }
        }
    }
}

impl<'c> LinePart<'c> {
    /// Returns the bytes. Only the last part of a line can be empty.
    #[must_use]
    pub const fn bytes(&self) -> &'c [u8] {
        self.bytes
    }

    /// Returns whether the line ends with this part.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        self.is_end
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::{string::String, vec::Vec};

    use super::*;

    /// Returns the lines of a stream that arrives in these chunks. The last one is unfinished.
    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::new();
        let mut seen = Vec::new();
        let mut line = Vec::new();
        for bytes in chunks {
            let mut chunk = Chunk::new(bytes);
            while let Some(part) = lines.next_part(&mut chunk) {
                line.extend_from_slice(part.bytes());
                if part.is_end() {
                    seen.push(String::from_utf8_lossy(&line).into_owned());
                    line.clear();
                }
            }
            assert!(chunk.is_empty());
        }
        seen.push(String::from_utf8_lossy(&line).into_owned());
        seen
    }

    #[test]
    fn the_three_line_ends_mix() {
        assert_eq!(
            lines_of(&[b"a\nb\rc\r\n\r\r\n\nd"]),
            ["a", "b", "c", "", "", "", "d"]
        );
    }

    #[test]
    fn a_line_end_cut_in_the_middle_is_one() {
        assert_eq!(lines_of(&[b"a\r", b"", b"\nb\r", b"c"]), ["a", "b", "c"]);
    }

    #[test]
    fn nothing_else_ends_a_line() {
        let line = "a\u{85}b\u{2028}c\u{b}d\u{c}e\0f";
        assert_eq!(lines_of(&[line.as_bytes()]), [line]);
    }

    #[test]
    fn one_byte_order_mark_is_dropped_however_cut() {
        for chunks in [
            &[&b"\xEF\xBB\xBFa\n"[..]][..],
            &[b"\xEF", b"\xBB\xBFa\n"],
            &[b"\xEF\xBB", b"\xBF", b"a\n"],
        ] {
            assert_eq!(lines_of(chunks), ["a", ""]);
        }
    }

    #[test]
    fn a_false_start_of_the_mark_belongs_to_the_line() {
        assert_eq!(lines_of(&[b"\xEF\xBB", b"a\n"]), ["\u{FFFD}a", ""]);
        assert_eq!(lines_of(&[b"\xEF", b"\n"]), ["\u{FFFD}", ""]);
    }

    #[test]
    fn a_second_or_late_mark_is_a_character() {
        assert_eq!(
            lines_of(&["\u{FEFF}\u{FEFF}a\n\u{FEFF}b\n".as_bytes()]),
            ["\u{FEFF}a", "\u{FEFF}b", ""]
        );
    }
}
