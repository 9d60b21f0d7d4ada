//! What a request says that matters to the stream it is answered with.

use http::{Method, Request, Version, request::Parts};

use crate::{
    Settings, accept,
    limit::{Key, Limits},
};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) is_head: bool,
    /// HTTP/2 and later forbid the header fields that speak of the connection.
    pub(crate) forbids_connection_fields: bool,
    pub(crate) wants_padding: bool,
    pub(crate) excludes_event_streams: bool,
    pub(crate) limit_key: Option<Key>,
}

impl Asked {
    /// Reads what the settings need to know.
    pub(crate) fn by<B>(request: Request<B>, settings: &Settings) -> (Self, Request<B>) {
        let (head, body) = request.into_parts();
        let asked = Self {
            is_head: head.method == Method::HEAD,
            forbids_connection_fields: head.version >= Version::HTTP_2,
            wants_padding: wants_padding(head.uri.query().unwrap_or_default()),
            excludes_event_streams: settings.refuse_unacceptable
                && accept::excludes_event_streams(&head.headers),
            limit_key: limit_key(settings.limits.as_ref(), &head),
        };
        (asked, Request::from_parts(head, body))
    }
}

fn limit_key(limits: Option<&Limits>, head: &Parts) -> Option<Key> {
    limits.and_then(|limits| limits.key_of(head))
}

/// Whether a polyfill asks for padding, whatever the value: a length, `true` or nothing.
fn wants_padding(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        matches!(name, "padding" | "evs_preamble")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polyfills_ask_for_padding() {
        for (query, wants) in [
            ("", false),
            ("padding", true),
            ("padding=true", true),
            ("a=b&evs_preamble=2056", true),
            ("evs_preamble", true),
            ("a=padding", false),
            ("nopadding=1", false),
            ("Padding=1", false),
        ] {
            assert_eq!(wants_padding(query), wants, "{query}");
        }
    }
}
