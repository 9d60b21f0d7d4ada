//! Decides who may publish, subscribe and administrate.
//!
//! With tokens, a request needs one that has the right. Without tokens, only programs on this machine may publish
//! and administrate.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, FORWARDED, HeaderName, ORIGIN, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use examples::loopback::{host, is_loopback};
use sse_tower::{CorsLayer, cors::Origin, hub::Topic};

use crate::{
    Server,
    tokens::{Rights, Tokens},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The rules for all requests.
#[derive(Debug)]
pub(crate) struct Access {
    rule: Rule,
    behind_proxy: bool,
}

#[derive(Debug)]
enum Rule {
    Tokens(Tokens),
    /// Programs on this machine, and pages of these origins that are open on it.
    ThisMachine(Vec<Origin>),
}

/// The origins whose pages may subscribe and publish, besides the server's own.
#[derive(Clone, Debug)]
pub(crate) enum Cors {
    Any,
    Origins(Vec<Origin>),
}

/// The client of a request, as far as the rules need it.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its streams are counted under this address.
    pub(crate) address: IpAddr,
    token: Option<String>,
    is_on_this_machine: bool,
}

/// A request that is not allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Denied {
    TokenIsMissing,
    TokenIsUnknown,
    RightIsMissing,
    NotOnThisMachine,
}

impl Access {
    pub(crate) fn new(tokens: Option<Tokens>, cors: &Cors, behind_proxy: bool) -> Self {
        let rule = match (tokens, cors) {
            (Some(tokens), _) => Rule::Tokens(tokens),
            (None, Cors::Origins(origins)) => Rule::ThisMachine(origins.clone()),
            // Every page that a browser on this machine shows could otherwise publish.
            (None, Cors::Any) => Rule::ThisMachine(Vec::new()),
        };
        Self { rule, behind_proxy }
    }

    pub(crate) fn may_publish(&self, client: &Client, topic: &Topic) -> Result<(), Denied> {
        self.check(client, |rights| rights.may_publish(topic))
    }

    pub(crate) fn may_administrate(&self, client: &Client) -> Result<(), Denied> {
        self.check(client, Rights::may_administrate)
    }

    pub(crate) fn may_subscribe(&self, client: &Client, topics: &[Topic]) -> Result<(), Denied> {
        match &self.rule {
            Rule::Tokens(tokens) if tokens.restrict_subscribing() => self.check(client, |rights| {
                topics.iter().all(|topic| rights.may_subscribe(topic))
            }),
            _ => Ok(()),
        }
    }

    /// Returns words for the people who may publish.
    pub(crate) fn publishers(&self) -> &'static str {
        match &self.rule {
            Rule::Tokens(_) => "with a token",
            Rule::ThisMachine(_) => {
                "only from this machine, since no token is configured (--tokens FILE)"
            }
        }
    }

    /// Returns words for the people who may subscribe.
    pub(crate) fn subscribers(&self) -> &'static str {
        match &self.rule {
            Rule::Tokens(tokens) if tokens.restrict_subscribing() => "with a token",
            _ => "everybody",
        }
    }

    fn check(&self, client: &Client, has_right: impl Fn(&Rights) -> bool) -> Result<(), Denied> {
        let tokens = match &self.rule {
            Rule::Tokens(tokens) => tokens,
            Rule::ThisMachine(_) if client.is_on_this_machine => return Ok(()),
            Rule::ThisMachine(_) => return Err(Denied::NotOnThisMachine),
        };
        let token = client.token.as_deref().ok_or(Denied::TokenIsMissing)?;
        let rights = tokens.rights(token).ok_or(Denied::TokenIsUnknown)?;
        match has_right(rights) {
            true => Ok(()),
            false => Err(Denied::RightIsMissing),
        }
    }

    /// Returns whether a program on this machine has sent the request, or a page of an allowed origin.
    ///
    /// A request from a loopback address may still come from elsewhere:
    ///
    /// - through a proxy on this machine, which most proxies tell in a header field;
    /// - from a page of any site in a browser on this machine, which tells its origin;
    /// - from such a page whose own name leads to this machine (DNS rebinding), so `Host` must be a loopback name.
    fn is_on_this_machine(&self, peer: IpAddr, head: &Parts) -> bool {
        let Rule::ThisMachine(origins) = &self.rule else {
            return false;
        };
        let Some(host) = host(head).filter(is_loopback) else {
            return false;
        };
        let own = format!("http://{host}");
        let is_allowed = |origin: &[u8]| {
            let mut listed = origins.iter().map(Origin::as_str);
            origin == own.as_bytes() || listed.any(|listed| origin == listed.as_bytes())
        };
        let mut sent = head.headers.get_all(ORIGIN).iter();
        let is_proxied = [FORWARDED, X_FORWARDED_FOR]
            .iter()
            .any(|name| head.headers.contains_key(name));
        peer.is_loopback() && !is_proxied && sent.all(|origin| is_allowed(origin.as_bytes()))
    }
}

impl Cors {
    pub(crate) fn apply(self, router: Router<Server>) -> Router<Server> {
        match self {
            Self::Any => router.layer(CorsLayer::any()),
            Self::Origins(origins) => router.layer(CorsLayer::origins(origins)),
        }
    }
}

impl FromRequestParts<Server> for Client {
    type Rejection = Response;

    async fn from_request_parts(head: &mut Parts, server: &Server) -> Result<Self, Response> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(head, server).await;
        let ConnectInfo(peer) = peer.map_err(IntoResponse::into_response)?;
        let peer = peer.ip().to_canonical();
        let access = &server.access;
        let forwarded = access.behind_proxy.then(|| last_forwarded(&head.headers));
        Ok(Self {
            address: network(forwarded.flatten().unwrap_or(peer)),
            token: bearer(&head.headers),
            is_on_this_machine: access.is_on_this_machine(peer, head),
        })
    }
}

impl Client {
    /// Takes the token from the query if the header fields have none: an `EventSource` cannot set header fields.
    pub(crate) fn or_token(mut self, token: Option<&str>) -> Self {
        self.token = self.token.or_else(|| token.map(str::to_owned));
        self
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let challenge = |error: &str| [(WWW_AUTHENTICATE, format!("Bearer realm=\"hub\"{error}"))];
        match self {
            Self::TokenIsMissing => (
                StatusCode::UNAUTHORIZED,
                challenge(""),
                "a token is needed: send it as `Authorization: Bearer TOKEN`\n",
            )
                .into_response(),
            Self::TokenIsUnknown => (
                StatusCode::UNAUTHORIZED,
                challenge(", error=\"invalid_token\""),
                "the token is not known\n",
            )
                .into_response(),
            Self::RightIsMissing => (
                StatusCode::FORBIDDEN,
                challenge(", error=\"insufficient_scope\""),
                "the token does not allow this\n",
            )
                .into_response(),
            Self::NotOnThisMachine => (
                StatusCode::FORBIDDEN,
                "no token is configured, so only programs on the server's machine may do this, directly and under a \
                 loopback name, and pages of the server's own origin: see --tokens and --allow-origin\n",
            )
                .into_response(),
        }
    }
}

/// Returns the token of the field `Authorization`.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim().to_owned())
}

/// Returns the address that the proxy has added. A client can send others, which come before it.
fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(X_FORWARDED_FOR).iter().next_back()?;
    let address = last.to_str().ok()?.rsplit(',').next()?.trim().parse();
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// Returns the address under which a client's streams are counted. Only the first 64 bits of an IPv6
/// address count, because the client can choose the rest.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, header::HOST};

    use super::*;

    #[test]
    fn the_peer_of_a_request_on_this_machine_has_a_loopback_address() {
        let access = Access::new(None, &Cors::Any, false);
        let request = Request::post("/topics/a").header(HOST, "localhost:3000");
        let (head, ()) = request.body(()).unwrap().into_parts();
        for (peer, is_on_this_machine) in [
            ("127.0.0.1", true),
            ("127.8.8.8", true),
            ("::1", true),
            ("192.0.2.1", false),
            ("10.0.0.1", false),
            ("0.0.0.0", false),
            ("::", false),
            ("fe80::1", false),
        ] {
            let peer = peer.parse().unwrap();
            let answer = access.is_on_this_machine(peer, &head);
            assert_eq!(answer, is_on_this_machine, "{peer}");
        }
    }
}
