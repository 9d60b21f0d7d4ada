//! A service that streams chat completions as OpenAI does, read with the client of sse-tower.

use std::time::Duration;

use anyhow::{Context, ensure};
use async_stream::try_stream;
use futures_util::StreamExt;
use http::{
    HeaderValue, Request, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sse_tower::{
    Event,
    client::{Error, ErrorKind, EventSource, HttpClient},
};

use super::{ModelError, Tokens, Turn};

/// The time after which a silent service counts as gone.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The largest event of the service, in bytes.
const MAX_EVENT: usize = 1024 * 1024;

/// The number of characters that the page gets of an error of the service.
const MAX_MESSAGE: usize = 200;

pub(crate) struct OpenAi {
    client: HttpClient,
    url: Uri,
    model: String,
    authorization: Option<HeaderValue>,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    /// Sent in mid-stream, after the status 200.
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
}

impl OpenAi {
    pub(crate) fn new(url: &str, model: String, key: Option<&str>) -> anyhow::Result<Self> {
        let url = endpoint(url).context("--model-url")?;
        let authorization = key.map(|key| {
            // The error would print the key.
            let value = HeaderValue::from_str(&format!("Bearer {}", key.trim()));
            let mut value = value
                .ok()
                .context("--model-key: a key is printable ASCII text")?;
            value.set_sensitive(true);
            anyhow::Ok(value)
        });
        Ok(Self {
            client: HttpClient::new().context("TLS cannot be set up")?,
            url,
            model,
            authorization: authorization.transpose()?,
        })
    }

    pub(crate) fn name(&self) -> String {
        let host = self.url.host().unwrap_or_default();
        format!("{} of {host}", self.model)
    }

    pub(crate) fn answer(&self, question: &str, earlier: &[Turn]) -> Tokens {
        let request = self.request(question, earlier);
        let source = EventSource::builder(self.client.clone())
            .idle_timeout(IDLE_TIMEOUT)
            .limit(MAX_EVENT)
            .completes_at_end(true) // Some services forget the last blank line.
            .build(move |_| request.clone());
        // The source sends a POST once, and only when it is polled.
        let mut chunks = source.typed::<Chunk>().final_event("[DONE]");
        Box::pin(try_stream! {
            while let Some(chunk) = chunks.next().await {
                let Chunk { choices, error } = chunk.map_err(explain)?;
                if let Some(error) = error {
                    Err(reported(&error))?;
                }
                for Choice { delta, finish_reason } in choices {
                    if let Some(text) = delta.content.filter(|text| !text.is_empty()) {
                        yield Event::new(text);
                    }
                    if let Some("length" | "content_filter") = finish_reason.as_deref() {
                        let reason = finish_reason.unwrap_or_default();
                        Err(ModelError(format!("The model has ended its answer early: {reason}.")))?;
                    }
                }
            }
        })
    }

    fn request(&self, question: &str, earlier: &[Turn]) -> Request<String> {
        let message = |role: &str, text: &str| json!({ "role": role, "content": text });
        let mut messages = Vec::new();
        for Turn { question, answer } in earlier {
            messages.push(message("user", question));
            messages.push(message("assistant", answer));
        }
        messages.push(message("user", question));
        let body = json!({ "model": self.model, "stream": true, "messages": messages });
        let mut request = Request::new(body.to_string());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(
            self.authorization
                .clone()
                .map(|value| (AUTHORIZATION, value)),
        );
        request
    }
}

/// Returns the URL of chat completions. The path before it is that of the service, such as `/v1`.
fn endpoint(url: &str) -> anyhow::Result<Uri> {
    let parsed: Uri = url.parse().context("this is not a URL")?;
    let is_http = matches!(parsed.scheme_str(), Some("http" | "https"));
    ensure!(is_http, "the URL has to begin with http:// or https://");
    let authority = parsed
        .authority()
        .map_or("", |authority| authority.as_str());
    ensure!(
        !authority.contains('@') && parsed.query().is_none(),
        "the URL has a user or a query: give the key as --model-key, or better in LLM_MODEL_KEY"
    );
    let base = url.trim_end_matches('/');
    match base.ends_with("/chat/completions") {
        true => Ok(base.parse()?),
        false => Ok(format!("{base}/chat/completions").parse()?),
    }
}

/// Returns the error for the page. Only the operator sees what the service has sent.
fn explain(error: Error) -> ModelError {
    let text = match (error.kind(), error.status()) {
        (ErrorKind::Status, Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)) => {
            "The model's service refuses the key: is LLM_MODEL_KEY right?".to_owned()
        }
        (ErrorKind::Status, Some(StatusCode::TOO_MANY_REQUESTS)) => {
            let when = error.head().and_then(|head| head.headers.get(RETRY_AFTER));
            let seconds = when.and_then(|when| when.to_str().ok()?.parse::<u32>().ok());
            let when = seconds.map_or("later".to_owned(), |time| format!("in {time} seconds"));
            format!("The model's service has too many requests. Ask again {when}.")
        }
        (ErrorKind::Status, Some(status)) => {
            format!(
                "The model's service answers with status {}.",
                status.as_u16()
            )
        }
        (ErrorKind::Service | ErrorKind::ResponseTimeout, _) => {
            "The model's service cannot be reached.".to_owned()
        }
        (ErrorKind::ContentType, _) => {
            "The model's service does not answer with an event stream: is --model-url right?"
                .to_owned()
        }
        (ErrorKind::IdleTimeout, _) => {
            format!(
                "The model has been silent for {} seconds.",
                IDLE_TIMEOUT.as_secs()
            )
        }
        (ErrorKind::Body | ErrorKind::Incomplete, _) => {
            "The connection to the model broke, so the answer is incomplete.".to_owned()
        }
        _ => "The model's service has sent something else than an answer.".to_owned(),
    };
    // The answer to a wrong key may repeat it.
    let body = match error.status() {
        Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => String::new(),
        _ => shortened(&String::from_utf8_lossy(error.body())),
    };
    eprintln!("llm: the model: {:#} {body}", anyhow::Error::from(error));
    ModelError(text)
}

/// Returns the error that the service has sent instead of a token.
fn reported(error: &Value) -> ModelError {
    eprintln!(
        "llm: the model has failed: {}",
        shortened(&error.to_string())
    );
    let message = error.get("message").unwrap_or(error);
    let message = message.as_str().map_or(message.to_string(), str::to_owned);
    ModelError(format!("The model has failed: {}", shortened(&message)))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_MESSAGE).collect()
}
