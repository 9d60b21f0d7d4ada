//! The address of a server, and how to log in.

use std::borrow::Cow;

use ::redis::RedisConnectionInfo;
use percent_encoding::percent_decode_str;
use rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::redis::error::{RedisError, RedisErrorKind};

const PORT: u16 = 6379;

/// A server as its URL describes it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The name in the certificate, with TLS.
    pub(crate) tls_name: Option<ServerName<'static>>,
    pub(crate) login: RedisConnectionInfo,
}

impl Server {
    /// Reads a URL such as `rediss://user:password@example.org:6380/1`.
    pub(crate) fn parse(url: &str) -> Result<Self, RedisError> {
        let invalid = |cause: &str| RedisError::new(RedisErrorKind::InvalidUrl, cause);
        // The URL itself is not in the messages, since it may have a password.
        let url = Url::parse(url).map_err(|error| invalid(&error.to_string()))?;
        let has_tls = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            _ => return Err(invalid("the scheme is neither redis nor rediss")),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("there is a query or a fragment"));
        }
        let host = match url.host() {
            // The URL keeps the brackets of an IPv6 address.
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(invalid("the host is missing")),
        };
        if host.is_empty() {
            return Err(invalid("the host is missing"));
        }
        let tls_name = match has_tls {
            true => Some(
                ServerName::try_from(host.clone())
                    .map_err(|_| invalid("the host is not a name for TLS"))?,
            ),
            false => None,
        };
        let database = match url.path().trim_start_matches('/') {
            "" => 0,
            path => path
                .parse::<u32>()
                .map_err(|_| invalid("the path is not the number of a database"))?,
        };
        let decode = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().map(Cow::into_owned);
            text.map_err(|_| invalid("the user or the password is not UTF-8"))
        };
        let mut login = RedisConnectionInfo::default()
            .set_db(i64::from(database))
            .set_skip_set_lib_name();
        if let Some(password) = url.password() {
            login = login.set_password(decode(password)?);
        }
        if !url.username().is_empty() {
            if url.password().is_none() {
                return Err(invalid("there is a user, but no password"));
            }
            login = login.set_username(decode(url.username())?);
        }
        Ok(Self {
            port: url.port().unwrap_or(PORT),
            host,
            tls_name,
            login,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read() {
        for (url, host, port, has_tls, login) in [
            ("redis://localhost", "localhost", 6379, false, (None, None)),
            ("redis://localhost:1/", "localhost", 1, false, (None, None)),
            ("rediss://[::1]:2/3", "::1", 2, true, (None, None)),
            (
                "redis://:p%40ss@127.0.0.1",
                "127.0.0.1",
                6379,
                false,
                (None, Some("p@ss")),
            ),
            ("redis://a:b@c/0", "c", 6379, false, (Some("a"), Some("b"))),
        ] {
            let server = Server::parse(url).unwrap();
            assert_eq!((&*server.host, server.port), (host, port), "{url}");
            assert_eq!(server.tls_name.is_some(), has_tls, "{url}");
            let found = (server.login.username(), server.login.password());
            assert_eq!(found, login, "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_without_their_password() {
        for url in [
            "",
            "localhost",
            "localhost:6379",
            "http://localhost",
            "redis://",
            "redis:///1",
            "redis://:secret@localhost/x",
            "redis://:secret@localhost/-1",
            "redis://user@localhost",
            "redis://:secret@localhost?protocol=3",
            "rediss://:secret@localhost#insecure",
            "redis://:%ff@localhost",
            "rediss://:secret@-",
        ] {
            let error = Server::parse(url).unwrap_err();
            assert_eq!(error.kind(), RedisErrorKind::InvalidUrl, "{url}");
            assert!(!format!("{error:?}").contains("secret"), "{url}: {error:?}");
        }
    }
}
