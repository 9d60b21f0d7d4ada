//! A question to a language model: `cargo run -p examples --bin anthropic_chat URL QUESTION`.
//!
//! URL is that of a service with Anthropic's interface, such as `https://api.anthropic.com/v1/messages`. The answer
//! is printed while it comes. The key is in the variable `ANTHROPIC_API_KEY`.
#![forbid(unsafe_code)]

use std::{env, io::Write, time::Duration};

use anyhow::Context;
use futures_util::StreamExt;
use http::{Request, header};
use serde::Deserialize;
use serde_json::json;
use sse_tower::client::{EventSource, HttpClient};

/// The events that matter here. Others, such as `ping`, are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    ContentBlockDelta { delta: Delta },
    MessageStop,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    TextDelta {
        text: String,
    },
    #[serde(other)]
    Other,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let (url, question) = arguments
        .next()
        .zip(arguments.next())
        .context("URL QUESTION")?;
    let messages = json!([{ "role": "user", "content": question }]);
    let body = json!({ "model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": true, "messages": messages });
    let request = Request::post(url)
        .header(
            "x-api-key",
            env::var("ANTHROPIC_API_KEY").unwrap_or_default(),
        )
        .header("anthropic-version", "2023-06-01")
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string())?;
    let source = EventSource::builder(HttpClient::new()?).idle_timeout(Duration::from_secs(60));
    let source = source.build(move |_| request.clone());
    let mut answer = source
        .typed::<Answer>()
        .errors_when(|event| event.event_type() == "error")
        .final_type("message_stop");
    while let Some(event) = answer.next().await {
        match event? {
            Answer::ContentBlockDelta {
                delta: Delta::TextDelta { text },
            } => print!("{text}"),
            Answer::ContentBlockDelta {
                delta: Delta::Other,
            } => {}
            Answer::MessageStop => println!(),
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}
