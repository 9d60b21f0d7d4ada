//! A session: requests by POST, and the stream of the server by GET.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sse_proto::media_type;
use sse_tower::{
    Event, EventId,
    client::{Error, EventSource, EventStream, HttpBody, HttpClient},
};
use tower::ServiceExt;

pub(crate) struct Session {
    client: HttpClient,
    url: Uri,
    /// The session's ID, once the server has given one.
    headers: HeaderMap,
    calls: u64,
}

impl Session {
    pub(crate) fn new(url: Uri) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(
            "mcp-protocol-version",
            HeaderValue::from_static("2025-06-18"),
        );
        Ok(Self {
            client: HttpClient::new()?,
            url,
            headers,
            calls: 0,
        })
    }

    /// Calls a method of the server and returns its result.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.calls += 1;
        let id = self.calls;
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let response = self.post(&call).await?;
        if let Some(session) = response.headers().get("mcp-session-id") {
            self.headers.insert("mcp-session-id", session.clone());
        }
        let mut answer = if is_event_stream(&response) {
            self.answer_in_stream(response.into_body(), id).await?
        } else {
            let body = response.into_body().collect().await;
            let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
            serde_json::from_slice(&body).context("the answer is not JSON")?
        };
        if let Some(error) = answer.get("error") {
            bail!("{method} failed: {error}");
        }
        Ok(answer["result"].take())
    }

    /// Tells the server something that has no answer.
    pub(crate) async fn notify(&self, method: &str) -> anyhow::Result<()> {
        let response = self
            .post(&json!({ "jsonrpc": "2.0", "method": method }))
            .await?;
        ensure!(
            response.status() == StatusCode::ACCEPTED,
            "{method}: {}",
            response.status()
        );
        Ok(())
    }

    /// Opens the stream of the server's own messages.
    pub(crate) fn listen(&self) -> EventSource {
        self.follow(None)
    }

    /// Ends the session.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        let request = self.request(Method::DELETE, String::new());
        let response = self.client.oneshot(request).await;
        response.map(drop).map_err(anyhow::Error::from_boxed)
    }

    /// Returns the answer to a call from the stream of its POST. If that stream ends too early, a GET
    /// continues it: the call itself is not sent again.
    async fn answer_in_stream(&self, body: HttpBody, id: u64) -> anyhow::Result<Value> {
        let mut last_event_id = None;
        let posted = EventStream::of_body(body);
        match answer_in(posted, id, &mut last_event_id).await {
            Ok(Some(answer)) => return Ok(answer),
            Err(error) if last_event_id.is_none() => return Err(error.into()),
            Ok(None) | Err(_) => {}
        }
        let last = last_event_id.context("the stream ended before the answer")?;
        let answer = answer_in(self.follow(Some(last)), id, &mut None).await?;
        answer.context("the server has ended the stream before the answer")
    }

    fn follow(&self, last_event_id: Option<EventId>) -> EventSource {
        let request = self.request(Method::GET, String::new());
        let mut source = EventSource::builder(self.client.clone());
        if let Some(id) = last_event_id {
            source = source.last_event_id(id);
        }
        source
            .reconnection_time(Duration::from_secs(1))
            .build(move |_| request.clone())
    }

    async fn post(&self, message: &Value) -> anyhow::Result<Response<HttpBody>> {
        let mut request = self.request(Method::POST, message.to_string());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let both = HeaderValue::from_static("application/json, text/event-stream");
        request.headers_mut().insert(header::ACCEPT, both);
        let response = self.client.clone().oneshot(request).await;
        let response = response.map_err(anyhow::Error::from_boxed)?;
        ensure!(
            response.status().is_success(),
            "the server answered {}",
            response.status()
        );
        Ok(response)
    }

    fn request(&self, method: Method, body: String) -> Request<String> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

fn is_event_stream(response: &Response<HttpBody>) -> bool {
    let content_types = response.headers().get_all(header::CONTENT_TYPE);
    media_type::names_event_stream(content_types)
}

/// Returns the answer with this ID, or nothing if the stream ends before it. Prints other messages.
async fn answer_in(
    mut events: impl Stream<Item = Result<Event, Error>> + Unpin,
    id: u64,
    last_event_id: &mut Option<EventId>,
) -> Result<Option<Value>, Error> {
    while let Some(event) = events.next().await {
        let event = event?;
        if let Some(id) = event.id() {
            *last_event_id = Some(id.clone());
        }
        // An event with an ID and without data only allows the client to resume.
        let Ok(message) = event.json::<Value>() else {
            continue;
        };
        if message["id"] == id && message.get("method").is_none() {
            return Ok(Some(message));
        }
        println!("meanwhile: {}", message["method"]);
    }
    Ok(None)
}
