//! Finds the user of a request, and refuses the requests of other sites.
//!
//! There is no login. A cookie with a random number is the user, so the answers of one browser are not those of
//! another one. Its value is the key of the user's runs.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{COOKIE, ORIGIN},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use examples::loopback::{host, is_loopback};
use ring::rand::{SecureRandom, SystemRandom};
use sse_tower::runs::RunId;

use crate::Server;

const NAME: &str = "llm_user";

/// The user that a cookie names.
#[derive(Clone)]
pub(crate) struct User(pub(crate) Arc<str>);

/// The user, if the request has the cookie.
pub(crate) struct MaybeUser(pub(crate) Option<User>);

impl User {
    /// Returns a new user and the cookie that names it, or `None` if the system has no random numbers.
    pub(crate) fn new() -> Option<(Self, HeaderValue)> {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let user = format!("{:032x}", u128::from_be_bytes(bytes));
        // Lax: the first request of a link from another site has it too. Otherwise that would make a new user.
        let cookie = format!("{NAME}={user}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax");
        Some((Self(user.into()), HeaderValue::try_from(cookie).ok()?))
    }

    fn of(head: &Parts) -> Option<Self> {
        let fields = head.headers.get_all(COOKIE).iter();
        let pairs = fields.filter_map(|field| field.to_str().ok());
        let mut pairs = pairs.flat_map(|field| field.split(';'));
        let user = pairs.find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))?;
        // Its form is that of the ID of a run.
        let user: RunId = user.parse().ok()?;
        Some(Self(user.to_string().into()))
    }
}

impl FromRequestParts<Server> for MaybeUser {
    type Rejection = Infallible;

    async fn from_request_parts(head: &mut Parts, _: &Server) -> Result<Self, Infallible> {
        Ok(Self(User::of(head)))
    }
}

/// Refuses the requests of pages that this server has not sent: an answer may cost money.
///
/// A page of another site tells its origin. A page whose own name leads to this machine (DNS rebinding) has the right
/// origin, so a server on a loopback address answers only under a loopback name.
pub(crate) async fn refuse_other_sites(
    State(server): State<Server>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let host = host(&head);
    if server.is_local && !host.as_ref().is_some_and(is_loopback) {
        let text = "this server listens on a loopback address, so it answers only under a loopback name, such as \
                    localhost: see --bind\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let mut origins = head.headers.get_all(ORIGIN).iter();
    let is_own = |origin: &HeaderValue| {
        let authority = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"));
        authority.map(|(_, authority)| authority) == host.as_ref().map(|host| host.as_str())
    };
    if !origins.all(is_own) {
        return (
            StatusCode::FORBIDDEN,
            "pages of other origins may not ask\n",
        )
            .into_response();
    }
    next.run(Request::from_parts(head, body)).await
}
