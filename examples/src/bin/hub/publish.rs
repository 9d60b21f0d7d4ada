//! `POST /topics/NAME?type=TYPE&publish_id=ID`: publishes an event, and answers its ID.

use std::{error::Error, time::Duration};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use http_body_util::LengthLimitError;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use sse_tower::{
    Event,
    hub::{PublishError, PublishErrorKind, PublishId, Topic},
};
use tokio::time::timeout;

use crate::{Server, access::Client};

/// The largest body, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// The time in which a body must arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn router() -> Router<Server> {
    Router::new().route("/topics/{*name}", post(publish))
}

#[derive(Deserialize)]
struct Parameters {
    r#type: Option<String>,
    publish_id: Option<String>,
}

/// The answer to an event that is published.
#[derive(Serialize)]
struct PublishedEvent {
    id: String,
}

type Refusal = (StatusCode, String);

async fn publish(
    State(server): State<Server>,
    Path(name): Path<String>,
    client: Client,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PublishedEvent>, Response> {
    let bad = |error: &dyn Error| (StatusCode::BAD_REQUEST, format!("{error}\n"));
    let topic = Topic::new(name).map_err(|error| bad(&error).into_response())?;
    // Before the body is read, so that nobody without the right can send one.
    let allowed = server.access.may_publish(&client, &topic);
    allowed.map_err(IntoResponse::into_response)?;

    let kind = Kind::of(&headers).map_err(IntoResponse::into_response)?;
    let data = read(body).await.map_err(IntoResponse::into_response)?;
    let data = kind.check(data).map_err(IntoResponse::into_response)?;
    let mut event = Event::new(data);
    if let Some(name) = parameters.r#type {
        event = event
            .try_with_type(name)
            .map_err(|error| bad(&error).into_response())?;
    }
    let mut publish = server.hub.publish(&topic, event);
    if let Some(id) = parameters.publish_id {
        let id = PublishId::new(id).map_err(|error| bad(&error).into_response())?;
        publish = publish.publish_id(within(&topic, &id));
    }
    match publish.await {
        Ok(id) => Ok(Json(PublishedEvent {
            id: id.as_str().to_owned(),
        })),
        Err(error) => Err(failure(error).into_response()),
    }
}

/// Returns a publish ID that counts only within the topic. Otherwise a publisher without the right to publish to this
/// topic could suppress its events, by using their IDs first in another topic.
fn within(topic: &Topic, id: &PublishId) -> String {
    // The name of a topic has no line end.
    let text = format!("{}\n{}", topic.as_str(), id.as_str());
    let digest = digest(&SHA256, text.as_bytes());
    let hex = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    hex.collect()
}

/// The kinds of bodies.
#[derive(Clone, Copy)]
enum Kind {
    Json,
    Text,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(content_type) = headers.get(CONTENT_TYPE) else {
            return Ok(Self::Text);
        };
        let content_type = content_type.to_str().unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        match &*essence {
            "application/json" => Ok(Self::Json),
            // `curl -d` sends this type, whatever the data is.
            "application/x-www-form-urlencoded" => Ok(Self::Text),
            text if text.starts_with("text/") => Ok(Self::Text),
            _ => Err((
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be text/plain or application/json\n".to_owned(),
            )),
        }
    }

    /// Returns the body as the data of an event.
    fn check(self, body: Vec<u8>) -> Result<String, Refusal> {
        let bad = |why: String| (StatusCode::BAD_REQUEST, why);
        let text = String::from_utf8(body);
        let text = text.map_err(|error| bad(format!("the body is not UTF-8: {error}\n")))?;
        if let Self::Json = self {
            serde_json::from_str::<IgnoredAny>(&text)
                .map_err(|error| bad(format!("the body is not JSON: {error}\n")))?;
        }
        Ok(text)
    }
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) if is_limit(&error) => Err((
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {MAX_BODY} bytes\n"),
        )),
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body is cut off\n".to_owned())),
        Err(_) => Err((
            StatusCode::REQUEST_TIMEOUT,
            format!("the body did not arrive within {BODY_TIMEOUT:?}\n"),
        )),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    let cause = error.source();
    cause.is_some_and(|cause| cause.is::<LengthLimitError>())
}

fn failure(error: PublishError) -> Refusal {
    let status = match error.kind() {
        PublishErrorKind::InvalidTopic => StatusCode::BAD_REQUEST,
        PublishErrorKind::ReservedType => {
            return (
                StatusCode::BAD_REQUEST,
                "the server itself sends events of this type: use another\n".to_owned(),
            );
        }
        PublishErrorKind::TooLarge => {
            return (
                StatusCode::PAYLOAD_TOO_LARGE,
                "the event is larger than the server's log\n".to_owned(),
            );
        }
        PublishErrorKind::NotPublished => StatusCode::SERVICE_UNAVAILABLE,
        PublishErrorKind::Unknown => StatusCode::GATEWAY_TIMEOUT,
        // A mistake of this program.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let text = format!("{error}\n");
    if status.is_server_error() {
        // Only the operator sees the causes.
        eprintln!("hub: {:#}", anyhow::Error::from(error));
    }
    (status, text)
}
