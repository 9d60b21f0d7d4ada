//! Reads the last event ID that a client sends when it reconnects.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, Request, request::Parts};
use sse_proto::EventId;

use crate::query;

/// The ID of the last event that the client has received.
///
/// It is read from the `Last-Event-ID` header field ([HTML][standard]). If that is absent, it is
/// read from a query parameter, because polyfills and protocols such as Mercure use a parameter
/// when a client cannot set header fields. The parameter is named `lastEventId`, `lastEventID`,
/// `last_event_id`, `evs_last_event_id` or `Last-Event-ID`, percent-encoded or not. The header
/// field takes precedence, because the URL of an `EventSource` stays the same on every connection.
///
/// No client is refused because of its ID. A value that cannot be an ID (too long, not UTF-8, or
/// sent twice) is [malformed](Self::is_malformed). The client has seen some event, but the server
/// cannot know which one, so it should report a gap.
///
/// [`SseLayer`](crate::SseLayer) adds it to the extensions of the request. With feature `axum`, it
/// is an extractor that never rejects a request.
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
/// If IDs are numbers or another type of the application, use [`parse`](Self::parse).
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(Sent);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Sent {
    #[default]
    Nothing,
    Id(EventId),
    Malformed,
}

impl LastEventId {
    /// The maximum length of an ID in bytes: the same as for an [ID that a server
    /// creates](EventId::MAX_LENGTH).
    pub const MAX_LENGTH: usize = EventId::MAX_LENGTH;

    /// Reads the ID from the header fields and the query of `request`.
    #[must_use]
    pub fn of<B>(request: &Request<B>) -> Self {
        Self::from_headers_or_query(request.headers(), request.uri().query())
    }

    /// Reads the ID from the header fields and the query of a request's head, as [`of`](Self::of) does.
    ///
    /// ```
    /// use http::Request;
    /// use sse_tower::LastEventId;
    ///
    /// let (head, _body) = Request::get("/feed?lastEventID=7").body(()).unwrap().into_parts();
    /// assert_eq!(LastEventId::from_parts(&head).get().unwrap().as_str(), "7");
    /// ```
    #[must_use]
    pub fn from_parts(head: &Parts) -> Self {
        Self::from_headers_or_query(&head.headers, head.uri.query())
    }

    /// Reads the ID only from the header field `Last-Event-ID`.
    ///
    /// Use it in frameworks that give handlers only the header fields. If clients send the ID in
    /// the query, use [`of`](Self::of) or [`from_parts`](Self::from_parts).
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue};
    /// use sse_tower::LastEventId;
    ///
    /// let mut headers = HeaderMap::new();
    /// assert_eq!(LastEventId::from_headers(&headers), LastEventId::none());
    /// headers.insert("last-event-id", HeaderValue::from_static("7"));
    /// assert_eq!(LastEventId::from_headers(&headers).get().unwrap().as_str(), "7");
    /// ```
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self::from_headers_or_query(headers, None)
    }

    /// Returns the value for a client that sends no ID because it connects for the first time.
    #[must_use]
    pub const fn none() -> Self {
        Self(Sent::Nothing)
    }

    /// Returns the ID if the client has sent a valid one.
    #[must_use]
    pub const fn get(&self) -> Option<&EventId> {
        match &self.0 {
            Sent::Id(id) => Some(id),
            Sent::Nothing | Sent::Malformed => None,
        }
    }

    /// Returns whether the client has sent something that cannot be an ID.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        matches!(self.0, Sent::Malformed)
    }

    /// Parses the ID as a value of the application, such as a number.
    ///
    /// The result is an enum with three cases, because each needs a different response: a new
    /// client, a client that may have missed events, and a client that resumes. The enum has no
    /// `unwrap`, because a client can send anything.
    ///
    /// The value can be any `T`, even one that this server never used as an ID. Compare it with the
    /// IDs in the log. If you compute with it, use checked operations: `id + 1` panics or wraps for
    /// `18446744073709551615`.
    ///
    /// With axum:
    ///
    /// ```
    /// # #[cfg(all(feature = "axum", feature = "tokio"))] {
    /// use std::{collections::BTreeMap, convert::Infallible, ops::Bound, sync::Arc};
    ///
    /// use axum::{Router, extract::State, routing::get};
    /// use sse_tower::{Event, EventType, LastEventId, Sse, last_event_id::ParsedId};
    /// use tokio_stream::Stream;
    ///
    /// const GAP: EventType = EventType::from_static("gap");
    ///
    /// type Log = Arc<BTreeMap<u64, String>>;
    ///
    /// async fn feed(
    ///     last: LastEventId,
    ///     State(log): State<Log>,
    /// ) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    ///     let (gap, after) = match last.parse::<u64>() {
    ///         ParsedId::Absent => (false, Bound::Unbounded),
    ///         ParsedId::Value(id) if log.contains_key(&id) => (false, Bound::Excluded(id)),
    ///         ParsedId::Value(_) | ParsedId::Unreadable => (true, Bound::Unbounded),
    ///     };
    ///     let gap = gap.then(|| Event::from_static("some events are missing").with_type(GAP));
    ///     let events = log.range((after, Bound::Unbounded));
    ///     let events = events.map(|(id, text)| Event::new(text.as_str()).with_id(*id));
    ///     let events: Vec<_> = gap.into_iter().chain(events).map(Ok).collect();
    ///     Sse::new(tokio_stream::iter(events))
    /// }
    ///
    /// let app: Router = Router::new().route("/feed", get(feed)).with_state(Log::default());
    /// # use http::Request;
    /// # use sse_tower::testing::EventReader;
    /// # use tower::ServiceExt;
    /// # let log: Log = Arc::new((1..=3).map(|id| (id, "entry".to_owned())).collect());
    /// # let app: Router = Router::new().route("/feed", get(feed)).with_state(log);
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # for (sent, count) in [("", 3), ("2", 1), ("-1", 4), ("abc", 4), ("18446744073709551615", 4)] {
    /// #     let request = Request::get("/feed").header("last-event-id", sent);
    /// #     let response = app.clone().oneshot(request.body(axum::body::Body::empty()).unwrap());
    /// #     let mut reader = EventReader::new(response.await.unwrap());
    /// #     assert_eq!(reader.rest().await.len(), count, "{sent}");
    /// # }
    /// # });
    /// # }
    /// ```
    ///
    /// If a stream can start at any value, such as a counter, the value alone is enough:
    ///
    /// ```
    /// use sse_tower::LastEventId;
    ///
    /// let seen = LastEventId::none().parse::<u64>().value().unwrap_or(0);
    /// assert_eq!(seen.checked_add(1), Some(1));
    /// ```
    #[must_use]
    pub fn parse<T: FromStr>(&self) -> ParsedId<T> {
        match &self.0 {
            Sent::Nothing => ParsedId::Absent,
            Sent::Malformed => ParsedId::Unreadable,
            Sent::Id(id) => match id.as_str().parse() {
                Ok(value) => ParsedId::Value(value),
                Err(_) => ParsedId::Unreadable,
            },
        }
    }

    fn from_headers_or_query(headers: &HeaderMap, query: Option<&str>) -> Self {
        let fields = headers.get_all(FIELD).iter();
        let query = query.unwrap_or_default();
        let parameters = query::parameters(query).filter(|(name, _)| PARAMETERS.contains(&&**name));
        Self::only(fields)
            .or_else(|| Self::only(parameters.map(|(_, value)| value)))
            .unwrap_or_default()
    }

    /// Reads the ID from a single value. Several values are malformed.
    fn only<V: AsRef<[u8]>>(mut values: impl Iterator<Item = V>) -> Option<Self> {
        let first = values.next()?;
        Some(match values.next() {
            None => Self::check(first.as_ref()),
            Some(_) => Self(Sent::Malformed),
        })
    }

    fn check(value: &[u8]) -> Self {
        let id = || {
            let text = str::from_utf8(value).ok()?;
            EventId::new(text).ok()
        };
        Self(match value.len() {
            0 => Sent::Nothing,
            1..=Self::MAX_LENGTH => id().map_or(Sent::Malformed, Sent::Id),
            _ => Sent::Malformed,
        })
    }
}

/// Converts the ID. An empty one counts as no ID.
impl From<EventId> for LastEventId {
    fn from(id: EventId) -> Self {
        match id.as_str().is_empty() {
            true => Self::none(),
            false => Self(Sent::Id(id)),
        }
    }
}

/// The result of [`LastEventId::parse`].
///
/// It has exactly these three cases, so that a `match` without `_` covers them.
///
/// ```
/// use http::Request;
/// use sse_tower::{LastEventId, last_event_id::ParsedId};
///
/// for (sent, parsed) in [
///     ("", ParsedId::Absent),
///     ("7", ParsedId::Value(7)),
///     ("-1", ParsedId::Unreadable),
///     ("18446744073709551616", ParsedId::Unreadable),
/// ] {
///     let request = Request::get("/feed").header("last-event-id", sent).body(()).unwrap();
///     assert_eq!(LastEventId::of(&request).parse::<u64>(), parsed);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParsedId<T> {
    /// The client sent no ID, so it has seen no event.
    Absent,
    /// The client sent something that is [malformed](LastEventId::is_malformed) or not a `T`. It
    /// may have missed events, so report a gap.
    Unreadable,
    /// The client says that this is the last ID it has seen. The server may never have sent it.
    Value(T),
}

impl<T> ParsedId<T> {
    /// Returns the value, if there is one.
    ///
    /// Use it only if a missing and an unreadable ID get the same response.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

const FIELD: HeaderName = HeaderName::from_static("last-event-id");
/// Names of the query parameter. Clients use it if they cannot set header fields.
const PARAMETERS: [&[u8]; 5] = [
    b"lastEventId",
    // Mercure. Earlier versions use the name of the header field.
    b"lastEventID",
    b"Last-Event-ID",
    // Polyfills for `EventSource`.
    b"last_event_id",
    b"evs_last_event_id",
];

#[cfg(feature = "axum")]
impl<S: Sync> axum_core::extract::FromRequestParts<S> for LastEventId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        _state: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::from_parts(parts))
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
        let (mut head, ()) = Request::get(uri).body(()).unwrap().into_parts();
        head.headers = headers;
        LastEventId::from_parts(&head)
    }

    #[test]
    fn the_id_is_read_from_the_field_or_the_query() {
        for (fields, uri, id) in [
            (&[&b"7"[..]][..], "/", Some("7")),
            (&["é€".as_bytes()], "/", Some("é€")),
            (&[b"7"], "/?lastEventId=6", Some("7")),
            (&[b""], "/?lastEventId=6", None),
            (&[], "/?lastEventId=6", Some("6")),
            (&[], "/?a=b&last_event_id=6", Some("6")),
            (&[], "/?evs_last_event_id=a%2Fb+c%2B", Some("a/b c+")),
            (&[], "/?lastEventId=100%", Some("100%")),
            (&[b"a+b%20c"], "/", Some("a+b%20c")),
            (&[b"7"], "/?lastEventID=6&lastEventID=5", Some("7")),
            (&[b"7"], "/?lastEventID=%00", Some("7")),
            (&[], "/?lastEventID=6", Some("6")),
            (&[], "/?Last-Event-ID=urn%3auuid%3A6", Some("urn:uuid:6")),
            (&[], "/?topic=a&lastEventID=6&topic=b", Some("6")),
            (&[], "/?%6cast%45ventID=6", Some("6")),
            (&[], "/?Last%2DEvent%2did=6", None),
            (&[], "/?Last%2DEvent%2dID=6", Some("6")),
            (&[], "/?last%5Fevent%5Fid=a%2Bb+c%20d", Some("a+b c d")),
            (&[], "/?last+event+id=6", None),
            (&[], "/?lastEventID=a%252Bb", Some("a%2Bb")),
            (&[], "/?lastEventID=a=b", Some("a=b")),
            (&[], "/?lastEventID", None),
            (&[], "/?x=lastEventID=6", None),
            (&[], "/?xlastEventID=6&lastEventIDx=5", None),
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
    fn values_that_cannot_be_an_id_are_malformed() {
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
            (&[b"a\tb"], "/"),
            (&[], "/?lastEventId=+7"),
            (&[], "/?lastEventId=a%01b"),
            (&[], "/?lastEventId=1&lastEventId=2"),
            (&[], "/?lastEventId=1&last_event_id=1"),
            (&[], "/?lastEventId=1&lastEventID=1"),
            (&[], "/?lastEventID=1&last%45ventID=1"),
            (&[], "/?lastEventID=1&lastEventID"),
            (&[], "/?lastEventId=%00"),
        ] {
            let last = read(fields, uri);
            assert!(
                last.is_malformed() && last.get().is_none(),
                "{fields:?} {uri}"
            );
        }
        assert!(read(&[&long[1..]], "/").get().is_some());
        // The limit applies to the decoded ID.
        for (count, is_malformed) in [(4096, false), (4097, true)] {
            let uri = format!("/?lastEventId={}", "%78".repeat(count));
            assert_eq!(read(&[], &uri).is_malformed(), is_malformed);
        }
    }

    #[test]
    fn an_id_is_parsed_into_three_cases() {
        let max = u64::MAX.to_string();
        let huge = "9".repeat(1000);
        let too_long = "9".repeat(5000);
        for (field, number) in [
            (None, ParsedId::Absent),
            (Some(""), ParsedId::Absent),
            (Some("0"), ParsedId::Value(0)),
            (Some("41"), ParsedId::Value(41)),
            (Some(&*max), ParsedId::Value(u64::MAX)),
            (Some("18446744073709551616"), ParsedId::Unreadable),
            (Some("-1"), ParsedId::Unreadable),
            (Some("abc"), ParsedId::Unreadable),
            (Some("1.5"), ParsedId::Unreadable),
            (Some("41 "), ParsedId::Unreadable),
            (Some(&*huge), ParsedId::Unreadable),
            (Some(&*too_long), ParsedId::Unreadable),
        ] {
            let field: Vec<_> = field.iter().map(|field| field.as_bytes()).collect();
            let parsed = read(&field, "/").parse::<u64>();
            assert_eq!(parsed, number, "{field:?}");
            let expected = match number {
                ParsedId::Value(number) => Some(number),
                _ => None,
            };
            assert_eq!(parsed.value(), expected, "{field:?}");
        }
        let twice = read(&[b"1", b"1"], "/");
        assert_eq!(twice.parse::<u64>(), ParsedId::Unreadable);
        let text = read(&[b"a-1"], "/").parse::<String>();
        assert_eq!(text, ParsedId::Value("a-1".to_owned()));
        assert_eq!(read(&[], "/?lastEventId=7").parse(), ParsedId::Value(7));
    }
}
