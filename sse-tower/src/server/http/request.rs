//! Reads the parts of a request that matter to the stream that answers it.

use http::{Method, Request, Version};

use crate::{
    query,
    server::{
        admission::limit::StreamKey,
        compression::coding::{Coding, Effort},
        http::{accept, accept_encoding},
        observe::Observer,
        settings::StreamSettings,
    },
};

/// The parts of a request that matter to its stream. A response without a layer uses the default.
#[derive(Debug, Default)]
pub(crate) struct RequestFacts {
    /// False for a response without a layer, whose request may be HEAD.
    pub(crate) is_known: bool,
    pub(crate) is_head: bool,
    pub(crate) version: Option<Version>,
    pub(crate) wants_padding: bool,
    pub(crate) excludes_event_streams: bool,
    /// The content coding to compress the stream with.
    pub(crate) coding: Option<(Coding, Effort)>,
    pub(crate) limit_key: StreamKey,
    /// The observer of the stream. HEAD has none.
    pub(crate) observer: Option<Observer>,
}

impl RequestFacts {
    /// Reads the parts that the settings need.
    pub(crate) fn by<B>(request: Request<B>, settings: &StreamSettings) -> (Self, Request<B>) {
        let (head, body) = request.into_parts();
        let facts = Self {
            is_known: true,
            is_head: head.method == Method::HEAD,
            version: Some(head.version),
            wants_padding: wants_padding(head.uri.query().unwrap_or_default()),
            excludes_event_streams: settings.refuse_unacceptable
                && accept::excludes_event_streams(&head.headers),
            coding: settings.compression.and_then(|compression| {
                accept_encoding::choose(&head.headers, compression.offers())
            }),
            limit_key: settings
                .limits
                .as_ref()
                .map_or(StreamKey::None, |limits| limits.key_of(&head)),
            observer: match head.method {
                Method::HEAD => None,
                _ => settings.observing.observer(&head),
            },
        };
        (facts, Request::from_parts(head, body))
    }

    /// Returns whether the version forbids header fields about the connection, as HTTP/2 and later
    /// do.
    pub(crate) fn forbids_connection_fields(&self) -> bool {
        self.version
            .is_some_and(|version| version >= Version::HTTP_2)
    }

    /// Returns whether the response can ask the client to close the connection.
    pub(crate) fn may_close_connection(&self) -> bool {
        self.version
            .is_some_and(|version| version < Version::HTTP_2)
    }
}

/// Returns whether a polyfill asks for padding. Any value does: a length, `true` or nothing.
fn wants_padding(query: &str) -> bool {
    query::parameters(query).any(|(name, _)| matches!(&*name, b"padding" | b"evs_preamble"))
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
            ("evs%5Fpreamble=2056", true),
            ("a=padding", false),
            ("nopadding=1", false),
            ("Padding=1", false),
        ] {
            assert_eq!(wants_padding(query), wants, "{query}");
        }
    }
}
