//! The header fields that bring an event stream through unharmed.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{Settings, request::Asked};

/// Each with the failure it prevents.
const FIELDS: [(HeaderName, HeaderValue); 3] = [
    // Exactly so: some clients compare the whole string.
    (
        header::CONTENT_TYPE,
        HeaderValue::from_static(sse_proto::media_type::EVENT_STREAM),
    ),
    // A CDN that stores or merges the streams of two users; a proxy that compresses, and so holds
    // events back.
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    ),
    // nginx, and proxies that follow it, collecting the response before passing it on.
    (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    ),
];

/// Fills in what is absent. What the handler set is respected, save a length: a stream has none.
pub(crate) fn complete(headers: &mut HeaderMap) {
    headers.remove(header::CONTENT_LENGTH);
    for (name, value) in FIELDS {
        headers.entry(name).or_insert(value);
    }
}

/// As [`complete`], and by what was asked for.
pub(crate) fn complete_for(headers: &mut HeaderMap, asked: &Asked, settings: &Settings) {
    complete(headers);
    if asked.forbids_connection_fields() {
        for name in [
            header::CONNECTION,
            HeaderName::from_static("keep-alive"),
            header::TRANSFER_ENCODING,
            header::UPGRADE,
        ] {
            headers.remove(name);
        }
    }
    if settings.refuse_unacceptable {
        vary_with_accept(headers);
    }
}

/// No cache may give the answer to one client's `Accept` to another.
pub(crate) fn vary_with_accept(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("accept"));
}

/// Removes what describes content that is not sent: a length that does not hold is an error of the
/// protocol in HTTP/2.
pub(crate) fn remove_content(headers: &mut HeaderMap) {
    for name in [
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_filled_in() {
        let mut headers = HeaderMap::new();
        complete(&mut headers);
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-store, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        assert_eq!(headers.len(), 3);
    }

    #[test]
    fn explicit_fields_are_respected_and_a_length_is_not() {
        let mut headers = HeaderMap::new();
        headers.insert("cache-control", HeaderValue::from_static("max-age=1"));
        headers.insert("content-length", HeaderValue::from_static("5"));
        complete(&mut headers);
        assert_eq!(headers["cache-control"], "max-age=1");
        assert!(!headers.contains_key("content-length"));
    }
}
