//! The rule that a case checks: its text, the section of a standard that it rests on, and its
//! level.

use std::fmt;

/// The rule that one case checks. It says nothing of any result.
///
/// ```
/// use sse_conformance::suite::decoder;
///
/// let rules = decoder::rules();
/// let rule = rules.iter().find(|rule| rule.id == "parse/line/cr-cr").unwrap();
/// assert_eq!(rule.title, "line: cr cr");
/// assert!(rule.clause.url.contains("parsing-an-event-stream"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rule {
    /// The stable ID, such as `parse/line/cr-at-chunk-end`.
    pub id: String,
    /// The ID in words.
    pub title: String,
    /// The level, which decides how serious it is to break the rule.
    pub level: Level,
    /// The text that the rule rests on.
    pub section: Section,
    /// The clause of that text, with a link.
    pub clause: Clause,
    /// The rule in one sentence.
    pub text: String,
    /// The steps of the suite, one sentence each.
    pub steps: Vec<String>,
    /// The observation that makes the case pass, in one sentence.
    pub expects: String,
    /// The capability that an implementation must have, or report, to be asked.
    pub capability: Option<&'static str>,
}

impl Rule {
    pub(crate) fn new(id: &str, level: Level, section: Section, text: &str) -> Self {
        let words = id.split_once('/').map_or(id, |(_, words)| words);
        Self {
            id: id.to_owned(),
            title: words.replace('/', ": ").replace('-', " "),
            level,
            section,
            clause: section.clause(None),
            text: text.to_owned(),
            steps: Vec::new(),
            expects: without_reason(text),
            capability: None,
        }
    }

    /// Returns the rule with the steps of its case.
    pub(crate) fn with_steps<S: Into<String>>(
        mut self,
        steps: impl IntoIterator<Item = S>,
    ) -> Self {
        self.steps = steps.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the rule with an expectation that is more exact than its text, if there is one.
    pub(crate) fn with_expectation(mut self, expects: Option<&str>) -> Self {
        if let Some(expects) = expects {
            self.expects = expects.to_owned();
        }
        self
    }

    /// Returns the rule with a clause that is more exact than its section, if there is one: see
    /// [`Section::clause`].
    pub(crate) fn with_clause(mut self, part: Option<&str>) -> Self {
        self.clause = self.section.clause(part);
        self
    }

    /// Returns the rule, restricted to implementations that have `capability`.
    pub(crate) fn for_those_with(mut self, capability: Option<&'static str>) -> Self {
        self.capability = capability;
        self
    }
}

/// Returns the first half of a rule such as `There is no BOM: some clients read it as text.`
fn without_reason(text: &str) -> String {
    match text.split_once(": ") {
        Some((asked, _)) => format!("{asked}."),
        None => text.to_owned(),
    }
}

/// The clause of a standard that a rule rests on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Clause {
    /// The names of the standard and the section.
    pub title: String,
    /// A link to the clause.
    pub url: String,
}

/// The weight of a rule.
///
/// The enum is exhaustive on purpose: there are no other levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The standard requires it, or data is lost without it. Breaking the rule is a failure.
    Must,
    /// Existing clients or intermediaries rely on it. Breaking the rule is a warning.
    Should,
    /// Worth knowing, but neither right nor wrong.
    Info,
}

impl Level {
    /// Returns what the level means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Must => "required, or data is lost without it; breaking the rule is a failure",
            Self::Should => "existing software relies on it; breaking the rule is a warning",
            Self::Info => "worth knowing, but neither right nor wrong",
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

/// The text that a rule rests on.
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
    /// Fetch, "HTTP-redirect fetch".
    Redirects,
    /// Fetch, "CORS protocol".
    Cors,
    /// HTTP Semantics.
    Http,
    /// HTTP Caching.
    Caching,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// No standard defines how to write a stream. The rule rests on what decoders read from the bytes.
    RoundTrip,
    /// No standard, but clients that are in wide use.
    Practice,
    /// No standard, but the contract of event logs in [`suite::log`](crate::suite::log), which lets a
    /// hub lose no event silently.
    Log,
}

impl Section {
    /// Returns the title, which begins with the name of the standard.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Parsing => "HTML, Parsing an event stream",
            Self::Interpreting => "HTML, Interpreting an event stream",
            Self::Authoring => "HTML, Server-sent events, authoring notes",
            Self::Utf8Decode => "Encoding, UTF-8 decode",
            Self::Utf8Decoder => "Encoding, UTF-8 decoder",
            Self::Processing => "HTML, Server-sent events, processing model",
            Self::MediaType => "HTML, text/event-stream",
            Self::Redirects => "Fetch, HTTP-redirect fetch",
            Self::Cors => "Fetch, CORS protocol",
            Self::Http => "RFC 9110, HTTP Semantics",
            Self::Caching => "RFC 9111, HTTP Caching",
            Self::Http1 => "RFC 9112, HTTP/1.1",
            Self::Http2 => "RFC 9113, HTTP/2",
            Self::RoundTrip => "HTML, Parsing an event stream: written values are read back",
            Self::Practice => "HTML, Server-sent events, as existing clients need it",
            Self::Log => "Contract of event logs",
        }
    }

    /// Returns a link to the section. [`Self::Practice`] links to the standard that the clients
    /// follow.
    ///
    /// ```
    /// use sse_conformance::rule::Section;
    ///
    /// assert_eq!(Section::Http1.url(), "https://www.rfc-editor.org/rfc/rfc9112");
    /// ```
    pub const fn url(self) -> &'static str {
        match self {
            Self::Parsing | Self::RoundTrip => {
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream"
            }
            Self::Interpreting => {
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation"
            }
            Self::Authoring => {
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes"
            }
            Self::Utf8Decode => "https://encoding.spec.whatwg.org/#utf-8-decode",
            Self::Utf8Decoder => "https://encoding.spec.whatwg.org/#utf-8-decoder",
            Self::Processing => {
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model"
            }
            Self::MediaType => "https://html.spec.whatwg.org/multipage/iana.html#text/event-stream",
            Self::Redirects => "https://fetch.spec.whatwg.org/#http-redirect-fetch",
            Self::Cors => "https://fetch.spec.whatwg.org/#http-cors-protocol",
            Self::Http => "https://www.rfc-editor.org/rfc/rfc9110",
            Self::Caching => "https://www.rfc-editor.org/rfc/rfc9111",
            Self::Http1 => "https://www.rfc-editor.org/rfc/rfc9112",
            Self::Http2 => "https://www.rfc-editor.org/rfc/rfc9113",
            Self::Practice => {
                "https://html.spec.whatwg.org/multipage/server-sent-events.html#server-sent-events"
            }
            Self::Log => {
                "https://docs.rs/sse-conformance/latest/sse_conformance/suite/log/index.html"
            }
        }
    }

    /// Returns whether this is a whole RFC. A rule that rests on an RFC has to name its section.
    pub(crate) const fn is_rfc(self) -> bool {
        matches!(self, Self::Http | Self::Caching | Self::Http1 | Self::Http2)
    }

    /// Returns the clause that `part` names in this text. In an RFC, `part` is the number of a
    /// section (`8.3`). In any other text it is the anchor on the page. Everywhere it may be a
    /// whole URL. Without `part`, the clause is the whole section.
    pub(crate) fn clause(self, part: Option<&str>) -> Clause {
        let (title, url) = (self.title(), self.url());
        let (title, url) = match part {
            None => (title.to_owned(), url.to_owned()),
            Some(part) if part.starts_with("https://nginx.org/") => {
                ("the documentation of nginx".to_owned(), part.to_owned())
            }
            Some(part) if part.starts_with("https://") => (title.to_owned(), part.to_owned()),
            Some(part) if self.is_rfc() => (
                format!("{title}, section {part}"),
                format!("{url}#section-{part}"),
            ),
            Some(part) => {
                let page = url.split('#').next().unwrap_or(url);
                let known = PARTS.iter().find(|(anchor, _)| *anchor == part);
                let title = known.map_or(title, |(_, title)| title);
                (title.to_owned(), format!("{page}#{part}"))
            }
        };
        Clause { title, url }
    }
}

/// The parts of the HTML standard, and of the contract of event logs, that have their own titles.
#[rustfmt::skip]
const PARTS: [(&str, &str); 12] = [
    ("the-last-event-id-header", "HTML, Server-sent events, the `Last-Event-ID` header"),
    ("reestablish-the-connection", "HTML, Server-sent events, reestablish the connection"),
    ("processField", "HTML, Interpreting an event stream, process the field"),
    ("dispatchMessage", "HTML, Interpreting an event stream, dispatch the event"),
    ("positions", "Contract of event logs, positions"),
    ("entries", "Contract of event logs, entries"),
    ("pages", "Contract of event logs, pages"),
    ("tails", "Contract of event logs, tails"),
    ("names", "Contract of event logs, names"),
    ("removed-entries", "Contract of event logs, removed entries"),
    ("losses", "Contract of event logs, losses"),
    ("outages", "Contract of event logs, outages"),
];

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_makes_a_link_more_exact() {
        let html = "https://html.spec.whatwg.org/multipage/server-sent-events.html";
        let nginx = "https://nginx.org/en/docs/";
        #[rustfmt::skip]
        let table = [
            (Section::Http, Some("8.3"), "RFC 9110, HTTP Semantics, section 8.3", "https://www.rfc-editor.org/rfc/rfc9110#section-8.3".to_owned()),
            (Section::Processing, Some("the-last-event-id-header"), "HTML, Server-sent events, the `Last-Event-ID` header", format!("{html}#the-last-event-id-header")),
            (Section::Processing, Some("eventsource"), "HTML, Server-sent events, processing model", format!("{html}#eventsource")),
            (Section::Processing, None, "HTML, Server-sent events, processing model", format!("{html}#sse-processing-model")),
            (Section::Practice, Some(nginx), "the documentation of nginx", nginx.to_owned()),
        ];
        for (section, part, title, url) in table {
            let clause = section.clause(part);
            assert_eq!((clause.title.as_str(), clause.url), (title, url));
        }
    }

    #[test]
    fn an_expectation_is_a_rule_without_its_reason() {
        let table = [
            (
                "There is no BOM: some clients read it as text.",
                "There is no BOM.",
            ),
            ("A stream has no length.", "A stream has no length."),
        ];
        for (text, expected) in table {
            assert_eq!(without_reason(text), expected);
        }
    }
}
