//! What a case asks: one rule, the section of a standard it rests on, and how much weight it has.

use std::fmt;

use crate::suite::decoder;
use crate::vectors;

/// What one case asks of an implementation, whatever came of it.
///
/// ```
/// use sse_conformance::suite::decoder;
///
/// let rules = decoder::rules();
/// let rule = rules.iter().find(|rule| rule.id == "parse/line/cr-cr").unwrap();
/// assert_eq!(rule.title, "line: cr cr");
/// assert!(rule.section.url().unwrap().contains("parsing-an-event-stream"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rule {
    /// The stable id, such as `parse/line/cr-at-chunk-end`.
    pub id: String,
    /// The id in words.
    pub title: String,
    /// How much it weighs.
    pub level: Level,
    /// The text it rests on.
    pub section: Section,
    /// What is asked, in one sentence.
    pub text: String,
    /// What an implementation must have, or report, to be asked at all.
    pub capability: Option<&'static str>,
}

impl Rule {
    /// What the case gives and expects, where that is written down: names and texts.
    ///
    /// ```
    /// use sse_conformance::suite::decoder;
    ///
    /// let rules = decoder::rules();
    /// let rule = rules.iter().find(|rule| rule.id == "parse/line/cr-cr").unwrap();
    /// assert_eq!(rule.example()[0], ("given", r"data: a\r\r".to_owned()));
    /// ```
    pub fn example(&self) -> Vec<(&'static str, String)> {
        vectors::all()
            .find(|vector| vector.id() == self.id)
            .map_or(Vec::new(), |vector| {
                let (given, expected) = decoder::example(vector);
                vec![("given", given), ("expected", expected)]
            })
    }

    pub(crate) fn new(id: &str, level: Level, section: Section, text: &str) -> Self {
        let words = id.split_once('/').map_or(id, |(_, words)| words);
        Self {
            id: id.to_owned(),
            title: words.replace('/', ": ").replace('-', " "),
            level,
            section,
            text: text.to_owned(),
            capability: None,
        }
    }

    /// The rule for those alone that have `capability`.
    pub(crate) fn for_those_with(mut self, capability: Option<&'static str>) -> Self {
        self.capability = capability;
        self
    }
}

/// How much a case weighs.
///
/// The enum is exhaustive on purpose: these are all the levels there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The standard requires it, or data is lost without it. Falling short is a failure.
    Must,
    /// Readers or intermediaries in use rely on it. Falling short is a warning.
    Should,
    /// Worth knowing, and neither right nor wrong.
    Info,
}

impl Level {
    /// What falling short comes to, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Must => "required, or data is lost; falling short is a failure",
            Self::Should => "others rely on it; falling short is a warning",
            Self::Info => "worth knowing, neither right nor wrong",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Info => "INFO",
        })
    }
}

/// The text a case rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Section {
    /// HTML, "Parsing an event stream".
    Parsing,
    /// HTML, "Interpreting an event stream".
    Interpreting,
    /// HTML, the authoring notes of "Server-sent events".
    Authoring,
    /// Encoding, "UTF-8 decode": the byte order mark.
    Utf8Decode,
    /// Encoding, "UTF-8 decoder": invalid sequences.
    Utf8Decoder,
    /// HTML, "Processing model" of "Server-sent events".
    Processing,
    /// HTML, the registration of the media type.
    MediaType,
    /// Fetch, "CORS protocol".
    Cors,
    /// HTTP Semantics.
    Http,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// No standard defines a writer. What a reader makes of the bytes is the measure.
    RoundTrip,
    /// No standard, but readers that are in wide use.
    Practice,
}

impl Section {
    /// The title, with the standard it is from.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Parsing => "HTML, Parsing an event stream",
            Self::Interpreting => "HTML, Interpreting an event stream",
            Self::Authoring => "HTML, Server-sent events, authoring notes",
            Self::Utf8Decode => "Encoding, UTF-8 decode",
            Self::Utf8Decoder => "Encoding, UTF-8 decoder",
            Self::Processing => "HTML, Server-sent events, processing model",
            Self::MediaType => "HTML, text/event-stream",
            Self::Cors => "Fetch, CORS protocol",
            Self::Http => "RFC 9110, HTTP Semantics",
            Self::Http1 => "RFC 9112, HTTP/1.1",
            Self::Http2 => "RFC 9113, HTTP/2",
            Self::RoundTrip => "what is written is what is read",
            Self::Practice => "readers in wide use",
        }
    }

    /// Where to read it, if there is a text.
    pub const fn url(self) -> Option<&'static str> {
        match self {
            Self::Parsing => Some(
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream",
            ),
            Self::Interpreting => Some(
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
            ),
            Self::Authoring => Some(
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes",
            ),
            Self::Utf8Decode => Some("https://encoding.spec.whatwg.org/#utf-8-decode"),
            Self::Utf8Decoder => Some("https://encoding.spec.whatwg.org/#utf-8-decoder"),
            Self::Processing => Some(
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model",
            ),
            Self::MediaType => {
                Some("https://html.spec.whatwg.org/multipage/iana.html#text/event-stream")
            }
            Self::Cors => Some("https://fetch.spec.whatwg.org/#http-cors-protocol"),
            Self::Http => Some("https://www.rfc-editor.org/rfc/rfc9110"),
            Self::Http1 => Some("https://www.rfc-editor.org/rfc/rfc9112"),
            Self::Http2 => Some("https://www.rfc-editor.org/rfc/rfc9113"),
            Self::RoundTrip | Self::Practice => None,
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
