//! `GET /source/…`: the source files of this program, as pages to read beside the demo.

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::get,
};

const PAGE: &str = include_str!("../../../web/source.html");

/// The name of each file below `/source/`, and its path from this file.
macro_rules! files {
    ($($name:literal at $path:literal,)*) => {
        &[$(($name, include_str!($path))),*]
    };
}

const FILES: &[(&str, &str)] = files! {
    "main.rs" at "main.rs",
    "serve.rs" at "serve.rs",
    "streams.rs" at "streams.rs",
    "hubs.rs" at "hubs.rs",
    "visitor.rs" at "visitor.rs",
    "clock.rs" at "clock.rs",
    "chat.rs" at "chat.rs",
    "notifications.rs" at "notifications.rs",
    "slow.rs" at "slow.rs",
    "stop.rs" at "stop.rs",
    "raw.rs" at "raw.rs",
    "origins.rs" at "origins.rs",
    "metrics.rs" at "metrics.rs",
    "web/clock.js" at "../../../web/clock.js",
    "web/streams.js" at "../../../web/streams.js",
    "web/chat.js" at "../../../web/chat.js",
    "web/notifications.js" at "../../../web/notifications.js",
    "web/slow.js" at "../../../web/slow.js",
    "web/gap.js" at "../../../web/gap.js",
    "web/stop.js" at "../../../web/stop.js",
    "web/raw.js" at "../../../web/raw.js",
    "web/origins.js" at "../../../web/origins.js",
    "web/metrics.js" at "../../../web/metrics.js",
    "web/other-origin.js" at "../../../web/other-origin.js",
    "README.md" at "../../../../README.md",
    "sse-proto/README.md" at "../../../../sse-proto/README.md",
    "sse-tower/README.md" at "../../../../sse-tower/README.md",
    "sse-conformance/README.md" at "../../../../sse-conformance/README.md",
};

pub(crate) fn router() -> Router {
    Router::new().route("/source/{*name}", get(show))
}

async fn show(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(file, _)| *file == name) {
        Some((name, text)) => Html(page(name, text)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Makes an element for each line, so that the style sheet can number the lines.
fn page(name: &str, text: &str) -> String {
    let lines = text.lines().map(|line| {
        let is_comment = !name.ends_with(".md") && line.trim_start().starts_with("//");
        let class = if is_comment { " class=comment" } else { "" };
        format!("<span{class}>{}\n</span>", escape(line))
    });
    let lines: String = lines.collect();
    PAGE.replace("{name}", name).replace("{lines}", &lines)
}

fn escape(line: &str) -> String {
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
