//! Messages to the harness.

use anyhow::Context;
use http::{Request, Uri, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sse_tower::{Event, client::HttpClient};
use tower::ServiceExt;

/// Posts messages to `URL/1`, `URL/2` and so on, so that the harness knows their order.
pub(crate) struct Callbacks {
    client: HttpClient,
    url: Uri,
    count: u64,
}

impl Callbacks {
    pub(crate) const fn new(client: HttpClient, url: Uri) -> Self {
        Self {
            client,
            url,
            count: 0,
        }
    }

    /// Posts a message and waits for the response, so that messages arrive in order.
    pub(crate) async fn post(&mut self, message: &Value) -> anyhow::Result<()> {
        self.count += 1;
        let url = self.url.to_string();
        let url = format!("{}/{}", url.trim_end_matches('/'), self.count);
        let request = Request::post(&url).header(CONTENT_TYPE, "application/json");
        let response = self
            .client
            .clone()
            .oneshot(request.body(message.to_string())?);
        let response = response.await.map_err(anyhow::Error::from_boxed);
        let response = response.with_context(|| format!("cannot post to {url}"))?;
        // A body that is read to its end leaves the connection in the pool.
        let _ = response.into_body().collect().await;
        Ok(())
    }
}

pub(crate) fn event(event: &Event) -> Value {
    let mut fields = json!({ "type": event.event_type().as_str(), "data": event.data() });
    if let Some(id) = event.id() {
        fields["id"] = json!(id.as_str());
    }
    json!({ "kind": "event", "event": fields })
}

pub(crate) fn comment(text: &str) -> Value {
    json!({ "kind": "comment", "comment": text })
}

/// The specification calls the text `comment`, and the harness reads `error`.
pub(crate) fn error(text: &str) -> Value {
    json!({ "kind": "error", "error": text, "comment": text })
}
