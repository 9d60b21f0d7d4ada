//! An origin, as a browser sends it.

use std::{error::Error, fmt, net::Ipv6Addr, str::FromStr};

/// An origin: scheme, host and, unless it is the scheme's own, port
/// ([RFC 6454, 6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)).
///
/// It is compared with the `Origin` field byte for byte, so it must be written as browsers write
/// it; what they never send is refused here, where it can be seen.
///
/// ```
/// use sse_tower::Origin;
///
/// assert!(Origin::new("https://app.example").is_ok());
/// assert!(Origin::new("http://localhost:3000").is_ok());
/// let error = Origin::new("https://app.example/").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#""https://app.example/" is not an origin: nothing may follow the host and port"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// Checks `text`.
    ///
    /// # Errors
    /// If no browser would send `text` as an origin. The error says why.
    pub fn new(text: &str) -> Result<Self, InvalidOrigin> {
        match fault_of(text) {
            None => Ok(Self(text.into())),
            Some(fault) => Err(InvalidOrigin {
                text: text.into(),
                fault,
            }),
        }
    }

    /// An origin known when the program is written.
    ///
    /// # Panics
    /// If no browser would send `text` as an origin.
    #[must_use]
    #[track_caller]
    pub fn from_static(text: &'static str) -> Self {
        match Self::new(text) {
            Ok(origin) => origin,
            Err(error) => panic!("{error}"),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn fault_of(text: &str) -> Option<&'static str> {
    let Some((scheme, authority)) = text.split_once("://") else {
        return Some("it needs a scheme, such as https://");
    };
    let (host, port) = split_port(authority);
    if authority.contains(['/', '?', '#', '\\']) {
        Some("nothing may follow the host and port")
    } else if authority.contains('@') {
        Some("it has no user name")
    } else if scheme.is_empty() || host.is_empty() {
        Some("the scheme and the host must not be empty")
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Some("browsers write it in lower case")
    } else if text.contains('*') {
        Some("there is no wildcard; use Cors::any or Cors::matching")
    } else if !scheme
        .bytes()
        .all(|byte| is_name(byte) || matches!(byte, b'+' | b'-' | b'.'))
    {
        Some("a scheme is letters, digits, +, - and .")
    } else if !is_host(host) {
        Some(
            "the host is a name (in Punycode, if it is not ASCII) or an address (IPv6 in brackets)",
        )
    } else if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with(['+', '0']))
    {
        Some("the port is a number from 1 to 65535 without leading zeros")
    } else if let ("http" | "ws", Some("80")) | ("https" | "wss", Some("443")) = (scheme, port) {
        Some("browsers leave out the scheme's own port")
    } else {
        None
    }
}

/// The port is what follows the last colon that is not within the brackets of an IPv6 address.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// An IPv6 address is compared with what browsers make of it, its one canonical form.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| {
            let parsed: Result<Ipv6Addr, _> = address.parse();
            parsed.is_ok_and(|parsed| parsed.to_string() == address)
        }),
        None => host
            .bytes()
            .all(|byte| is_name(byte) || matches!(byte, b'-' | b'.' | b'_')),
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

impl AsRef<str> for Origin {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        Self::new(text)
    }
}

/// A text that no browser sends as an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin {
    text: Box<str>,
    fault: &'static str,
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an origin: {}", self.text, self.fault)
    }
}

impl Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn what_browsers_send_is_an_origin() {
        for text in [
            "https://app.example",
            "http://localhost:3000",
            "http://127.0.0.1:3001",
            "http://[::1]:3000",
            "http://[::1]",
            "https://xn--bcher-kva.example",
            "https://app.example:80",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert_eq!(
                Origin::new(text).map(|origin| origin.to_string()),
                Ok(text.into())
            );
        }
    }

    #[test]
    fn what_they_never_send_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "scheme"),
            ("null", "scheme"),
            ("*", "scheme"),
            ("app.example", "scheme"),
            ("https://", "empty"),
            ("://app.example", "empty"),
            ("https://:80", "empty"),
            ("https://app.example/", "follow"),
            ("https://app.example/page", "follow"),
            ("https://app.example?x", "follow"),
            ("https://me@app.example", "user name"),
            ("https://App.example", "lower case"),
            ("https://bücher.example", "Punycode"),
            ("https://app.example https://b.example", "follow"),
            ("https://app.example\\x", "follow"),
            ("https://app.example\r\nx: y", "Punycode"),
            ("https://a%41", "Punycode"),
            ("https://a:b:80", "Punycode"),
            ("https://[::1", "address"),
            ("https://[0:0::1]", "address"),
            ("ht!tp://app.example", "scheme is"),
            ("ws://app.example:80", "own port"),
            ("https://*.example", "wildcard"),
            ("https://app.example:", "port"),
            ("https://app.example:0", "port"),
            ("https://app.example:65536", "port"),
            ("https://app.example:+80", "port"),
            ("https://app.example:443", "own port"),
            ("http://app.example:80", "own port"),
        ] {
            let message = Origin::new(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}
