//! Requests and responses, for any version of HTTP.

use std::fmt::Write;

use bytes::Bytes;

use crate::driver::address::Address;
use crate::driver::media_type;
use crate::driver::media_type::MediaType;

/// The field with which an event source resumes, as browsers write it over HTTP/1.1.
pub(crate) const LAST_EVENT_ID: &str = "Last-Event-ID";

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// Text that is added to the query of the address.
    pub(crate) query: String,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    /// The names of fields whose values may be secret. Reports do not show these values.
    pub(crate) hidden: Vec<String>,
    pub(crate) content: Vec<u8>,
    /// Set if the request says HTTP/1.0, as some proxies do to the server behind them.
    pub(crate) http10: bool,
}

impl Request {
    pub(crate) fn new(method: &'static str) -> Self {
        Self {
            method,
            query: String::new(),
            fields: Vec::new(),
            hidden: Vec::new(),
            content: Vec::new(),
            http10: false,
        }
    }

    /// Returns the request that a browser's `EventSource` sends.
    pub(crate) fn event_source() -> Self {
        Self::new("GET")
            .with("accept", "text/event-stream")
            .with("cache-control", "no-cache")
            .with("pragma", "no-cache")
    }

    /// Returns the request with this field, which replaces one of the same name.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.hidden
            .retain(|hidden| !hidden.eq_ignore_ascii_case(name));
        self = self.without(name);
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Returns the request with a field whose value may be secret.
    pub(crate) fn with_hidden(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut request = self.with(name, value);
        request.hidden.push(name.to_owned());
        request
    }

    /// Returns the value of a field as reports show it.
    fn shown_value(&self, name: &str, value: &[u8]) -> String {
        match value.len() {
            _ if self.hidden.iter().any(|hidden| hidden == name) => "…".to_owned(),
            length @ 81.. => format!("…{length} bytes…"),
            _ => value.escape_ascii().to_string(),
        }
    }

    /// Returns the request on one line, for the wire log.
    pub(crate) fn shown(&self, address: &Address) -> String {
        let mut shown = format!("{} {}", self.method, self.path(address));
        if self.http10 {
            shown.push_str(" HTTP/1.0");
        }
        for (name, value) in &self.fields {
            let value = self.shown_value(name, value);
            write!(shown, "; {name}: {value}").expect("a string takes all text");
        }
        shown
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields
            .retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self
    }

    /// Returns the request with this ID to resume from. The spelling of the field's name is kept.
    pub(crate) fn resuming_from(mut self, id: &str) -> Self {
        let is_there =
            |(name, _): &&mut (String, Vec<u8>)| name.eq_ignore_ascii_case(LAST_EVENT_ID);
        match self.fields.iter_mut().find(is_there) {
            Some((_, value)) => *value = id.into(),
            None => self.fields.push((LAST_EVENT_ID.to_owned(), id.into())),
        }
        self
    }

    /// Returns the value of a field.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        let is_there = |(present, _): &&(String, Vec<u8>)| present.eq_ignore_ascii_case(name);
        Some(&self.fields.iter().find(is_there)?.1)
    }

    /// Returns the path and the query.
    pub(crate) fn path(&self, address: &Address) -> String {
        let path = &address.path;
        match self.query.as_str() {
            "" => path.clone(),
            query if path.contains('?') => format!("{path}&{query}"),
            query => format!("{path}?{query}"),
        }
    }

    /// Returns the request as a command line, for a person who wants to repeat it.
    pub(crate) fn curl(&self, address: &Address) -> String {
        let mut curl = "curl -Nsi".to_owned();
        match self.method {
            "GET" => {}
            "HEAD" => curl.push_str(" -I"),
            method => curl.push_str(&format!(" -X {method}")),
        }
        if self.http10 {
            curl.push_str(" --http1.0");
        }
        for (name, value) in &self.fields {
            match value.is_empty() {
                true => write!(curl, " -H '{name};'"),
                false => write!(curl, " -H '{name}: {}'", self.shown_value(name, value)),
            }
            .expect("a string takes all text");
        }
        let origin = address.origin();
        write!(curl, " '{origin}{}'", self.path(address)).expect("a string takes all text");
        curl
    }
}

/// The HTTP version of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
    Http2,
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) version: Version,
    pub(crate) status: u16,
    /// The names are in lower case.
    pub(crate) fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// Returns the values of all field lines with this name.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields
            .iter()
            .filter(move |(present, _)| present == name)
            .map(|(_, value)| value.as_slice())
    }

    /// Returns the value of a field as text. Its lines are joined by commas.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.values(name).map(String::from_utf8_lossy).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// Returns the members of a list, in lower case, without white space or parameters.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let members = text.split(',').map(|member| {
            let member = member.split(['=', ';']).next().unwrap_or_default();
            member.trim().to_ascii_lowercase()
        });
        members.filter(|member| !member.is_empty()).collect()
    }

    /// Returns whether an event source reads this response: status 200 and the right media type.
    pub(crate) fn is_event_stream(&self) -> bool {
        self.status == 200 && self.essence().as_deref() == Some("text/event-stream")
    }

    /// Returns the media type without its parameters, in lower case. The last valid one counts.
    pub(crate) fn essence(&self) -> Option<String> {
        Some(self.media_type()?.essence)
    }

    /// Returns the media type as browsers read it.
    pub(crate) fn media_type(&self) -> Option<MediaType> {
        media_type::extract(self.values("content-type"))
    }

    /// Returns the head as text.
    pub(crate) fn shown(&self) -> String {
        let mut shown = self.status.to_string();
        for (name, value) in &self.fields {
            write!(shown, "; {name}: {}", String::from_utf8_lossy(value))
                .expect("a string takes all text");
        }
        shown
    }
}

/// A part of a body, or its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes(Bytes),
    End(End),
}

/// The end of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The body is complete by its framing.
    Complete,
    /// The connection was closed, which is the only sign that the body has ended.
    Closed,
    /// The framing is wrong, or the body is shorter than it says.
    Broken(String),
}

impl End {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Complete => "the body ended as its framing says".to_owned(),
            Self::Closed => "the connection was closed".to_owned(),
            Self::Broken(why) => why.clone(),
        }
    }
}
