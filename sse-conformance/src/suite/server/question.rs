//! The requests of which the head is looked at.

use super::observe::Observer;
use crate::driver::message::Request;

/// A request of which the head is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
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
    Http10,
    Query,
    Foreign,
    Null,
    Allowed,
    Lookalike(&'static str),
    Preflight,
    PreflightForeign,
    IdInQuery,
}

/// An origin that no server knows.
pub(super) const FOREIGN: &str = "https://foreign.example";

impl Question {
    pub(super) fn request(self, observer: &Observer<'_>) -> Request {
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
            Self::Head => Request { method: "HEAD", ..get },
            Self::Options => Request { method: "OPTIONS", ..get },
            Self::Post => Request { method: "POST", ..get }.with("content-length", "0"),
            Self::Unknown => Request { method: "BREW", ..get },
            Self::AcceptAny => get.with("accept", "*/*"),
            Self::AcceptAbsent => get.without("accept"),
            Self::AcceptOther => get.with("accept", "application/json"),
            Self::AcceptAmongOthers => {
                get.with("accept", "application/json;q=0.5, text/event-stream, */*;q=0.1")
            }
            Self::AcceptUpperCase => get.with("accept", "Text/Event-Stream"),
            Self::AcceptParameter => get.with("accept", "text/event-stream;charset=utf-8"),
            Self::Identity => get.with("accept-encoding", "identity"),
            Self::Http10 => Request { http10: true, ..get },
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
            Self::IdInQuery => Request {
                query: "lastEventId=1%0Adata%3A%20injected%0A%0A&last_event_id=1%0Adata%3A%20injected%0A%0A".to_owned(),
                ..get
            },
        }
    }
}

/// An origin that a careless comparison takes for `origin`.
pub(super) fn lookalike(origin: &str, kind: &str) -> String {
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
