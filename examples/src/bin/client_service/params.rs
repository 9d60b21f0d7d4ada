//! The stream that a harness asks for.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use serde::Deserialize;
use sse_tower::EventId;

/// The parameters of a stream, checked.
#[derive(Debug)]
pub(crate) struct Params {
    /// Each attempt sends this request.
    pub(crate) request: Request<String>,
    pub(crate) callback_url: Uri,
    pub(crate) initial_delay: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) last_event_id: Option<EventId>,
}

/// The parameters as they are sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    stream_url: String,
    callback_url: String,
    initial_delay_ms: Option<u64>,
    read_timeout_ms: Option<u64>,
    last_event_id: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    method: Option<String>,
    body: Option<String>,
}

impl Params {
    pub(crate) fn read(text: &str) -> anyhow::Result<Self> {
        let sent: Sent = serde_json::from_str(text).context("the parameters are not valid")?;
        let body = sent.body.filter(|body| !body.is_empty());
        let mut request = Request::new(body.unwrap_or_default());
        *request.uri_mut() = url("streamUrl", &sent.stream_url)?;
        if let Some(method) = sent.method.filter(|method| !method.is_empty()) {
            *request.method_mut() = Method::from_bytes(method.as_bytes()).context("method")?;
        }
        for (name, value) in sent.headers {
            let invalid = || format!("the header {name:?} is not valid");
            let key = HeaderName::from_bytes(name.as_bytes()).with_context(invalid)?;
            let value = HeaderValue::from_str(&value).with_context(invalid)?;
            request.headers_mut().insert(key, value);
        }
        if !request.body().is_empty() {
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            request
                .headers_mut()
                .entry(header::CONTENT_TYPE)
                .or_insert(text);
        }
        let last_event_id = sent.last_event_id.filter(|id| !id.is_empty());
        Ok(Self {
            request,
            callback_url: url("callbackUrl", &sent.callback_url)?,
            initial_delay: sent.initial_delay_ms.map(Duration::from_millis),
            read_timeout: sent.read_timeout_ms.map(Duration::from_millis),
            last_event_id: last_event_id
                .map(EventId::new)
                .transpose()
                .context("lastEventId")?,
        })
    }
}

/// Reads an absolute URL of HTTP.
fn url(name: &str, text: &str) -> anyhow::Result<Uri> {
    let uri: Uri = text
        .parse()
        .with_context(|| format!("{name} is not a URL"))?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    ensure!(is_http, "{name} does not begin with http:// or https://");
    Ok(uri)
}
