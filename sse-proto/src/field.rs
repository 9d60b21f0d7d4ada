//! Lines to fields ([HTML, "Interpreting an event stream"][standard]).
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use core::time::Duration;

/// What one line of an event stream says ([HTML, "Interpreting an event stream"][standard]).
///
/// Values are the bytes of the line, not yet checked for UTF-8: a line that is cut out of a longer
/// sequence of bytes cannot change how its neighbours decode, since line ends, the colon and the
/// space are ASCII.
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
    /// `event`: the event type; empty means the default, `message`.
    EventType(&'a [u8]),
    /// `data`: one line of it.
    Data(&'a [u8]),
    /// `id`: the last event ID; empty resets it. Never holds NUL.
    Id(&'a [u8]),
    /// `retry`: the reconnection time. More milliseconds than 64 bits hold are as many as they hold.
    Retry(Duration),
    /// A line that begins with a colon: what follows it, without one leading space.
    Comment(&'a [u8]),
    /// A field that is ignored: another name, an `id` that holds NUL, or a `retry` that is not
    /// all digits.
    Ignored {
        /// The name, up to the colon or the end of the line.
        name: &'a [u8],
        /// The value, without one leading space.
        value: &'a [u8],
    },
}

impl<'a> Field<'a> {
    /// Reads a line, given without its line end; `None` is the blank line, which dispatches.
    ///
    /// Linear in the length of the line; nothing is copied.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Field;
    ///
    /// assert_eq!(Field::parse(b"id:  a:7"), Some(Field::Id(b" a:7"))); // One space is not its.
    /// assert_eq!(Field::parse(b"retry: 10"), Some(Field::Retry(Duration::from_millis(10))));
    /// assert_eq!(Field::parse(b""), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        // The known names are told by their first byte, without a search for the colon.
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

/// The value of a `data` line that has a colon, which is how nearly all are written.
#[inline]
pub(crate) fn data_value(line: &[u8]) -> Option<&[u8]> {
    let (name, value) = line.split_first_chunk()?;
    (name == b"data:").then(|| without_leading_space(value))
}

/// The value of a line that has this name, with a colon or alone.
#[inline]
fn value_of<'a, const N: usize>(name: &[u8; N], line: &'a [u8]) -> Option<&'a [u8]> {
    match line.split_first_chunk()? {
        (first, []) if first == name => Some(&[]),
        (first, [b':', value @ ..]) if first == name => Some(without_leading_space(value)),
        _ => None,
    }
}

/// Exactly one U+0020 goes, never more, never a tab.
#[inline]
fn without_leading_space(value: &[u8]) -> &[u8] {
    match value {
        [b' ', value @ ..] => value,
        _ => value,
    }
}

/// One or more ASCII digits; there is no upper bound, so saturate rather than ignore.
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
