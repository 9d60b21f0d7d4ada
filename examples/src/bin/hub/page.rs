//! The pages. They are part of the program, so it runs in any directory and reads no files.
//!
//! Everybody may read them: they contain nothing of the hub. Their scripts ask the server for that, with the token
//! that the reader enters.

use axum::{
    Router,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    routing::{MethodRouter, get},
};

macro_rules! web {
    ($file:literal) => {
        include_str!(concat!("../../../web/hub/", $file))
    };
}

pub(crate) fn router() -> Router {
    Router::new()
        .route("/", html(web!("index.html")))
        .route("/admin", html(web!("admin.html")))
        .route("/hub.css", file("text/css; charset=utf-8", web!("hub.css")))
        .route("/index.js", js(web!("index.js")))
        .route("/admin.js", js(web!("admin.js")))
        .route("/token.js", js(web!("token.js")))
}

fn html(text: &'static str) -> MethodRouter {
    file("text/html; charset=utf-8", text)
}

fn js(text: &'static str) -> MethodRouter {
    file("text/javascript; charset=utf-8", text)
}

fn file(content_type: &'static str, text: &'static str) -> MethodRouter {
    // The pages show text that others have published.
    let policy = "default-src 'self'; img-src data:; frame-ancestors 'none'";
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    get(move || async move { (headers, text) })
}
