//! The media type of an event stream, and how a response's `Content-Type` is compared with it.

/// `text/event-stream`: what a server sends as `Content-Type`, exactly so, since some clients
/// compare the whole string ([HTML, "text/event-stream"][standard]).
///
/// [standard]: https://html.spec.whatwg.org/multipage/iana.html#text/event-stream
pub const EVENT_STREAM: &str = "text/event-stream";

/// Whether the value of a `Content-Type` field names an event stream.
///
/// The essence is compared without regard to ASCII case; parameters are allowed and play no part:
/// the stream is UTF-8 whatever a `charset` says
/// ([RFC 9110, 8.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1)).
///
/// ```
/// use sse_proto::media_type::is_event_stream;
///
/// assert!(is_event_stream(b"text/event-stream"));
/// assert!(is_event_stream(b"Text/Event-Stream; charset=utf-8"));
/// assert!(!is_event_stream(b"text/event-stream-ish"));
/// assert!(!is_event_stream(b"text/plain"));
/// ```
#[must_use]
pub fn is_event_stream(content_type: &[u8]) -> bool {
    let essence = match memchr::memchr(b';', content_type) {
        Some(semicolon) => &content_type[..semicolon],
        None => content_type,
    };
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(EVENT_STREAM.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::is_event_stream;

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
}
