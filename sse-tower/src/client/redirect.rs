//! Redirects, as in [Fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch).

use std::{error::Error, fmt};

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use url::Url;

/// The largest number of redirects that are followed in one attempt, as in Fetch.
pub(super) const MAX_REDIRECTS: usize = 20;

/// Header fields that are secrets of one origin, even if they are not marked as sensitive.
const SECRETS: [&str; 8] = [
    "authorization",
    "cookie",
    "cookie2",
    "proxy-authorization",
    "api-key",
    "x-api-key",
    "x-auth-token",
    "x-goog-api-key",
];

/// Header fields that describe a body.
const OF_BODY: [header::HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
];

/// The scheme and host of a request that has only a path.
const NO_ORIGIN: &str = "http://no-origin.invalid";

/// The reason why a redirect cannot be followed.
#[derive(Debug)]
pub(super) enum RedirectError {
    TooMany,
    NoLocation,
    InvalidLocation(HeaderValue),
    Scheme(String),
}

/// The target of an attempt after a redirect.
#[derive(Clone, Debug)]
pub(super) struct Target {
    uri: Uri,
    /// The request becomes a GET without a body.
    is_get: bool,
    /// A redirect of this attempt has led to another origin.
    is_foreign: bool,
}

pub(super) const fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

impl Target {
    /// Returns the target of a redirect that answered a request with this method and URI.
    pub(super) fn of(
        status: StatusCode,
        headers: &HeaderMap,
        method: &Method,
        uri: &Uri,
        before: Option<&Self>,
    ) -> Result<Self, RedirectError> {
        let location = headers
            .get(header::LOCATION)
            .ok_or(RedirectError::NoLocation)?;
        let invalid = || RedirectError::InvalidLocation(location.clone());
        let text = std::str::from_utf8(location.as_bytes()).map_err(|_| invalid())?;
        let base = match uri.authority() {
            Some(_) => Url::parse(&uri.to_string()),
            None => Url::parse(NO_ORIGIN).and_then(|origin| origin.join(&uri.to_string())),
        };
        let base = base.map_err(|_| invalid())?;
        let mut url = base.join(text).map_err(|_| invalid())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(RedirectError::Scheme(url.scheme().to_owned()));
        }
        url.set_fragment(None);
        // URLs with scheme http always have a host, so these parts can be changed.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let is_foreign = url.origin() != base.origin();
        let text = url.as_str();
        let text = text.strip_prefix(NO_ORIGIN).unwrap_or(text);
        let is_get = match status.as_u16() {
            301 | 302 => *method == Method::POST,
            303 => *method != Method::HEAD,
            _ => false,
        };
        Ok(Self {
            uri: text.parse().map_err(|_| invalid())?,
            is_get: is_get || before.is_some_and(|before| before.is_get),
            is_foreign: is_foreign || before.is_some_and(|before| before.is_foreign),
        })
    }

    /// Returns whether the redirected request has no body. Then it has the head of the previous request.
    pub(super) fn has_no_body(&self, method: &Method) -> bool {
        self.is_get || matches!(*method, Method::GET | Method::HEAD)
    }

    /// Redirects the head of a request.
    pub(super) fn apply(&self, head: &mut Parts) {
        head.uri = self.uri.clone();
        if self.is_get {
            head.method = Method::GET;
        }
        if self.has_no_body(&head.method) {
            for name in &OF_BODY {
                head.headers.remove(name);
            }
        }
        if self.is_foreign {
            head.headers.remove(header::HOST);
            for name in SECRETS {
                head.headers.remove(name);
            }
            let sensitive = head
                .headers
                .iter()
                .filter(|(_, value)| value.is_sensitive());
            let sensitive: Vec<_> = sensitive.map(|(name, _)| name.clone()).collect();
            for name in sensitive {
                head.headers.remove(name);
            }
        }
    }
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "there were more than {MAX_REDIRECTS} redirects"),
            Self::NoLocation => f.write_str("the response has no Location"),
            Self::InvalidLocation(location) => write!(f, "its Location is no URL: {location:?}"),
            Self::Scheme(scheme) => write!(
                f,
                "its Location has the scheme {scheme:?}, and only http and https are followed"
            ),
        }
    }
}

impl Error for RedirectError {}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(method: Method, uri: &str) -> Parts {
        let request = Request::builder().method(method).uri(uri);
        let request = request
            .header("authorization", "secret")
            .header("x-api-key", "secret")
            .header("content-type", "application/json")
            .header("last-event-id", "7");
        let mut marked = HeaderValue::from_static("secret");
        marked.set_sensitive(true);
        let request = request.header("x-own-token", marked);
        request.body(()).unwrap().into_parts().0
    }

    fn redirected(status: u16, head: &mut Parts, location: &str) -> Result<(), RedirectError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::LOCATION,
            HeaderValue::from_bytes(location.as_bytes()).unwrap(),
        );
        let status = StatusCode::from_u16(status).unwrap();
        Target::of(status, &headers, &head.method, &head.uri, None)?.apply(head);
        Ok(())
    }

    #[test]
    fn locations_are_resolved_by_the_url_standard() {
        for (uri, location, expected) in [
            ("http://a.test/x/y?q", "z", "http://a.test/x/z"),
            (
                "http://a.test/x/y",
                "/z?a=b#fragment",
                "http://a.test/z?a=b",
            ),
            ("http://a.test/x/y", "../z/./w", "http://a.test/z/w"),
            ("http://a.test/x/y", "//b.test", "http://b.test/"),
            ("http://a.test/x/y", "?p", "http://a.test/x/y?p"),
            ("http://a.test/x", "HTTPS://B.test:443/", "https://b.test/"),
            ("http://a.test/x", "/é?é", "http://a.test/%C3%A9?%C3%A9"),
            (
                "http://a.test/x",
                "http://user:pw@a.test/z",
                "http://a.test/z",
            ),
            ("http://a.test/x", "", "http://a.test/x"),
            ("/x/y", "z", "/x/z"),
            ("/x/y", "http://b.test/z", "http://b.test/z"),
        ] {
            let mut head = request(Method::GET, uri);
            redirected(307, &mut head, location).unwrap();
            assert_eq!(head.uri.to_string(), expected, "{location}");
        }
    }

    #[test]
    fn what_cannot_be_followed_says_why() {
        for (location, why) in [
            ("ftp://a.test/", "scheme \"ftp\""),
            ("javascript:alert(1)", "scheme \"javascript\""),
            ("http://[", "no URL: \"http://[\""),
            ("http://a.test:99999/", "no URL"),
        ] {
            let mut head = request(Method::GET, "http://a.test/");
            let error = redirected(302, &mut head, location).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn the_method_and_the_body_are_those_of_fetch() {
        for (status, method, expected, has_type) in [
            (301, Method::POST, Method::GET, false),
            (302, Method::POST, Method::GET, false),
            (303, Method::POST, Method::GET, false),
            (307, Method::POST, Method::POST, true),
            (308, Method::POST, Method::POST, true),
            (301, Method::PUT, Method::PUT, true),
            (303, Method::PUT, Method::GET, false),
            (303, Method::HEAD, Method::HEAD, false),
            (307, Method::GET, Method::GET, false),
        ] {
            let mut head = request(method.clone(), "http://a.test/");
            redirected(status, &mut head, "/b").unwrap();
            assert_eq!(head.method, expected, "{status} {method}");
            let is_there = head.headers.contains_key(header::CONTENT_TYPE);
            assert_eq!(is_there, has_type, "{status} {method}");
        }
    }

    #[test]
    fn secrets_stay_at_their_origin() {
        for (location, stays) in [
            ("/b", true),
            ("http://a.test:80/b", true),
            ("http://b.test/b", false),
            ("http://a.test:81/b", false),
            ("https://a.test/b", false),
        ] {
            let mut head = request(Method::GET, "http://a.test/");
            redirected(307, &mut head, location).unwrap();
            for name in ["authorization", "x-api-key", "x-own-token"] {
                assert_eq!(head.headers.contains_key(name), stays, "{location} {name}");
            }
            assert_eq!(head.headers["last-event-id"], "7");
        }
    }

    #[test]
    fn secrets_do_not_come_back_with_a_second_redirect() {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, HeaderValue::from_static("http://b.test/"));
        let status = StatusCode::TEMPORARY_REDIRECT;
        let uri = Uri::from_static("http://a.test/");
        let first = Target::of(status, &headers, &Method::POST, &uri, None).unwrap();
        headers.insert(header::LOCATION, HeaderValue::from_static("/c"));
        let second = Target::of(status, &headers, &Method::POST, &first.uri, Some(&first)).unwrap();
        // The closure makes a request with a body again, with its secrets.
        let mut head = request(Method::POST, "http://a.test/");
        second.apply(&mut head);
        assert_eq!(head.uri.to_string(), "http://b.test/c");
        assert!(!head.headers.contains_key("authorization"));
    }
}
