//! Lines to fields ([HTML, "Interpreting an event stream"][standard]).
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use core::time::Duration;

/// A line of an event stream, split into name and value
/// ([HTML, "Interpreting an event stream"][standard]).
///
/// Values are bytes that may not be valid UTF-8. The standard decodes the stream before it splits lines.
/// Splitting first has the same result, because line ends, the colon and the space are ASCII.
///
/// ```
/// use sse_proto::Field;
///
/// assert_eq!(Field::parse(b"data: 1"), Some(Field::Data(b"1")));
/// assert_eq!(Field::parse(b"data"), Some(Field::Data(b"")));
/// assert_eq!(Field::parse(b": hello"), Some(Field::Comment(b"hello")));
/// assert_eq!(Field::parse(b"retry: 5s"), Some(Field::Ignored { name: b"retry", value: b"5s" }));
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field<'a> {
    /// `event`: the event type. An empty one means the default, `message`.
    EventType(&'a [u8]),
    /// `data`: one line of the data.
    Data(&'a [u8]),
    /// `id`: the last event ID. An empty one resets it. It never contains NUL.
    Id(&'a [u8]),
    /// `retry`: the reconnection time. A number that does not fit into 64 bits becomes the largest that
    /// does.
    Retry(Duration),
    /// The text of a line that begins with a colon, without the colon and one leading space.
    Comment(&'a [u8]),
    /// A field that is ignored: one with another name, an `id` that contains NUL, or a `retry` that is not
    /// all digits.
    Ignored {
        /// The name, up to the colon or the end of the line.
        name: &'a [u8],
        /// The value, without one leading space.
        value: &'a [u8],
    },
}

impl<'a> Field<'a> {
    /// Parses a line without its line end. Returns `None` for the blank line, which dispatches an event.
    ///
    /// The time is linear in the length of the line. Nothing is copied.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Field;
    ///
    /// assert_eq!(Field::parse(b"id:  a:7"), Some(Field::Id(b" a:7"))); // Only one space is removed.
    /// assert_eq!(Field::parse(b"retry: 10"), Some(Field::Retry(Duration::from_millis(10))));
    /// assert_eq!(Field::parse(b""), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        // The first byte tells the known names apart, without a search for the colon.
        let known = match line.first()? {
            b':' => Some(Self::Comment(without_leading_space(&line[1..]))),
            b'd' => value_of(b"data", line).map(Self::Data),
            b'e' => value_of(b"event", line).map(Self::EventType),
            b'i' => value_of(b"id", line)
                .filter(|id| !id.contains(&0))
                .map(Self::Id),
            b'r' => value_of(b"retry", line)
                .and_then(milliseconds)
                .map(|number| Self::Retry(Duration::from_millis(number))),
            _ => None,
        };
        Some(known.unwrap_or_else(|| Self::ignored(line)))
    }

    #[cold]
    fn ignored(line: &'a [u8]) -> Self {
        let (name, value) = match memchr::memchr(b':', line) {
            Some(colon) => (&line[..colon], without_leading_space(&line[colon + 1..])),
            None => (line, &[][..]),
        };
        Self::Ignored { name, value }
    }
}

/// Returns the value of a line that begins with `data:`, as nearly all data lines do.
#[inline]
pub(crate) fn data_value(line: &[u8]) -> Option<&[u8]> {
    let (name, value) = line.split_first_chunk()?;
    (name == b"data:").then(|| without_leading_space(value))
}

/// Returns the value of a line with this name. Without a colon, the value is empty.
#[inline]
fn value_of<'a, const N: usize>(name: &[u8; N], line: &'a [u8]) -> Option<&'a [u8]> {
    match line.split_first_chunk()? {
        (first, []) if first == name => Some(&[]),
        (first, [b':', value @ ..]) if first == name => Some(without_leading_space(value)),
        _ => None,
    }
}

/// Removes exactly one U+0020, never more and never a tab.
#[inline]
fn without_leading_space(value: &[u8]) -> &[u8] {
    match value {
        [b' ', value @ ..] => value,
        _ => value,
    }
}

/// Parses one or more ASCII digits. The standard has no upper bound, so a large number is capped rather
/// than ignored.
fn milliseconds(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_the_first_colon() {
        for (line, field) in [
            (&b"data:1"[..], Field::Data(b"1")),
            (b"data: 1", Field::Data(b"1")),
            (b"data:  1", Field::Data(b" 1")),
            (b"data:\t1", Field::Data(b"\t1")),
            (b"data:a: b", Field::Data(b"a: b")),
            (b"data:", Field::Data(b"")),
            (b"event: tick", Field::EventType(b"tick")),
            (b"event", Field::EventType(b"")),
            (b"id: 7", Field::Id(b"7")),
            (b"id", Field::Id(b"")),
            (b":", Field::Comment(b"")),
            (b"::", Field::Comment(b":")),
        ] {
            assert_eq!(Field::parse(line), Some(field));
        }
    }

    #[test]
    fn anything_else_is_ignored() {
        for (line, name, value) in [
            (&b" "[..], &b" "[..], &b""[..]),
            (b"Data: 1", b"Data", b"1"),
            (b"data : 1", b"data ", b"1"),
            (b" data: 1", b" data", b"1"),
            (b"\xEF\xBB\xBFdata: 1", b"\xEF\xBB\xBFdata", b"1"),
            (b"id: 7\0", b"id", b"7\0"),
            (b"retry: +5", b"retry", b"+5"),
            (b"retry:  5", b"retry", b" 5"),
            (b"retry: 5ms", b"retry", b"5ms"),
            (b"retry: -1", b"retry", b"-1"),
            (b"retry", b"retry", b""),
            ("retry: \u{661}".as_bytes(), b"retry", "\u{661}".as_bytes()),
        ] {
            assert_eq!(Field::parse(line), Some(Field::Ignored { name, value }));
        }
    }

    #[test]
    fn the_reconnection_time_is_in_milliseconds_and_saturates() {
        for (line, milliseconds) in [
            (&b"retry: 0"[..], 0),
            (b"retry:007", 7),
            (b"retry: 18446744073709551615", u64::MAX),
            (b"retry: 18446744073709551616", u64::MAX),
            (b"retry: 99999999999999999999999999", u64::MAX),
        ] {
            assert_eq!(
                Field::parse(line),
                Some(Field::Retry(Duration::from_millis(milliseconds)))
            );
        }
    }
}
