//! The address of a server, and the address that a redirect leads to.

use std::net::SocketAddr;

use tokio::net::lookup_host;
use url::{Position, Url};

use crate::driver::unreachable::Unreachable;

/// Ends the message about a URL that is wrong.
const EXAMPLE: &str = "expected a URL such as http://127.0.0.1:3000/events";

/// The parts of a URL with the scheme http or https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The path with the query.
    pub(crate) path: String,
}

impl Address {
    /// Reads the URL that a user gives.
    ///
    /// # Errors
    ///
    /// Fails if the text is not a URL of http or https, or contains credentials, which reports
    /// would show.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("`{text}`: {error}; {EXAMPLE}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let host = url.host_str().unwrap_or_default();
            return Err(format!(
                "the URL for `{host}` contains a user name or a password, which reports would \
                 show: remove them, and give `--header 'authorization: Basic …'`"
            ));
        }
        Self::of(&url).map_err(|why| format!("`{text}` {why}; {EXAMPLE}"))
    }

    fn of(url: &Url) -> Result<Self, String> {
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(format!("has the scheme {other}, not http or https")),
        };
        // The URL standard gives every URL of these schemes a host and a port.
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err("has no host".to_owned());
        };
        Ok(Self {
            secure,
            host: host.to_owned(),
            port,
            path: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        })
    }

    /// Returns the address that a `Location` field in a response from this address leads to, by the
    /// [URL standard](https://url.spec.whatwg.org/#concept-basic-url-parser). Credentials and
    /// fragments are not sent.
    ///
    /// # Errors
    ///
    /// Returns why the field does not lead to an address.
    pub(crate) fn redirected(&self, location: &str) -> Result<Self, String> {
        Url::parse(&self.url())
            .and_then(|base| base.join(location))
            .map_err(|error| error.to_string())
            .and_then(|url| Self::of(&url))
            .map_err(|why| format!("the Location `{location}` cannot be followed: {why}"))
    }

    /// Returns the URL without a fragment.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    /// Returns the same URL with the other scheme, for a hint.
    pub(crate) fn with_other_scheme(&self) -> String {
        let other = Self {
            secure: !self.secure,
            ..self.clone()
        };
        other.url()
    }

    /// Returns the value of `Host`. Like browsers, it leaves out the default port of the scheme.
    pub(crate) fn authority(&self) -> String {
        let default = if self.secure { 443 } else { 80 };
        if self.port == default {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Returns the origin as in an `Origin` field.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// Returns the host without the brackets of an IPv6 address.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the socket addresses to connect to, in order of preference.
    ///
    /// # Errors
    ///
    /// Fails if the host is unknown, or if it is not this machine and `remote` is false.
    pub(crate) async fn resolve(&self, remote: bool) -> Result<Vec<SocketAddr>, Unreachable> {
        let host = self.bare_host();
        let found: Vec<_> = lookup_host((host, self.port))
            .await
            .map_err(|error| {
                Unreachable::Silent(format!("cannot find the host `{host}`: {error}"))
            })?
            .collect();
        if found.is_empty() {
            let why = format!("the host `{host}` has no address");
            return Err(Unreachable::Silent(why));
        }
        let foreign = found.iter().find(|found| !found.ip().is_loopback());
        if let Some(foreign) = foreign.filter(|_| !remote) {
            let ip = foreign.ip();
            return Err(Unreachable::Target(format!(
                "`{host}` is {ip}, which is not this machine. The suite opens many connections \
                 and publishes events, so a remote server needs `--remote` (or `Target::remote`)"
            )));
        }
        Ok(found)
    }
}

/// Checks the text of an origin: a scheme, a host and optionally a port, as browsers write it.
///
/// # Errors
///
/// Fails with a suggestion if the text is not an origin.
pub(crate) fn check_origin(text: &str) -> Result<(), String> {
    let wrong = |hint: &str| {
        Err(format!(
            "`{text}` is not an origin: write scheme, host and port as a browser does, such as {hint}"
        ))
    };
    let Ok(url) = Url::parse(text) else {
        return wrong("https://app.example");
    };
    let origin = url[..Position::BeforePath].to_owned();
    let has_user = !url.username().is_empty() || url.password().is_some();
    match url.host_str() {
        None | Some("") => wrong("https://app.example"),
        Some(_) if has_user => wrong("https://app.example"),
        Some(_) if origin == text => Ok(()),
        Some(_) => wrong(&origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_parts() {
        let table = [
            ("http://a", (false, "a", 80, "/"), "http://a"),
            ("https://a/b?c#d", (true, "a", 443, "/b?c"), "https://a"),
            ("http://a?b", (false, "a", 80, "/?b"), "http://a"),
            ("http://a/b/../é", (false, "a", 80, "/%C3%A9"), "http://a"),
            ("HTTP://A:80/", (false, "a", 80, "/"), "http://a"),
            (
                "http://[::1]:8/",
                (false, "[::1]", 8, "/"),
                "http://[::1]:8",
            ),
        ];
        for (url, (secure, host, port, path), origin) in table {
            let address = Address::parse(url).expect(url);
            let seen = (address.secure, address.host.as_str(), address.port);
            assert_eq!(seen, (secure, host, port), "{url}");
            assert_eq!(address.path, path, "{url}");
            assert_eq!(address.origin(), origin, "{url}");
        }
    }

    #[test]
    fn an_invalid_url_is_refused_with_an_example() {
        for url in [
            "",
            "a",
            "/a",
            "127.0.0.1:80",
            "localhost:80/a",
            "ftp://a/",
            "http://",
            "http://a b/",
            "http://a:99999/",
        ] {
            let error = Address::parse(url).expect_err(url);
            assert!(error.contains("http://127.0.0.1:3000/events"), "{error}");
        }
    }

    #[test]
    fn credentials_are_refused_and_not_shown() {
        for url in ["http://user:secret@a/", "https://secret@a/"] {
            let error = Address::parse(url).expect_err(url);
            assert!(error.contains("--header"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn redirects_follow_the_url_standard() {
        let base = Address::parse("http://a:1/b/c?d").expect("a URL");
        let table = [
            ("https://x/y", "https://x", "/y"),
            ("//x/y", "http://x", "/y"),
            ("/y", "http://a:1", "/y"),
            ("y?z", "http://a:1", "/b/y?z"),
            ("?z", "http://a:1", "/b/c?z"),
            ("", "http://a:1", "/b/c?d"),
            ("#f", "http://a:1", "/b/c?d"),
            ("/y#f", "http://a:1", "/y"),
            (
                "/live?next=http://x/y",
                "http://a:1",
                "/live?next=http://x/y",
            ),
            ("y?next=http://x", "http://a:1", "/b/y?next=http://x"),
            (".", "http://a:1", "/b/"),
            ("..", "http://a:1", "/"),
            ("../../../y", "http://a:1", "/y"),
            ("./y/./z/../w", "http://a:1", "/b/y/w"),
            ("/%2e%2e/y", "http://a:1", "/y"),
            ("http://x", "http://x", "/"),
            ("http://x?q", "http://x", "/?q"),
            ("http://user:secret@x/y", "http://x", "/y"),
            ("/é ü", "http://a:1", "/%C3%A9%20%C3%BC"),
            (
                "http://bücher.example/",
                "http://xn--bcher-kva.example",
                "/",
            ),
            ("HTTP://X:80/Y", "http://x", "/Y"),
            ("http:y", "http://a:1", "/b/y"),
            (r"\y\z", "http://a:1", "/y/z"),
            ("  /y\t", "http://a:1", "/y"),
            ("y:z", "", ""),
            ("ftp://x/", "", ""),
            ("javascript:alert(1)", "", ""),
            ("http://", "", ""),
            ("http://a b/", "", ""),
            ("http://x:99999/", "", ""),
        ];
        for (location, origin, path) in table {
            match base.redirected(location) {
                Ok(address) => {
                    let seen = (address.origin(), address.path.as_str());
                    assert_eq!(seen, (origin.to_owned(), path), "{location}");
                }
                Err(why) => assert_eq!((origin, path), ("", ""), "{location}: {why}"),
            }
        }
    }

    #[test]
    fn origins_are_accepted_only_as_browsers_write_them() {
        for right in [
            "https://app.example",
            "http://127.0.0.1:3000",
            "http://[::1]:8",
            "capacitor://localhost",
            "chrome-extension://abcdefgh",
        ] {
            assert_eq!(check_origin(right), Ok(()));
        }
        for (wrong, hint) in [
            ("foo", "such as https://app.example"),
            ("", "such as https://app.example"),
            ("null", "such as https://app.example"),
            ("*", "such as https://app.example"),
            ("app.example", "such as https://app.example"),
            ("https://app.example/", "such as https://app.example"),
            ("https://app.example/a?b#c", "such as https://app.example"),
            ("https://App.Example", "such as https://app.example"),
            ("https://app.example:443", "such as https://app.example"),
            ("https://user@app.example", "such as https://app.example"),
            ("https://b.example:8443/", "such as https://b.example:8443"),
            ("data:text/plain,a", "such as https://app.example"),
        ] {
            let error = check_origin(wrong).expect_err(wrong);
            assert!(error.ends_with(hint), "{wrong}: {error}");
        }
    }
}
