//! `GET /healthz` and `GET /readyz`: tell a load balancer or a supervisor whether the server works.
//!
//! A server that is not healthy should be restarted. One that is healthy but not ready should get no new requests.

use axum::{Router, extract::State, http::StatusCode, routing::get};

use crate::Server;

pub(crate) fn router() -> Router<Server> {
    Router::new()
        .route("/healthz", get(async || "healthy\n"))
        .route("/readyz", get(readiness))
}

async fn readiness(State(server): State<Server>) -> (StatusCode, String) {
    let not_ready = |why: String| (StatusCode::SERVICE_UNAVAILABLE, why);
    if server.drain.is_started() {
        return not_ready("the server stops\n".to_owned());
    }
    let health = server.hub.health();
    if health.is_healthy() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    let seconds = health.since().elapsed().as_secs();
    not_ready(format!("the log is {} for {seconds} s\n", health.state()))
}
