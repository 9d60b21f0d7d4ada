//! `GET /admin/snapshot`: the contents of the hub, for administrators.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, header::CACHE_CONTROL},
    response::IntoResponse,
    routing::get,
};
use serde::Serialize;
use sse_tower::hub::HubSnapshot;

use crate::{
    Server,
    access::{Client, Denied},
};

/// The number of topics and of subscriptions that are listed.
const MAX_ROWS: usize = 100;

const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

pub(crate) fn router() -> Router<Server> {
    Router::new().route("/admin/snapshot", get(snapshot))
}

/// The answer to an administrator.
#[derive(Serialize)]
struct Snapshot {
    /// The state of the log: healthy, failing or unavailable.
    log: String,
    #[serde(flatten)]
    hub: HubSnapshot,
}

async fn snapshot(
    State(server): State<Server>,
    client: Client,
) -> Result<impl IntoResponse, Denied> {
    server.access.may_administrate(&client)?;
    let snapshot = Snapshot {
        log: server.hub.health().state().to_string(),
        hub: server.hub.snapshot(MAX_ROWS),
    };
    Ok(([NO_STORE], Json(snapshot)))
}
