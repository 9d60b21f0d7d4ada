//! The example of the documentation over HTTP.
#![cfg(feature = "axum")]

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    routing::{get, post},
};
use http::{Request, Response};
use sse_tower::{
    Event, LastEventId, Sse,
    error::BoxError,
    runs::{Follower, RunError, RunId, Runs},
    testing::EventReader,
};
use tower::ServiceExt;

async fn start(State(runs): State<Runs>, question: String) -> Result<String, RunError> {
    let words: Vec<_> = question
        .split(' ')
        .map(|word| Ok::<_, BoxError>(Event::new(word)))
        .collect();
    let run = runs.start(tokio_stream::iter(words)).await?;
    let id = run.id();
    tokio::spawn(run.drive());
    Ok(id.to_string())
}

async fn follow(
    Path(id): Path<RunId>,
    last: LastEventId,
    State(runs): State<Runs>,
) -> Result<Sse<Follower>, RunError> {
    Ok(Sse::new(runs.follow(id, last).await?))
}

async fn answer(app: &Router, request: http::request::Builder, body: &str) -> Response<Body> {
    let request: Request<Body> = request.body(body.to_owned().into()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_post_starts_and_a_get_follows() {
    let app = Router::new()
        .route("/answers", post(start))
        .route("/answers/{id}", get(follow))
        .with_state(Runs::memory());
    let started = answer(&app, Request::post("/answers"), "a b c").await;
    let id = axum::body::to_bytes(started.into_body(), 100)
        .await
        .unwrap();
    let url = format!("/answers/{}", std::str::from_utf8(&id).unwrap());
    let response = answer(&app, Request::get(&url), "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let events = EventReader::new(response).rest().await;
    assert_eq!(events.len(), 4);
    for (last, count) in [(0, 4), (1, 3), (2, 2)] {
        let id = events[0].id().unwrap().as_str().trim_end_matches('1');
        let request = Request::get(&url).header("last-event-id", format!("{id}{last}"));
        let response = answer(&app, request, "").await;
        assert_eq!(EventReader::new(response).rest().await.len(), count);
    }
    let complete = Request::get(&url).header("last-event-id", events[3].id().unwrap().as_str());
    let unknown = Request::get(format!("/answers/{:032x}", 7));
    let no_id = Request::get("/answers/7");
    for (request, status, cache) in [
        (complete, 204, true),
        (unknown, 404, true),
        (no_id, 400, false),
    ] {
        let response = answer(&app, request, "").await;
        assert_eq!(response.status(), status);
        let cache_control = response.headers().get("cache-control");
        assert_eq!(
            cache_control.is_some_and(|value| value == "no-store"),
            cache
        );
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        assert_eq!(body.is_empty(), status == 204);
    }
}
