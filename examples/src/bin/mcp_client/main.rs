//! A client of a Model Context Protocol server: `cargo run -p examples --bin mcp_client URL`.
//!
//! It opens a session over [Streamable
//! HTTP](https://modelcontextprotocol.io/specification/2025-06-18/basic/transports), prints the server's tools,
//! and then its notifications until Ctrl-C, or until the server ends its stream. [session.rs](session.rs) shows
//! the three ways in which messages arrive: an answer that is JSON, an answer that is an event stream, and the
//! stream of the server itself.
#![forbid(unsafe_code)]

mod session;

use std::env;

use anyhow::Context;
use futures_util::StreamExt;
use serde_json::{Value, json};
use sse_tower::client::ErrorKind;
use tokio::signal::ctrl_c;

use crate::session::Session;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = env::args()
        .nth(1)
        .context("the first argument is the URL")?;
    let mut session = Session::new(url.parse()?)?;
    let client = json!({ "name": "mcp_client", "version": env!("CARGO_PKG_VERSION") });
    let about =
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
    let server = session.call("initialize", about).await?;
    println!("connected to {}", server["serverInfo"]["name"]);
    session.notify("notifications/initialized").await?;
    let tools = session.call("tools/list", json!({})).await?;
    for tool in tools["tools"].as_array().into_iter().flatten() {
        println!("tool {}: {}", tool["name"], tool["description"]);
    }
    tokio::select! {
        listened = listen(&session) => listened?,
        _ = ctrl_c() => {}
    }
    session.close().await
}

/// Prints notifications until the server ends its stream for good.
async fn listen(session: &Session) -> anyhow::Result<()> {
    let mut messages = session.listen().typed::<Value>();
    while let Some(message) = messages.next().await {
        match message {
            Ok(message) => println!("notified: {}", message["method"]),
            // An event that only has an ID, so that the client can resume, has no data.
            Err(error) if error.kind() == ErrorKind::Data => {}
            // The server has nothing to say of its own.
            Err(error) if error.status() == Some(http::StatusCode::METHOD_NOT_ALLOWED) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
