//! Where a client wants to resume.

use http::{HeaderMap, HeaderName, Request, Uri};
use sse_proto::EventId;

/// The ID of the last event that the client has seen, as it says.
///
/// It is read from the `Last-Event-ID` header field ([HTML][standard]) or, where that is absent,
/// from the query, under the names by which polyfills that cannot set header fields send it:
/// `lastEventId`, `last_event_id`, `evs_last_event_id`. The field wins, since the query of an
/// `EventSource` stays what it was on the first connection.
///
/// A client is never turned away for what it sends here. A value that cannot be an ID (too long,
/// not UTF-8, given twice) is [malformed](Self::is_malformed): the client has seen something, and
/// nobody knows what, so it should be told of a gap.
///
/// [`SseLayer`](crate::SseLayer) puts it into the request's extensions; with feature `axum` it is
/// an extractor that never rejects.
///
/// ```
/// use http::Request;
/// use sse_tower::LastEventId;
///
/// let request = Request::get("/feed?lastEventId=7").body(()).unwrap();
/// assert_eq!(LastEventId::of(&request).get().unwrap().as_str(), "7");
///
/// let request = Request::get("/feed").body(()).unwrap();
/// assert_eq!(LastEventId::of(&request), LastEventId::none());
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(Given);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Given {
    #[default]
    Nothing,
    Id(EventId),
    Malformed,
}

impl LastEventId {
    /// The longest ID that is taken, in bytes.
    pub const MAX_LENGTH: usize = 1024;

    /// What `request` says.
    #[must_use]
    pub fn of<B>(request: &Request<B>) -> Self {
        Self::read(request.headers(), request.uri())
    }

    /// What a client says that connects for the first time.
    #[must_use]
    pub const fn none() -> Self {
        Self(Given::Nothing)
    }

    /// The ID, if the client has sent one that can be.
    #[must_use]
    pub const fn get(&self) -> Option<&EventId> {
        match &self.0 {
            Given::Id(id) => Some(id),
            Given::Nothing | Given::Malformed => None,
        }
    }

    /// Whether the client has sent something that cannot be an ID.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        matches!(self.0, Given::Malformed)
    }

    fn read(headers: &HeaderMap, uri: &Uri) -> Self {
        let mut fields = headers.get_all(FIELD).iter();
        match (fields.next(), fields.next()) {
            (None, _) => Self::read_query(uri.query().unwrap_or_default()),
            (Some(value), None) => Self::check(value.as_bytes()),
            (Some(_), Some(_)) => Self(Given::Malformed),
        }
    }

    fn read_query(query: &str) -> Self {
        let mut values = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            PARAMETERS.contains(&name).then_some(value)
        });
        match (values.next(), values.next()) {
            (None, _) => Self::none(),
            (Some(value), None) => Self::check(&decode_form(value)),
            (Some(_), Some(_)) => Self(Given::Malformed),
        }
    }

    fn check(value: &[u8]) -> Self {
        let id = || {
            let text = str::from_utf8(value).ok()?;
            EventId::new(text).ok()
        };
        Self(match value.len() {
            0 => Given::Nothing,
            1..=Self::MAX_LENGTH => id().map_or(Given::Malformed, Given::Id),
            _ => Given::Malformed,
        })
    }
}

/// Undoes the encoding of a form's value, in which a space is `+`
/// ([URL, "application/x-www-form-urlencoded"](https://url.spec.whatwg.org/#urlencoded-parsing)).
fn decode_form(value: &str) -> Vec<u8> {
    let spaces = value.replace('+', " ");
    percent_encoding::percent_decode_str(&spaces).collect()
}

const FIELD: HeaderName = HeaderName::from_static("last-event-id");
const PARAMETERS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];

#[cfg(feature = "axum")]
impl<S: Sync> axum_core::extract::FromRequestParts<S> for LastEventId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        _state: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::read(&parts.headers, &parts.uri))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(fields: &[&[u8]], uri: &str) -> LastEventId {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(FIELD, HeaderValue::from_bytes(field).unwrap());
        }
        LastEventId::read(&headers, &uri.parse().unwrap())
    }

    #[test]
    fn it_is_read_from_the_field_or_the_query() {
        for (fields, uri, id) in [
            (&[&b"7"[..]][..], "/", Some("7")),
            (&["é€".as_bytes()], "/", Some("é€")),
            (&[b"7"], "/?lastEventId=6", Some("7")),
            (&[b""], "/?lastEventId=6", None),
            (&[], "/?lastEventId=6", Some("6")),
            (&[], "/?a=b&last_event_id=6", Some("6")),
            (&[], "/?evs_last_event_id=a%2Fb+c%2B", Some("a/b c+")),
            (&[], "/?lastEventId=100%", Some("100%")),
            (&[], "/?lasteventid=6", None),
            (&[], "/?lastEventId=", None),
            (&[], "/", None),
        ] {
            let last = read(fields, uri);
            assert_eq!(last.get().map(EventId::as_str), id, "{fields:?} {uri}");
            assert!(!last.is_malformed());
        }
    }

    #[test]
    fn what_cannot_be_an_id_is_malformed() {
        let long = [b'x'; LastEventId::MAX_LENGTH + 1];
        for (fields, uri) in [
            (&[&b"\xFF"[..]][..], "/"),
            (&[&long], "/"),
            (&[b"1", b"2"], "/"),
            (&[b"1", b"1"], "/"),
            (&[b"", b"1"], "/"),
            (&[b"a\x80"], "/?lastEventId=1"),
            (&["é€".as_bytes(), b"\xC3"], "/"),
            (&[b"\xED\xA0\x80"], "/"),
            (&[], "/?lastEventId=%ED%A0%80"),
            (&[], "/?lastEventId=a%0D"),
            (&[], "/?lastEventId=a%0Ab"),
            (&[], "/?lastEventId=%FF"),
            (&[], "/?lastEventId=1&lastEventId=2"),
            (&[], "/?lastEventId=1&last_event_id=1"),
            (&[], "/?lastEventId=%00"),
        ] {
            let last = read(fields, uri);
            assert!(
                last.is_malformed() && last.get().is_none(),
                "{fields:?} {uri}"
            );
        }
        assert!(read(&[&long[1..]], "/").get().is_some());
        // The limit is of the ID, not of how the query writes it.
        for (escaped, count, is_malformed) in [("%78", 1024, false), ("%78", 1025, true)] {
            let uri = format!("/?lastEventId={}", escaped.repeat(count));
            assert_eq!(read(&[], &uri).is_malformed(), is_malformed);
        }
    }
}
