//! The media type of an event stream, and its comparison with a `Content-Type`.
//!
//! ```
//! use sse_proto::media_type::{EVENT_STREAM, is_event_stream};
//!
//! let response = [("Vary", "Origin"), ("Content-Type", EVENT_STREAM)];
//! let content_type = response.iter().find(|(name, _)| *name == "Content-Type");
//! assert!(content_type.is_some_and(|(_, value)| is_event_stream(value.as_bytes())));
//! ```

/// The `Content-Type` that a server sends: `text/event-stream`
/// ([HTML, "text/event-stream"][standard]).
///
/// Send it without parameters, because some clients compare the whole string.
///
/// ```
/// use sse_proto::media_type::EVENT_STREAM;
///
/// let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {EVENT_STREAM}\r\n\r\n");
/// assert!(head.contains("Content-Type: text/event-stream\r\n"));
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/iana.html#text/event-stream
pub const EVENT_STREAM: &str = "text/event-stream";

/// Returns whether the value of a `Content-Type` field names an event stream.
///
/// Upper and lower case are the same ([RFC 9110, 8.3.1][case]). Parameters are ignored: the stream is UTF-8
/// even if a `charset` says otherwise. If the value lists several types, only one of them counts; see
/// [`names_event_stream`]. The time is linear in the length of the value.
///
/// ```
/// use sse_proto::media_type::is_event_stream;
///
/// assert!(is_event_stream(b"text/event-stream"));
/// assert!(is_event_stream(b"Text/Event-Stream; charset=utf-8"));
/// assert!(!is_event_stream(b"text/event-stream-ish"));
/// assert!(!is_event_stream(b"text/plain"));
/// ```
///
/// [case]: https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1
#[must_use]
pub fn is_event_stream(content_type: &[u8]) -> bool {
    names_event_stream([content_type])
}

/// Returns whether the `Content-Type` fields of a response name an event stream. Pass all of them, first
/// to last.
///
/// A response should have one such field with one type. If there are several types, the last valid one
/// counts, and `*/*` is not valid ([Fetch, "extract a MIME type"][extract]). Without a valid type, the
/// result is false. The time is linear in the length of the values.
///
/// ```
/// use sse_proto::media_type::names_event_stream;
///
/// assert!(names_event_stream(["text/html", "text/event-stream"]));
/// assert!(names_event_stream(["text/event-stream, */*", "nonsense"]));
/// assert!(!names_event_stream(["text/event-stream, text/html"]));
/// assert!(!names_event_stream::<&str>([]));
/// ```
///
/// [extract]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
#[must_use]
pub fn names_event_stream<V>(content_types: impl IntoIterator<Item = V>) -> bool
where
    V: AsRef<[u8]>,
{
    let mut named = false;
    let mut quotes = Quotes::default();
    for field in content_types {
        // Several fields count as one field, joined by commas. A comma in quotes does not separate types:
        // the text after it still belongs to the parameters of a type.
        let mut is_end_of_another = !quotes.read(b',');
        for value in field.as_ref().split(|byte| quotes.read(*byte)) {
            if !is_end_of_another
                && let Some(essence) = essence(value)
                && essence != b"*/*"
            {
                named = essence.eq_ignore_ascii_case(EVENT_STREAM.as_bytes());
            }
            is_end_of_another = false;
        }
    }
    named
}

/// Tells commas that separate values from commas in quoted strings
/// ([Fetch, "get, decode, and split"][split]).
///
/// [split]: https://fetch.spec.whatwg.org/#header-value-get-decode-and-split
#[derive(Default)]
enum Quotes {
    #[default]
    Closed,
    Open,
    /// After a backslash, which removes the meaning of the next byte.
    Escape,
}

impl Quotes {
    /// Reads the next byte. Returns whether it separates two values.
    fn read(&mut self, byte: u8) -> bool {
        *self = match (&self, byte) {
            (Self::Closed, b',') => return true,
            (Self::Closed, b'"') | (Self::Escape, _) => Self::Open,
            (Self::Open, b'\\') => Self::Escape,
            (Self::Open, b'"') => Self::Closed,
            _ => return false,
        };
        false
    }
}

/// Returns the essence (type and subtype) of a media type, if the type is valid
/// ([MIME Sniffing, "parse a MIME type"](https://mimesniff.spec.whatwg.org/#parse-a-mime-type)).
fn essence(value: &[u8]) -> Option<&[u8]> {
    let end = value.iter().position(|byte| *byte == b';');
    let essence = trim(value.get(..end.unwrap_or(value.len()))?)?;
    let slash = essence.iter().position(|byte| *byte == b'/')?;
    let (main, sub) = (essence.get(..slash)?, essence.get(slash + 1..)?);
    (is_token(main) && is_token(sub)).then_some(essence)
}

/// Returns the value without the whitespace around it, or `None` if nothing is left.
fn trim(value: &[u8]) -> Option<&[u8]> {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let start = value.iter().position(is_text)?;
    let last = value.iter().rposition(is_text)?;
    value.get(start..=last)
}

fn is_token(text: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_token)
}

#[cfg(test)]
mod tests {
    use super::{is_event_stream, names_event_stream};

    #[test]
    fn only_the_essence_counts() {
        for yes in [
            &b"text/event-stream"[..],
            b"TEXT/EVENT-STREAM",
            b" text/event-stream ",
            b"text/event-stream;",
            b"text/event-stream;charset=iso-8859-1",
            b"text/event-stream ; charset=\"utf-8\"; x=y",
        ] {
            assert!(is_event_stream(yes), "{}", yes.escape_ascii());
        }
        for no in [
            &b""[..],
            b";",
            b"text/event-streams",
            b"text/event-stream/x",
            b"text /event-stream",
            b"application/text/event-stream",
            b"text/html; text/event-stream",
            b"text/event-stream, text/html",
            b"text/event\xFFstream",
        ] {
            assert!(!is_event_stream(no), "{}", no.escape_ascii());
        }
    }

    #[test]
    fn of_several_types_the_last_valid_one_counts() {
        for (fields, named) in [
            (&[][..], false),
            (&["text/event-stream", "text/event-stream"], true),
            (&["text/html", "text/event-stream"], true),
            (&["text/event-stream", "text/html"], false),
            (&["text/html, text/event-stream"], true),
            (&["text/event-stream, text/html"], false),
            (&["text/html,text/plain", "Text/Event-Stream;q=1 , "], true),
            // An invalid type, and the type that means any, do not replace the last valid one.
            (&["text/event-stream", ""], true),
            (&["text/event-stream,,"], true),
            (&["text/event-stream", "text"], true),
            (&["text/event-stream", "/html"], true),
            (&["text/event-stream", "text/"], true),
            (&["text/event-stream", "te xt/html"], true),
            (&["text/event-stream", "text/ht(ml"], true),
            (&["text/event-stream", "*/*"], true),
            (&["text/event-stream", "*/*;q=1"], true),
            (&["text/event-stream", "text/*"], false),
            (&["*/*"], false),
            // Not every comma separates.
            (&["text/event-stream;a=\", text/html\""], true),
            (&["text/event-stream;a=\"\\\", text/html;b=\""], true),
            (&["text/event-stream;a=\"\\\\\", text/html"], false),
            (&["text/event-stream;a=\"", "\", text/html"], false),
            (&["text/event-stream;a=\"", "text/html"], true),
            (&["text/event-stream;a=\"\\", "\", text/html"], false),
            (
                &["text/event-stream;a=\"\\", "text/html\", text/plain"],
                false,
            ),
            (&["text/html;a=\", text/event-stream"], false),
            (&["text/html\\\\, text/event-stream"], true),
            (&["\"text/html\", text/event-stream"], true),
            (&["text/html", "\"text/event-stream\""], false),
        ] {
            assert_eq!(names_event_stream(fields), named, "{fields:?}");
        }
    }
}
