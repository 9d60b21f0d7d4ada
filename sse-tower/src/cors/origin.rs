//! Origins in the form that browsers send.

use std::{borrow::Cow, error::Error, fmt, str::FromStr};

use url::{ParseError, Url};

/// An origin: a scheme, a host, and a port unless it is the default port of the scheme ([HTML,
/// "ASCII serialization of an origin"][standard]).
///
/// [`CorsLayer`](crate::CorsLayer) compares it with the `Origin` field byte for byte. So write it
/// as browsers do, which follow the [URL standard](https://url.spec.whatwg.org/#host-serializing):
/// for example, `127.0.0.1` instead of `127.1`, `[::ffff:c000:201]` instead of
/// `[::ffff:192.0.2.1]`, and `xn--bcher-kva.example` instead of `bücher.example`. Any other form
/// would never match, so it is an error, and the message shows the right form.
///
/// ```
/// use sse_tower::cors::Origin;
///
/// assert!(Origin::new("https://app.example").is_ok());
/// assert!(Origin::new("http://localhost:3000").is_ok());
/// let error = Origin::new("https://app.example/").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#""https://app.example/" is not an origin: browsers send "https://app.example""#
/// );
/// ```
///
/// [standard]: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// Creates an origin from `text`.
    ///
    /// # Errors
    /// If no browser sends `text` as an origin. The error says why.
    pub fn new(text: &str) -> Result<Self, InvalidOrigin> {
        match fault_of(text) {
            None => Ok(Self(text.into())),
            Some(fault) => Err(InvalidOrigin {
                text: text.into(),
                fault,
            }),
        }
    }

    /// Creates an origin from a literal.
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

    /// Returns the origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the reason why no browser sends `text` as an origin, if there is one.
fn fault_of(text: &str) -> Option<Cow<'static, str>> {
    if text.contains('*') {
        return Some("there is no wildcard; use CorsLayer::any or CorsLayer::matching".into());
    }
    let url = match Url::parse(text) {
        Ok(url) if is_opaque(url.scheme()) => {
            let fault = "for pages of this scheme, browsers send null; use CorsLayer::matching";
            return Some(fault.into());
        }
        Ok(url) if url.has_host() => url,
        Ok(_) | Err(ParseError::RelativeUrlWithoutBase) => {
            return Some("it needs a scheme and a host, such as https://app.example".into());
        }
        Err(error) => return Some(error.to_string().into()),
    };
    let fault = unreachable(&url).map(Cow::from);
    fault.or_else(|| {
        let origin = serialise(&url);
        (origin != text).then(|| format!("browsers send {origin:?}").into())
    })
}

/// Returns the reason why no page can have this host and port, although the URL standard allows
/// them.
fn unreachable(url: &Url) -> Option<&'static str> {
    let host = url.host_str().unwrap_or_default();
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| (1..=63).contains(&label.len());
    if !host.bytes().all(is_common) {
        // Browsers treat other characters differently.
        Some("the host has a character that names and addresses do not have")
    } else if name.len() > 253 || !name.split('.').all(is_label) {
        Some("each part of a host name has 1 to 63 characters, and the whole name at most 253")
    } else if url.port() == Some(0) {
        Some("the port is a number from 1 to 65535")
    } else {
        None
    }
}

/// Returns true for schemes whose URLs have an [opaque origin](https://url.spec.whatwg.org/#origin)
/// or the origin of another URL.
fn is_opaque(scheme: &str) -> bool {
    matches!(scheme, "about" | "blob" | "data" | "file" | "javascript")
}

/// Returns the origin of the page at `url` as browsers write it.
fn serialise(url: &Url) -> String {
    let origin = url.origin();
    if origin.is_tuple() {
        return origin.ascii_serialization();
    }
    // In the standard, unknown schemes have an opaque origin. For extensions and apps, browsers
    // write the origin in the usual form, but leave the case of the host unchanged.
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    format!("{}://{host}{}", url.scheme(), port.unwrap_or_default())
}

/// Returns true for characters that occur in names and addresses, including the brackets of IPv6.
fn is_common(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte)
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

/// The error for a text that no browser sends as an origin.
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
    fn origins_that_browsers_send_are_valid() {
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
            // Cherokee, in which capital letters are the usual ones.
            "https://xn--58dc",
            "chrome-extension://abcdefghijklmnop",
            "moz-extension://0f7b2a3c-5c4e-4f0e-9d6a-1a2b3c4d5e6f",
            "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
            "capacitor://localhost",
            "tauri://localhost",
            "vscode-webview://1a2b",
            "app://obsidian.md",
            "ionic://localhost:8080",
            "a+b-c.1://x",
        ] {
            assert_eq!(
                Origin::new(text).map(|origin| origin.to_string()),
                Ok(text.into())
            );
        }
    }

    #[test]
    fn the_error_shows_what_browsers_send() {
        for (text, sent) in [
            ("https://app.example/", "https://app.example"),
            ("https://app.example/page", "https://app.example"),
            ("https://app.example?x", "https://app.example"),
            ("https://app.example#x", "https://app.example"),
            ("https://app.example\\x", "https://app.example"),
            ("https://me@app.example", "https://app.example"),
            ("https://App.example", "https://app.example"),
            ("HTTPS://app.example", "https://app.example"),
            (" https://app.example", "https://app.example"),
            ("https://app.example\n", "https://app.example"),
            ("https:app.example", "https://app.example"),
            ("https:/app.example", "https://app.example"),
            ("https:///app.example", "https://app.example"),
            ("http://evil.example@app.example", "http://app.example"),
            // Ports.
            ("https://app.example:", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("http://app.example:0080", "http://app.example"),
            ("http://app.example:03000", "http://app.example:3000"),
            ("http://[2001:db8:0:1::1]:80", "http://[2001:db8:0:1::1]"),
            ("ws://app.example:80", "ws://app.example"),
            ("wss://app.example:443", "wss://app.example"),
            ("ftp://app.example:21", "ftp://app.example"),
            // Addresses.
            ("https://[0:0::1]", "https://[::1]"),
            (
                "http://[::ffff:192.0.2.1]:3000",
                "http://[::ffff:c000:201]:3000",
            ),
            ("http://[64:ff9b::192.0.2.1]", "http://[64:ff9b::c000:201]"),
            ("http://[::192.0.2.1]", "http://[::c000:201]"),
            (
                "http://[2001:db8:0:0:1:0:0:1]",
                "http://[2001:db8::1:0:0:1]",
            ),
            (
                "http://[2001:db8::1:1:1:1:1]",
                "http://[2001:db8:0:1:1:1:1:1]",
            ),
            ("http://[2001:0db8::1]", "http://[2001:db8::1]"),
            ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
            ("http://127.1", "http://127.0.0.1"),
            ("http://127.0.1:3000", "http://127.0.0.1:3000"),
            ("http://2130706433", "http://127.0.0.1"),
            ("http://0", "http://0.0.0.0"),
            ("http://0x7f.0.0.1", "http://127.0.0.1"),
            ("http://0x7f000001", "http://127.0.0.1"),
            ("http://127.0.0.0x1", "http://127.0.0.1"),
            ("http://0x", "http://0.0.0.0"),
            ("http://127.0.0.01", "http://127.0.0.1"),
            ("http://0177.0.0.1", "http://127.0.0.1"),
            ("http://127.0.0.1.", "http://127.0.0.1"),
            ("http://\u{ff11}\u{ff12}\u{ff17}.0.0.1", "http://127.0.0.1"),
            // Names.
            (
                "https://b\u{fc}cher.example",
                "https://xn--bcher-kva.example",
            ),
            (
                "https://B\u{dc}CHER.example",
                "https://xn--bcher-kva.example",
            ),
            ("https://fa\u{df}.de", "https://xn--fa-hia.de"),
            (
                "https://XN--BCHER-KVA.example",
                "https://xn--bcher-kva.example",
            ),
            ("https://a%2eb", "https://a.b"),
            ("https://a%41", "https://aa"),
            ("https://a\tb", "https://ab"),
            ("https://app.example\r\nx", "https://app.examplex"),
            ("https://a\u{ad}b", "https://ab"),
            ("https://a\u{3002}b", "https://a.b"),
            ("https://\u{ff41}", "https://a"),
            ("chrome-extension://abc/", "chrome-extension://abc"),
            ("Capacitor://localhost", "capacitor://localhost"),
        ] {
            let message = Origin::new(text).unwrap_err().to_string();
            let expected = format!("{text:?} is not an origin: browsers send {sent:?}");
            assert_eq!(message, expected);
            assert!(Origin::new(sent).is_ok(), "{sent}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_a_reason() {
        for (text, reason) in [
            ("", "scheme"),
            ("null", "scheme"),
            ("app.example", "scheme"),
            ("app.example:443", "scheme"),
            ("localhost:3000", "scheme"),
            ("//app.example", "scheme"),
            ("://app.example", "scheme"),
            ("ht!tp://app.example", "scheme"),
            ("1http://app.example", "scheme"),
            ("+://app.example", "scheme"),
            ("h\u{e9}://app.example", "scheme"),
            ("capacitor://", "scheme"),
            ("mailto:a@app.example", "scheme"),
            ("https://", "empty host"),
            ("https://:80", "empty host"),
            ("https://app.example https://b.example", "domain name"),
            ("https://a:b:80", "port number"),
            ("http://::1", "empty host"),
            ("https://app.example:65536", "port number"),
            ("https://app.example:+80", "port number"),
            ("https://app.example:8a", "port number"),
            ("https://app.example: 80", "port number"),
            ("https://app.example:80:80", "port number"),
            ("https://app.example:0", "1 to 65535"),
            ("https://[::1", "IPv6"),
            ("http://[fe80::1%25eth0]", "IPv6"),
            ("http://[fe80::1%eth0]", "IPv6"),
            ("http://[::1]a", "IPv6"),
            ("http://[]", "IPv6"),
            ("http://[1.2.3.4]", "IPv6"),
            ("http://256.0.0.1", "IPv4"),
            ("http://1.2.3.4.5", "IPv4"),
            ("http://a.1", "IPv4"),
            ("http://a.09", "IPv4"),
            ("https://.example", "1 to 63"),
            ("https://a..example", "1 to 63"),
            ("https://a.example..", "1 to 63"),
            ("https://.", "1 to 63"),
            ("https://xn--", "international domain name"),
            ("https://xn--a", "international domain name"),
            ("https://xn--a-.example", "international domain name"),
            ("https://xn---abc", "international domain name"),
            ("https://xn--9999999999", "international domain name"),
            // U+00DC, a capital letter.
            ("https://xn--bcher-2pa.example", "international domain name"),
            // A combining character at the start, an unassigned one, and mixed directions.
            ("https://xn--iva", "international domain name"),
            ("https://xn--0", "international domain name"),
            ("https://xn--a-0hc", "international domain name"),
            ("https://a b", "international"),
            ("https://a%00", "domain name"),
            ("https://a!b", "character"),
            ("https://a,b.example", "character"),
            ("a://x'y", "character"),
            ("file://server", "null"),
            ("file:///etc", "null"),
            ("data://x", "null"),
            ("data:text/html,x", "null"),
            ("blob://x", "null"),
            ("blob:https://app.example/1", "null"),
            ("about:blank", "null"),
            ("javascript:1", "null"),
            ("*", "wildcard"),
            ("https://*.example", "wildcard"),
            ("https://app.example:*", "wildcard"),
        ] {
            let message = Origin::new(text).expect_err(text).to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn the_length_of_names_is_limited() {
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
