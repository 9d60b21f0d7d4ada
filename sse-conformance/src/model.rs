//! The reference model: what a stream of bytes means, exactly as the standard says it.
//!
//! [`decode`] reads a whole byte slice and returns its items, each with the byte at which it is
//! due. It does not buffer, borrow or optimise, so that it can be compared with the text of the
//! standard line by line.
//!
//! ```
//! use sse_conformance::model::{decode, Due, Item};
//!
//! let decoded = decode(b"id: 7\ndata: hello\n\ndata: never dispatched");
//! assert_eq!(decoded.items, [Due { item: Item::event("message", "hello", "7"), at: 19 }]);
//! assert_eq!(decoded.last_event_id, "7");
//! ```

use std::fmt;

/// A piece of information that a decoder reports.
///
/// The enum is exhaustive on purpose: a stream holds nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// An event was dispatched.
    Event {
        /// The event type. It is `message` if the stream gives none.
        event_type: String,
        /// The data: its lines, joined by LF.
        data: String,
        /// The last event ID string at the time of dispatch.
        last_event_id: String,
    },
    /// The reconnection time was set, in milliseconds. The standard has no upper bound; values
    /// beyond `u64` saturate.
    Retry(u64),
    /// A comment line was read. The text is what follows the colon, without one leading space, as
    /// for a field value. The standard ignores comments, so the rule about the space is this
    /// crate's own.
    Comment(String),
}

impl Item {
    /// Returns an event with the given type, data and last event ID.
    pub fn event(event_type: &str, data: &str, last_event_id: &str) -> Self {
        Self::Event {
            event_type: event_type.to_owned(),
            data: data.to_owned(),
            last_event_id: last_event_id.to_owned(),
        }
    }
}

impl fmt::Display for Item {
    /// The item as reports show it: `message("hello", id "7")`, `retry(5000)`, `comment("hi")`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event {
                event_type,
                data,
                last_event_id,
            } => {
                write!(f, "{event_type}({data:?}")?;
                if !last_event_id.is_empty() {
                    write!(f, ", id {last_event_id:?}")?;
                }
                f.write_str(")")
            }
            Self::Retry(time) => write!(f, "retry({time})"),
            Self::Comment(text) => write!(f, "comment({text:?})"),
        }
    }
}

/// An item and when it is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Due {
    /// The item.
    pub item: Item,
    /// The number of bytes of the stream after which the item is due, including the byte that ends
    /// its line. If a line ends in CRLF, that byte is the CR.
    pub at: usize,
}

/// The contents of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The items in the order of the stream.
    pub items: Vec<Due>,
    /// The last event ID string when the stream ended.
    pub last_event_id: String,
    /// The reconnection time in milliseconds, if the stream set one.
    pub reconnection_time: Option<u64>,
}

/// Reads a whole stream, from its first byte to its end.
///
/// A prefix of the stream gives a prefix of the items: those whose [`at`](Due::at) lies within it.
pub fn decode(stream: &[u8]) -> Decoded {
    let mut growing = Growing::default();
    growing.read(stream);
    // The end of the stream dispatches and commits nothing. The buffers are dropped with `growing`.
    growing.state.decoded
}

/// Reads a stream that grows. Each line is read once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growing {
    /// The start of the first line that has not ended yet.
    start: usize,
    /// The number of bytes of that line that were searched for its end.
    searched: usize,
    state: State,
}

impl Growing {
    /// Reads the lines that have ended since the last call. `stream` must begin with the bytes of
    /// the last call.
    pub(crate) fn read(&mut self, stream: &[u8]) {
        let from = self.searched;
        for (index, byte) in stream.iter().enumerate().skip(from) {
            match byte {
                // The line ended at its CR. An LF directly after it belongs to the same line end.
                b'\n' if index > 0 && stream[index - 1] == b'\r' => self.start = index + 1,
                b'\n' | b'\r' => {
                    let line = &stream[self.start..index];
                    // "UTF-8 decode" strips one BOM, and only at the very start of the stream.
                    let line = match line.strip_prefix(b"\xEF\xBB\xBF") {
                        Some(rest) if self.start == 0 => rest,
                        _ => line,
                    };
                    self.state.process(&text(line), index + 1);
                    self.start = index + 1;
                }
                _ => {}
            }
        }
        self.searched = stream.len().max(from);
    }

    /// Returns what was read so far.
    #[cfg(any(feature = "server", test))]
    pub(crate) fn decoded(&self) -> &Decoded {
        &self.state.decoded
    }
}

/// Returns the bytes of one line as text. Each maximal subpart of an invalid sequence becomes one
/// U+FFFD.
///
/// Decoding line by line gives the same text as decoding the whole stream and splitting it
/// afterwards. CR and LF are ASCII, no multi-byte sequence contains an ASCII byte, and the UTF-8
/// decoder reads the byte that broke a sequence again. So a line end is never inside a sequence,
/// and never swallowed by one. The same holds for the colon that splits a line.
fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// The buffers of "Interpreting an event stream", and what was read so far.
#[derive(Clone, Debug, Default)]
struct State {
    data: String,
    event_type: String,
    last_event_id: String,
    decoded: Decoded,
}

impl State {
    /// Lines are processed in the order in which they are received.
    fn process(&mut self, line: &str, at: usize) {
        if line.is_empty() {
            self.dispatch(at);
        } else if let Some(comment) = line.strip_prefix(':') {
            self.put(Item::Comment(without_one_space(comment).to_owned()), at);
        } else if let Some((name, value)) = line.split_once(':') {
            self.field(name, without_one_space(value), at);
        } else {
            self.field(line, "", at);
        }
    }

    /// Field names are compared literally, without case folding.
    fn field(&mut self, name: &str, value: &str, at: usize) {
        match name {
            "event" => self.event_type = value.to_owned(),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => self.last_event_id = value.to_owned(),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                let time = saturating(value);
                self.decoded.reconnection_time = Some(time);
                self.put(Item::Retry(time), at);
            }
            _ => {} // The field is ignored.
        }
    }

    fn dispatch(&mut self, at: usize) {
        self.decoded.last_event_id = self.last_event_id.clone();
        let event_type = std::mem::take(&mut self.event_type);
        let data = std::mem::take(&mut self.data);
        // The data buffer is empty only if there was no `data` field, because each field appends an
        // LF.
        let Some(data) = data.strip_suffix('\n') else {
            return;
        };
        let event_type = if event_type.is_empty() {
            "message"
        } else {
            &event_type
        };
        let event = Item::event(event_type, data, &self.last_event_id);
        self.put(event, at);
    }

    fn put(&mut self, item: Item, at: usize) {
        self.decoded.items.push(Due { item, at });
    }
}

/// Returns a value without the one U+0020 that may stand between the colon and the value.
fn without_one_space(value: &str) -> &str {
    value.strip_prefix(' ').unwrap_or(value)
}

/// Returns ASCII digits as a number in base ten.
fn saturating(digits: &str) -> u64 {
    digits.bytes().fold(0, |sum: u64, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_grows_means_the_same() {
        for stream in [
            &b"\xEF\xBB\xBFid: 1\r\ndata: a\r\n\r\n: c\r\rdata: b\n\r\n\rretry: 5\n"[..],
            b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n",
            b"\r\n\xEF\xBB\xBFdata: a\r\n\r\n",
        ] {
            let mut growing = Growing::default();
            for length in 0..=stream.len() {
                growing.read(&stream[..length]);
                assert_eq!(*growing.decoded(), decode(&stream[..length]), "{length}");
            }
        }
    }
}
