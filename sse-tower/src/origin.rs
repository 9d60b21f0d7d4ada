//! An origin, as a browser sends it.

mod host;
mod punycode;

use std::{borrow::Cow, error::Error, fmt, str::FromStr};

/// An origin: scheme, host and, unless it is the scheme's own, port
/// ([HTML, "ASCII serialization of an origin"][standard]).
///
/// [`Cors`](crate::Cors) compares it with the `Origin` field byte for byte. So it must be written as
/// browsers write it, by the [URL standard](https://url.spec.whatwg.org/#host-serializing): for example,
/// `127.0.0.1` instead of `127.1`, and `[::ffff:c000:201]` instead of `[::ffff:192.0.2.1]`. A text that no
/// browser sends would never match. It is refused where the value is made, with the reason.
///
/// One check is incomplete. Host names that are not ASCII are written in Punycode (`xn--…`). Malformed
/// Punycode is refused, but only some of the characters that may not stand in a host name are: a full
/// check needs large tables of Unicode.
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
///
/// [standard]: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
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

fn fault_of(text: &str) -> Option<Cow<'static, str>> {
    let Some((scheme, authority)) = text.split_once("://") else {
        return Some("it needs a scheme, such as https://".into());
    };
    let (host, port) = split_port(authority);
    let fault = if authority.contains(['/', '?', '#', '\\']) {
        "nothing may follow the host and port"
    } else if authority.contains('@') {
        "it has no user name"
    } else if scheme.is_empty() || host.is_empty() {
        "the scheme and the host must not be empty"
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        "browsers write it in lower case"
    } else if text.contains('*') {
        "there is no wildcard; use Cors::any or Cors::matching"
    } else if !is_scheme(scheme) {
        "a scheme is a letter, followed by letters, digits, +, - and ."
    } else if is_opaque(scheme) {
        "for pages of this scheme, browsers send the origin null; use Cors::matching"
    } else if let Some(fault) = host::fault_of(host) {
        return Some(fault);
    } else if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with(['+', '0']))
    {
        "the port is a number from 1 to 65535 without leading zeros"
    } else if port.is_some() && port == default_port(scheme) {
        "browsers leave out the scheme's own port"
    } else {
        return None;
    };
    Some(fault.into())
}

/// Splits at the last colon that is not within the brackets of an IPv6 address.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_scheme(scheme: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(is_allowed)
}

/// Returns true for the schemes whose URLs have an
/// [opaque origin](https://url.spec.whatwg.org/#origin), or that of another URL.
fn is_opaque(scheme: &str) -> bool {
    matches!(scheme, "about" | "blob" | "data" | "file" | "javascript")
}

/// The port that the [URL standard](https://url.spec.whatwg.org/#special-scheme) leaves out.
fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" | "ws" => Some("80"),
        "https" | "wss" => Some("443"),
        "ftp" => Some("21"),
        _ => None,
    }
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
    fault: Cow<'static, str>,
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
            "https://app.example.",
            "https://my_host.-a-.example",
            "https://1.example",
            "https://0x1.example",
            "https://1e1",
            "https://a.0xg",
            "http://0.0.0.0",
            "http://255.255.255.255:8080",
            "http://[::ffff:c000:201]:3000",
            "http://[::]",
            "http://[2001:db8::1]",
            "http://[2001:db8:0:1:1:1:1:1]",
            "http://[2001:0:0:1::]",
            "http://[1::1:0:0:1]",
            "http://[::1:0:0:0]",
            "http://[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1",
            "https://xn--r8jz45g.xn--zckzah",
            "https://xn--i-7iq.ws",
            "https://xn--fa-hia.de",
            // Cherokee, whose capital letters are the common ones.
            "https://xn--58dc",
            "chrome-extension://abcdefghijklmnop",
            "moz-extension://0f7b2a3c-5c4e-4f0e-9d6a-1a2b3c4d5e6f",
            "capacitor://localhost",
            "a+b-c.1://x",
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
            ("https://[0:0::1]", "address as [::1]"),
            ("http://[::ffff:192.0.2.1]:3000", "as [::ffff:c000:201]"),
            ("http://[64:ff9b::192.0.2.1]", "as [64:ff9b::c000:201]"),
            ("http://[::192.0.2.1]", "as [::c000:201]"),
            ("http://[2001:db8:0:1::1]:80", "own port"),
            ("http://[2001:db8:0:0:1:0:0:1]", "as [2001:db8::1:0:0:1]"),
            ("http://[2001:db8::1:1:1:1:1]", "as [2001:db8:0:1:1:1:1:1]"),
            ("http://[2001:0db8::1]", "as [2001:db8::1]"),
            ("http://[2001:DB8::1]", "lower case"),
            ("http://[fe80::1%25eth0]", "address"),
            ("http://[fe80::1%eth0]", "address"),
            ("http://[::1]a", "address"),
            ("http://[]", "address"),
            ("http://[1.2.3.4]", "address"),
            ("http://::1", "Punycode"),
            ("http://127.1", "IPv4"),
            ("http://127.0.1:3000", "IPv4"),
            ("http://2130706433", "IPv4"),
            ("http://0", "IPv4"),
            ("http://0x7f.0.0.1", "IPv4"),
            ("http://0x7f000001", "IPv4"),
            ("http://127.0.0.0x1", "IPv4"),
            ("http://0x", "IPv4"),
            ("http://127.0.0.01", "IPv4"),
            ("http://0177.0.0.1", "IPv4"),
            ("http://127.0.0.1.", "IPv4"),
            ("http://256.0.0.1", "IPv4"),
            ("http://1.2.3.4.5", "IPv4"),
            ("http://a.1", "IPv4"),
            ("http://a.09", "IPv4"),
            ("https://.example", "1 to 63"),
            ("https://a..example", "1 to 63"),
            ("https://a.example..", "1 to 63"),
            ("https://.", "1 to 63"),
            ("https://xn--", "xn--"),
            ("https://xn--a", "xn--"),
            ("https://xn--a-.example", "xn--"),
            ("https://xn---abc", "xn--"),
            ("https://xn--9999999999", "xn--"),
            ("https://xn--xn---epa", "xn--"),
            // U+00DC, a capital letter.
            ("https://xn--bcher-2pa.example", "xn--"),
            ("https://a%2eb", "Punycode"),
            ("https://a b", "Punycode"),
            ("https://a\tb", "Punycode"),
            ("https://a!b", "Punycode"),
            ("https://a,https://b", "follow"),
            ("https://a\u{ad}b", "Punycode"),
            ("https://a\u{3002}b", "Punycode"),
            ("https://\u{ff41}", "Punycode"),
            ("ht!tp://app.example", "scheme is"),
            ("1http://app.example", "scheme is"),
            ("+://app.example", "scheme is"),
            (" https://app.example", "scheme is"),
            ("h\u{e9}://app.example", "scheme is"),
            ("HTTPS://app.example", "lower case"),
            ("file://server", "null"),
            ("data://x", "null"),
            ("blob://x", "null"),
            ("ws://app.example:80", "own port"),
            ("wss://app.example:443", "own port"),
            ("ftp://app.example:21", "own port"),
            ("https://*.example", "wildcard"),
            ("https://app.example:", "port"),
            ("https://app.example:0", "port"),
            ("https://app.example:65536", "port"),
            ("https://app.example:+80", "port"),
            ("https://app.example:080", "port"),
            ("https://app.example:8a", "port"),
            ("https://app.example: 80", "port"),
            ("https://app.example:80:80", "Punycode"),
            ("https://app.example:443", "own port"),
            ("http://app.example:80", "own port"),
        ] {
            let message = Origin::new(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn names_have_a_greatest_length() {
        let label = "a".repeat(63);
        let longest = [&*label, &label, &label, &label[2..]].join(".");
        for (host, is_valid) in [
            (label.clone(), true),
            (format!("{label}."), true),
            (format!("{label}a"), false),
            (longest.clone(), true),
            (format!("{longest}."), true),
            (format!("{longest}a"), false),
        ] {
            let origin = Origin::new(&format!("https://{host}"));
            assert_eq!(origin.is_ok(), is_valid, "{}", host.len());
        }
    }
}
