//! The page. It is part of the program, so that runs in any directory and reads no files.

use axum::{
    Router,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use crate::{
    Server,
    access::{MaybeUser, User},
};

macro_rules! web {
    ($file:literal) => {
        include_str!(concat!("../../../web/llm/", $file))
    };
}

pub(crate) fn router() -> Router<Server> {
    Router::new()
        .route("/", get(index))
        .route("/llm.css", file("text/css; charset=utf-8", web!("llm.css")))
        .route("/main.js", js(web!("main.js")))
        .route("/answers.js", js(web!("answers.js")))
        .route("/turn.js", js(web!("turn.js")))
        .route("/follow.js", js(web!("follow.js")))
        .route("/events.js", js(web!("events.js")))
}

/// The page. The browser gets its cookie with it, before any script sends a request.
async fn index(MaybeUser(user): MaybeUser) -> Response {
    let mut response = contents("text/html; charset=utf-8", web!("index.html"));
    let cookie = match user {
        Some(_) => None,
        None => User::new().map(|(_, cookie)| (SET_COOKIE, cookie)),
    };
    response.headers_mut().extend(cookie);
    response
}

fn js(text: &'static str) -> MethodRouter<Server> {
    file("text/javascript; charset=utf-8", text)
}

fn file(content_type: &'static str, text: &'static str) -> MethodRouter<Server> {
    get(move || async move { contents(content_type, text) })
}

fn contents(content_type: &'static str, text: &'static str) -> Response {
    // The page shows text that a model has written.
    let policy = "default-src 'self'; img-src data:; frame-ancestors 'none'";
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, text).into_response()
}
