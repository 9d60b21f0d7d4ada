//! A question to a language model: `cargo run -p examples --bin openai_chat URL QUESTION`.
//!
//! URL is that of a service with OpenAI's interface, such as `https://api.openai.com/v1/chat/completions`. The
//! answer is printed while it comes. The key is in the variable `OPENAI_API_KEY`.
#![forbid(unsafe_code)]

use std::{env, io::Write, time::Duration};

use anyhow::{Context, bail};
use futures_util::StreamExt;
use http::{Request, header};
use serde::Deserialize;
use serde_json::{Value, json};
use sse_tower::client::{EventSource, HttpClient};

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    /// Sent in mid-stream, after the status 200.
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let (url, question) = arguments
        .next()
        .zip(arguments.next())
        .context("URL QUESTION")?;
    let messages = json!([{ "role": "user", "content": question }]);
    let body = json!({ "model": "gpt-5-mini", "stream": true, "messages": messages });
    let key = env::var("OPENAI_API_KEY").unwrap_or_default();
    let request = Request::post(url)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string())?;
    let source = EventSource::builder(HttpClient::new()?)
        .idle_timeout(Duration::from_secs(60))
        .completes_at_end(true) // Some services forget the last blank line.
        .build(move |_| request.clone());
    let mut chunks = source.typed::<Chunk>().final_event("[DONE]");
    while let Some(chunk) = chunks.next().await {
        let Chunk { choices, error } = chunk?;
        if let Some(error) = error {
            bail!("the model has failed: {error}");
        }
        let text = choices
            .iter()
            .filter_map(|choice| choice.delta.content.as_deref());
        text.for_each(|text| print!("{text}"));
        std::io::stdout().flush()?;
    }
    println!();
    Ok(())
}
