//! The pages. They are part of the program, so it runs in any directory and reads no files.

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
        .route("/metrics.html", html(web!("metrics.html")))
        .route("/metrics.js", js(web!("metrics.js")))
        .route("/style.css", css(web!("style.css")))
        .route("/main.js", js(web!("main.js")))
        .route("/connection.js", js(web!("connection.js")))
        .route("/clock.js", js(web!("clock.js")))
        .route("/streams.js", js(web!("streams.js")))
        .route("/chat.js", js(web!("chat.js")))
        .route("/notifications.js", js(web!("notifications.js")))
        .route("/slow.js", js(web!("slow.js")))
        .route("/gap.js", js(web!("gap.js")))
        .route("/visitor.js", js(web!("visitor.js")))
        .route("/stop.js", js(web!("stop.js")))
        .route("/raw.js", js(web!("raw.js")))
        .route("/origins.js", js(web!("origins.js")))
        .route("/copy.js", js(web!("copy.js")))
        .route("/source.js", js(web!("source.js")))
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

fn file(content_type: &'static str, text: &'static str) -> MethodRouter {
    get(move || async move { ([(CONTENT_TYPE, content_type)], text) })
}
