//! Requests whose heads are judged.

use crate::driver::message::Request;
use crate::suite::server::observe::observer::Observer;

/// A request whose head is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    Head,
    Options,
    Post,
    Unknown,
    AcceptAny,
    AcceptAbsent,
    AcceptOther,
    AcceptAmongOthers,
    AcceptUpperCase,
    AcceptParameter,
    Identity,
    /// Codings that the request refuses by a weight of zero.
    Refused(&'static str),
    Http10,
    Query,
    Foreign,
    Null,
    Allowed,
    Lookalike(&'static str),
    Preflight,
    PreflightForeign,
    Inject(Names, LineEnd),
    /// A last event ID that a server may refuse.
    RefusedId(&'static str),
}

/// Parameters of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Names {
    LastEventId,
    Others,
}

impl Names {
    const fn all(self) -> &'static [&'static str] {
        match self {
            Self::LastEventId => &[
                "lastEventId",
                "last_event_id",
                "lastEventID",
                "last-event-id",
                "Last-Event-ID",
            ],
            Self::Others => &[
                "id", "event", "type", "retry", "channel", "topic", "stream", "room", "user",
                "name", "client", "since", "cursor", "from", "filter", "q", "r",
            ],
        }
    }
}

/// A line end in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LineEnd {
    Lf,
    Cr,
    CrLf,
}

impl Names {
    /// Returns the parameters as text.
    pub(crate) fn shown(self) -> String {
        let names = self.all().iter().map(|name| format!("`{name}`"));
        names.collect::<Vec<_>>().join(", ")
    }
}

impl LineEnd {
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Lf => "an LF",
            Self::Cr => "a CR",
            Self::CrLf => "a CRLF",
        }
    }

    const fn encoded(self) -> &'static str {
        match self {
            Self::Lf => "%0A",
            Self::Cr => "%0D",
            Self::CrLf => "%0D%0A",
        }
    }
}

/// An origin that no server knows.
pub(crate) const FOREIGN: &str = "https://foreign.example";

impl Question {
    /// Returns whether servers often answer it with something other than a stream. The suite reads
    /// such an answer to its end.
    pub(crate) fn may_be_refused(self) -> bool {
        matches!(
            self,
            Self::Post
                | Self::Unknown
                | Self::Options
                | Self::AcceptOther
                | Self::Preflight
                | Self::RefusedId(_)
        )
    }

    pub(crate) fn request(self, observer: &Observer<'_>) -> Request {
        let get = observer.request();
        let allowed = observer.target.origin.as_deref().unwrap_or(FOREIGN);
        let preflight = |origin: &str| {
            let request = observer.bare("OPTIONS");
            request
                .with("origin", origin)
                .with("access-control-request-method", "GET")
                .with(
                    "access-control-request-headers",
                    "cache-control,last-event-id",
                )
        };
        match self {
            Self::Head => Request {
                method: "HEAD",
                ..get
            },
            Self::Options => Request {
                method: "OPTIONS",
                ..get
            },
            Self::Post => Request {
                method: "POST",
                ..get
            }
            .with("content-length", "0"),
            Self::Unknown => Request {
                method: "BREW",
                ..get
            },
            Self::AcceptAny => get.with("accept", "*/*"),
            Self::AcceptAbsent => get.without("accept"),
            Self::AcceptOther => get.with("accept", "application/json"),
            Self::AcceptAmongOthers => get.with(
                "accept",
                "application/json;q=0.5, text/event-stream, */*;q=0.1",
            ),
            Self::AcceptUpperCase => get.with("accept", "Text/Event-Stream"),
            Self::AcceptParameter => get.with("accept", "text/event-stream;charset=utf-8"),
            Self::Identity => get.with("accept-encoding", "identity"),
            Self::Http10 => Request {
                http10: true,
                ..get
            },
            Self::Query => Request {
                query: "r=0.123&padding=true".to_owned(),
                ..get
            },
            Self::Foreign => get.with("origin", FOREIGN),
            Self::Null => get.with("origin", "null"),
            Self::Allowed => get.with("origin", allowed),
            Self::Lookalike(kind) => get.with("origin", lookalike(allowed, kind)),
            Self::Preflight => preflight(allowed),
            Self::PreflightForeign => preflight(FOREIGN),
            Self::Refused(codings) => get.with("accept-encoding", codings),
            Self::Inject(names, end) => Request {
                query: injected(names, end),
                ..get
            },
            Self::RefusedId(id) => get.with("last-event-id", refused_id(id)),
        }
    }
}

/// Returns a query in which every parameter would add fields to a line that it is copied to.
fn injected(names: Names, end: LineEnd) -> String {
    let end = end.encoded();
    let value =
        format!("1{end}x-injected:%20yes{end}event:%20injected{end}data:%20injected{end}{end}");
    let parameters: Vec<_> = names
        .all()
        .iter()
        .map(|name| format!("{name}={value}"))
        .collect();
    parameters.join("&")
}

fn refused_id(kind: &str) -> Vec<u8> {
    match kind {
        "malformed" => b"\xff\xfe; \"\xc3(".to_vec(),
        "oversized" => vec![b'x'; 64 * 1024],
        _ => b"no-such-event".to_vec(),
    }
}

/// Returns an origin that a careless comparison takes for `origin`.
pub(crate) fn lookalike(origin: &str, kind: &str) -> String {
    let (scheme, rest) = origin.split_once("://").unwrap_or(("https", origin));
    match kind {
        "suffix" => format!("{origin}.foreign.example"),
        "dot" => format!("{scheme}://{}", rest.replacen('.', "x", 1)),
        "prefix" => format!("{scheme}://foreign{rest}"),
        "scheme" => format!(
            "{}://{rest}",
            if scheme == "https" { "http" } else { "https" }
        ),
        _ => match rest.rsplit_once(':') {
            Some((host, _)) => format!("{scheme}://{host}:1"),
            None => format!("{scheme}://{rest}:1"),
        },
    }
}
