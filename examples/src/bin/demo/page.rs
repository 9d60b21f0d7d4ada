//! The pages, inside the program: it runs from any directory and asks nothing of the disk.

use axum::{
    Router,
    http::header::CONTENT_TYPE,
    routing::{MethodRouter, get},
};

macro_rules! web {
    ($file:literal) => {
        include_str!(concat!("../../../web/", $file))
    };
}

/// The page with the demonstrations.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", html(web!("index.html")))
        .route("/style.css", css(web!("style.css")))
        .route("/main.js", js(web!("main.js")))
        .route("/connection.js", js(web!("connection.js")))
        .route("/clock.js", js(web!("clock.js")))
        .route("/streams.js", js(web!("streams.js")))
        .route("/chat.js", js(web!("chat.js")))
        .route("/notifications.js", js(web!("notifications.js")))
        .route("/stop.js", js(web!("stop.js")))
        .route("/raw.js", js(web!("raw.js")))
        .route("/origins.js", js(web!("origins.js")))
        .merge(source())
}

/// The modules of this program, for who reads the page and asks how it is done.
fn source() -> Router {
    Router::new()
        .route("/source/main.rs", text(include_str!("main.rs")))
        .route("/source/serve.rs", text(include_str!("serve.rs")))
        .route("/source/streams.rs", text(include_str!("streams.rs")))
        .route("/source/clock.rs", text(include_str!("clock.rs")))
        .route("/source/chat.rs", text(include_str!("chat.rs")))
        .route("/source/chat/room.rs", text(include_str!("chat/room.rs")))
        .route(
            "/source/notifications.rs",
            text(include_str!("notifications.rs")),
        )
        .route(
            "/source/notifications/log.rs",
            text(include_str!("notifications/log.rs")),
        )
        .route("/source/stop.rs", text(include_str!("stop.rs")))
        .route("/source/raw.rs", text(include_str!("raw.rs")))
        .route("/source/origins.rs", text(include_str!("origins.rs")))
}

/// The page of the other origin.
pub(crate) fn other_origin() -> Router {
    Router::new()
        .route("/", html(web!("other-origin.html")))
        .route("/style.css", css(web!("style.css")))
        .route("/other-origin.js", js(web!("other-origin.js")))
}

fn html(text: &'static str) -> MethodRouter {
    file("text/html; charset=utf-8", text)
}

fn css(text: &'static str) -> MethodRouter {
    file("text/css; charset=utf-8", text)
}

fn js(text: &'static str) -> MethodRouter {
    file("text/javascript; charset=utf-8", text)
}

fn text(text: &'static str) -> MethodRouter {
    file("text/plain; charset=utf-8", text)
}

fn file(content_type: &'static str, text: &'static str) -> MethodRouter {
    get(move || async move { ([(CONTENT_TYPE, content_type)], text) })
}
