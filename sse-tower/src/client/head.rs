//! Reads the head of a response.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header, response::Parts};
use sse_proto::reconnect::ResponseHead;

/// Reads the status, the content type and `Retry-After`.
pub(super) fn read(head: &Parts) -> ResponseHead {
    ResponseHead::new(head.status.as_u16())
        .with_content_type(head.headers.get_all(header::CONTENT_TYPE))
        .with_retry_after(retry_after(&head.headers, SystemTime::now()).unwrap_or_default())
}

/// Reads `Retry-After`: seconds, or a date, which is compared with the server's own `Date`
/// ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = |value: &HeaderValue| httpdate::parse_http_date(value.to_str().ok()?).ok();
    let now = headers.get(header::DATE).and_then(date).unwrap_or(now);
    httpdate::parse_http_date(value)
        .ok()?
        .duration_since(now)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, date, expected) in [
            ("120", None, Some(120)),
            (" 0 ", None, Some(0)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", None, Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", None, None),
            // The server's clock is an hour slow.
            (
                "Sun, 06 Nov 1994 07:49:47 GMT",
                Some("Sun, 06 Nov 1994 07:49:37 GMT"),
                Some(10),
            ),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some("today"), Some(10)),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
            if let Some(date) = date {
                headers.insert(header::DATE, HeaderValue::from_static(date));
            }
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
