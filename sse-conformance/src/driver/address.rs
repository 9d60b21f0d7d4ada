//! Where a server is.

use std::net::SocketAddr;

use http::Uri;
use tokio::net::lookup_host;

use crate::suite::server::Unreachable;

/// The parts of a URL with the scheme http or https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// With the query.
    pub(crate) path: String,
}

impl Address {
    /// # Errors
    ///
    /// What is wrong with the URL.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let example = "expected one such as http://127.0.0.1:3000/events";
        let without_fragment = url.split('#').next().unwrap_or_default();
        let uri: Uri = without_fragment
            .parse()
            .map_err(|error| format!("`{url}` is no URL ({error}): {example}"))?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(format!("`{url}` has no scheme http or https: {example}")),
        };
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("`{url}` names no host: {example}"))?;
        Ok(Self {
            secure,
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            path: uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned()),
        })
    }

    /// The address that a `Location` field of this one's response leads to.
    pub(crate) fn redirected(&self, location: &str) -> Result<Self, String> {
        if location.contains("://") {
            return Self::parse(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            let scheme = if self.secure { "https" } else { "http" };
            return Self::parse(&format!("{scheme}://{rest}"));
        }
        let base = self.path.split('?').next().unwrap_or_default();
        let path = match location.as_bytes().first() {
            Some(b'/') => location.to_owned(),
            Some(b'?') => format!("{base}{location}"),
            _ => format!("{}{location}", &base[..=base.rfind('/').unwrap_or(0)]),
        };
        Ok(Self {
            path,
            ..self.clone()
        })
    }

    /// The value of `Host`: browsers leave out the port of the scheme.
    pub(crate) fn authority(&self) -> String {
        let default = if self.secure { 443 } else { 80 };
        if self.port == default {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The origin, as an `Origin` field has it.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// The host without the brackets of an IPv6 address.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// What to connect to, in order of preference.
    ///
    /// # Errors
    ///
    /// Where the host is not known, or is not this machine and `remote` is false.
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
                "`{host}` is {ip}, which is not this machine: the suite opens many connections and \
                 publishes events, so a remote server must be asked for by `--remote` (or \
                 `Target::remote`)"
            )));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let table = [
            ("http://a", (false, "a", 80, "/"), "http://a"),
            ("https://a/b?c#d", (true, "a", 443, "/b?c"), "https://a"),
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
    fn what_is_no_url_is_refused_with_an_example() {
        for url in [
            "",
            "a",
            "/a",
            "127.0.0.1:80",
            "ftp://a/",
            "http://",
            "http://a b/",
        ] {
            let error = Address::parse(url).expect_err(url);
            assert!(error.contains("http://127.0.0.1:3000/events"), "{error}");
        }
    }

    #[test]
    fn redirects_are_relative_to_the_address() {
        let base = Address::parse("http://a:1/b/c?d").expect("a URL");
        let table = [
            ("https://x/y", "https://x", "/y"),
            ("//x/y", "http://x", "/y"),
            ("/y", "http://a:1", "/y"),
            ("y?z", "http://a:1", "/b/y?z"),
            ("?z", "http://a:1", "/b/c?z"),
        ];
        for (location, origin, path) in table {
            let address = base.redirected(location).expect(location);
            assert_eq!(
                (address.origin().as_str(), address.path.as_str()),
                (origin, path)
            );
        }
    }
}
