//! Events to text, the inverse of [HTML, "Parsing an event stream"][standard].
//!
//! The standard defines only how to read a stream. The text that is written here decodes to the same
//! values. Its form is chosen for clients that do not follow the standard everywhere:
//!
//! - A space follows each colon, so that a leading space in a value is kept.
//! - The ID is the last line of its event. A widely used client stores the ID when it reads the line. If the
//!   ID came first and the connection broke after it, that client would miss the event.
//! - A heartbeat is a comment line without a blank line. Some clients take every blank line for an event.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

mod slice_writer;

pub use slice_writer::SliceWriter;

use core::{
    fmt::{self, Write},
    time::Duration,
};

#[cfg(feature = "alloc")]
use alloc::string::String;

use crate::{chunk::Chunk, event::EventRef, value::EventId};

/// Writes an event stream, in one pass and without buffering.
///
/// `W` is any [`fmt::Write`], such as a `String`, `bytes::BytesMut` or a [`SliceWriter`]. The methods can be
/// called in any order.
///
/// Errors come from the writer, and a `String` never fails. After an error, part of an event may have been
/// written. End the stream then: the client discards the incomplete event.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::{Encoder, EventRef};
///
/// let mut encoder = Encoder::new(String::new());
/// encoder.retry(Duration::from_secs(3))?;
/// encoder.comment("hello")?;
/// encoder.event(EventRef::new("1"))?;
/// encoder.heartbeat()?;
/// assert_eq!(encoder.into_inner(), "retry: 3000\n: hello\ndata: 1\n\n:\n");
/// # Ok::<(), core::fmt::Error>(())
/// ```
///
/// The standard defines only how to [read][standard] a stream.
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
#[derive(Clone, Debug, Default)]
pub struct Encoder<W> {
    out: W,
}

impl<W> Encoder<W> {
    /// Makes an encoder that writes to `out`.
    ///
    /// ```
    /// use sse_proto::{Encoder, EventRef};
    ///
    /// let mut out = String::from(":\n");
    /// Encoder::new(&mut out).event(EventRef::new("1"))?;
    /// assert_eq!(out, ":\ndata: 1\n\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub const fn new(out: W) -> Self {
        Self { out }
    }

    /// Returns the writer.
    ///
    /// ```
    /// use sse_proto::Encoder;
    ///
    /// let mut encoder = Encoder::new(String::new());
    /// encoder.comment("hello")?;
    /// let bytes = encoder.into_inner().into_bytes();
    /// assert_eq!(bytes, b": hello\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Encoder<W> {
    /// Writes one event with its blank line.
    ///
    /// CR, LF and CRLF in the data each count as one line end, and decode to LF. Everything else decodes to
    /// itself: empty data, line ends at the end, leading spaces. The time is linear in the length of the
    /// event.
    ///
    /// ```
    /// use sse_proto::{Encoder, EventRef};
    ///
    /// let mut encoder = Encoder::new(String::new());
    /// encoder.event(EventRef::new("").try_with_type("tick")?)?;
    /// encoder.event(EventRef::new("one\r\n two\n"))?;
    /// let text = encoder.into_inner();
    /// assert_eq!(text, "event: tick\ndata: \n\ndata: one\ndata:  two\ndata: \n\n");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the writer fails.
    pub fn event<'a>(&mut self, event: impl Into<EventRef<'a>>) -> fmt::Result {
        let event = event.into();
        self.event_of(&event, is_one_line(event.data()))
    }

    #[inline]
    fn event_of(&mut self, event: &EventRef<'_>, is_one_line: bool) -> fmt::Result {
        if event.event_type() != "message" {
            self.line("event: ", event.event_type())?;
        }
        match is_one_line {
            true => self.line("data: ", event.data())?,
            false => self.several_lines("data: ", event.data())?,
        }
        if let Some(id) = event.id() {
            self.line("id: ", id)?;
        }
        self.out.write_char('\n')
    }

    /// Sets the client's last event ID without an event. When the client reconnects, it resumes after this ID.
    ///
    /// ```
    /// use sse_proto::{Encoder, EventId};
    ///
    /// let mut encoder = Encoder::new(String::new());
    /// encoder.last_event_id(&EventId::from_static("7"))?;
    /// assert_eq!(encoder.into_inner(), "id: 7\n\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the writer fails.
    pub fn last_event_id(&mut self, id: &EventId) -> fmt::Result {
        self.line("id: ", id.as_str())?;
        self.out.write_char('\n')
    }

    /// Sets the client's [reconnection time][time], rounded up to whole milliseconds.
    ///
    /// The time takes effect at once, and applies until it is set again.
    ///
    /// Do not send more than 2147483647 ms (24.8 days). Common clients keep the time in 32 bits, and their
    /// timers fire at once if it is longer. This method writes any time up to 18446744073709551615 ms, and
    /// caps longer ones.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Encoder;
    ///
    /// let mut encoder = Encoder::new(String::new());
    /// encoder.retry(Duration::from_micros(1500))?;
    /// assert_eq!(encoder.into_inner(), "retry: 2\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    ///
    /// [time]: https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-reconnection-time
    ///
    /// # Errors
    /// Fails if the writer fails.
    pub fn retry(&mut self, reconnection_time: Duration) -> fmt::Result {
        // Not from `as_nanos`: a division of 128 bits takes longer than all the rest.
        let begun = u64::from(reconnection_time.subsec_nanos().div_ceil(1_000_000));
        let whole = reconnection_time.as_secs().saturating_mul(1000);
        let milliseconds = whole.saturating_add(begun);
        self.out.write_str("retry: ")?;
        self.decimal(milliseconds)?;
        self.out.write_char('\n')
    }

    /// Writes a comment: one comment line for each line of `text`.
    ///
    /// Clients ignore comments. Proxies see traffic on the connection.
    ///
    /// ```
    /// use sse_proto::Encoder;
    ///
    /// let mut encoder = Encoder::new(String::new());
    /// encoder.comment("one\ndata: two")?;
    /// assert_eq!(encoder.into_inner(), ": one\n: data: two\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the writer fails.
    pub fn comment(&mut self, text: &str) -> fmt::Result {
        self.lines(": ", text)
    }

    /// Writes an empty comment, which keeps a quiet connection alive.
    ///
    /// The standard recommends one [every 15 seconds or so][notes].
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, Encoder};
    ///
    /// let mut encoder = Encoder::new(String::new());
    /// encoder.heartbeat()?;
    /// let text = encoder.into_inner();
    /// assert_eq!(text, ":\n");
    /// let mut decoder = Decoder::new_in([0; 8]);
    /// assert!(decoder.decode(&mut Chunk::new(text.as_bytes()))?.is_none());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// [notes]: https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
    ///
    /// # Errors
    /// Fails if the writer fails.
    pub fn heartbeat(&mut self) -> fmt::Result {
        self.out.write_str(":\n")
    }

    fn decimal(&mut self, mut number: u64) -> fmt::Result {
        let mut digits = [0; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        let mut digits = digits[start..].iter();
        digits.try_for_each(|digit| self.out.write_char(char::from(*digit)))
    }

    fn line(&mut self, name: &str, value: &str) -> fmt::Result {
        self.out.write_str(name)?;
        self.out.write_str(value)?;
        self.out.write_char('\n')
    }

    #[inline]
    fn lines(&mut self, name: &str, text: &str) -> fmt::Result {
        match is_one_line(text) {
            true => self.line(name, text),
            false => self.several_lines(name, text),
        }
    }

    fn several_lines(&mut self, name: &str, text: &str) -> fmt::Result {
        let mut chunk = Chunk::new(text.as_bytes());
        let mut rest = text;
        while let Some((line, ended_by)) = chunk.take_line() {
            if ended_by == b'\n' {
                let (with_end, behind) = rest.split_at(line.len() + 1);
                self.out.write_str(name)?;
                self.out.write_str(with_end)?;
                rest = behind;
            } else {
                let (value, end) = rest.split_at(line.len());
                self.line(name, value)?;
                chunk.take_line_feed();
                rest = end.strip_prefix("\r\n").unwrap_or(&end[1..]);
            }
        }
        self.line(name, rest)
    }
}

impl EventRef<'_> {
    /// Returns the number of bytes that an [`Encoder`] writes for this event.
    ///
    /// The time is linear in the length of the data.
    ///
    /// ```
    /// use sse_proto::{Encoder, EventRef};
    ///
    /// let event = EventRef::new("one\r\ntwo");
    /// let mut encoder = Encoder::new(String::with_capacity(event.encoded_length()));
    /// encoder.event(event)?;
    /// assert_eq!(encoder.into_inner().len(), event.encoded_length());
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    #[must_use]
    pub fn encoded_length(&self) -> usize {
        length_of(self, is_one_line(self.data()))
    }

    /// Encodes the event into a string of exactly its length, with one allocation.
    ///
    /// The text is that of [`Encoder::event`]. This method is the fastest one if the text has to be kept or
    /// shared. The time is linear in the length of the event.
    ///
    /// ```
    /// use sse_proto::EventRef;
    ///
    /// let text = EventRef::new("one\ntwo").encode();
    /// assert_eq!(text, "data: one\ndata: two\n\n");
    /// assert_eq!(text.capacity(), text.len());
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn encode(&self) -> String {
        to_string(self)
    }
}

/// Returns whether the text has no line end. For one line, memchr is faster than a [`Chunk`], which is made for
/// many short lines.
#[inline]
fn is_one_line(text: &str) -> bool {
    memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_none()
}

/// Encodes the event into a string of exactly its length. The data is searched once if it is one line.
#[cfg(feature = "alloc")]
fn to_string(event: &EventRef<'_>) -> String {
    let is_one_line = is_one_line(event.data());
    let mut encoder = Encoder::new(String::with_capacity(length_of(event, is_one_line)));
    // A string takes any text: the result of writing to it is always Ok.
    let _always_ok = encoder.event_of(event, is_one_line);
    encoder.into_inner()
}

#[inline]
fn length_of(event: &EventRef<'_>, is_one_line: bool) -> usize {
    let line = |name: &str, value: &str| name.len() + value.len() + 1;
    let event_type = match event.event_type() {
        "message" => 0,
        named => line("event: ", named),
    };
    let id = event.id().map_or(0, |id| line("id: ", id));
    let data = match is_one_line {
        true => line("data: ", event.data()),
        false => lines_length("data: ", event.data()),
    };
    event_type + data + id + 1
}

/// Returns the number of bytes that [`Encoder::lines`] writes.
fn lines_length(name: &str, text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut ends = memchr::memchr_iter(b'\n', bytes).count();
    // Each line end of the text, one byte or two, is written as one.
    let mut kept = text.len();
    for cr in memchr::memchr_iter(b'\r', bytes) {
        match bytes.get(cr + 1) {
            Some(b'\n') => kept -= 1,
            _ => ends += 1,
        }
    }
    name.len() * (ends + 1) + kept + 1
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    fn encode<'a>(event: impl Into<EventRef<'a>>) -> String {
        let mut encoder = Encoder::new(String::new());
        encoder.event(event).unwrap();
        encoder.into_inner()
    }

    #[test]
    fn each_line_of_data_is_a_field() {
        for (data, block) in [
            ("", "data: \n\n"),
            (" x", "data:  x\n\n"),
            ("a\nb", "data: a\ndata: b\n\n"),
            ("a\r\nb", "data: a\ndata: b\n\n"),
            ("a\rb", "data: a\ndata: b\n\n"),
            ("a\n\rb", "data: a\ndata: \ndata: b\n\n"),
            ("a\n", "data: a\ndata: \n\n"),
            ("\r\n\r\n", "data: \ndata: \ndata: \n\n"),
            ("é\u{2028}\0", "data: é\u{2028}\0\n\n"),
        ] {
            let event = EventRef::new(data).try_with_type("t").unwrap();
            for (event, block) in [
                (EventRef::new(data), String::from(block)),
                (event, String::from("event: t\n") + block),
            ] {
                assert_eq!(encode(event), block);
                assert_eq!(event.encoded_length(), block.len());
                let encoded = event.encode();
                assert_eq!(encoded, block);
                assert_eq!(encoded.capacity(), block.len());
            }
        }
    }

    #[test]
    fn the_id_is_last() {
        let event = EventRef::new("x").try_with_type("t").unwrap();
        assert_eq!(
            encode(event.try_with_id("1").unwrap()),
            "event: t\ndata: x\nid: 1\n\n"
        );
    }

    #[test]
    fn an_empty_id_is_written_and_none_is_not() {
        assert_eq!(encode(EventRef::new("x")), "data: x\n\n");
        let reset = EventId::from_static("");
        assert_eq!(
            encode(EventRef::new("x").with_id(&reset)),
            "data: x\nid: \n\n"
        );
    }

    #[test]
    fn the_type_message_is_the_absent_one() {
        let event = EventRef::new("x").try_with_type("message").unwrap();
        assert_eq!(encode(event), "data: x\n\n");
    }

    #[test]
    fn a_comment_stays_one() {
        let mut encoder = Encoder::new(String::new());
        encoder.comment("a\r\ndata: b\r").unwrap();
        assert_eq!(encoder.into_inner(), ": a\n: data: b\n: \n");
    }

    #[test]
    fn the_reconnection_time_is_rounded_up_and_saturates() {
        for (time, line) in [
            (Duration::ZERO, "retry: 0\n"),
            (Duration::from_nanos(1), "retry: 1\n"),
            (Duration::from_micros(1500), "retry: 2\n"),
            (Duration::from_secs(3), "retry: 3000\n"),
            (Duration::MAX, "retry: 18446744073709551615\n"),
        ] {
            let mut encoder = Encoder::new(String::new());
            encoder.retry(time).unwrap();
            assert_eq!(encoder.into_inner(), line);
        }
    }
}
