//! The record of requests, for the tests. It includes preflights, which a browser shows to no page.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json,
    extract::{Request, State},
    http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN},
    middleware::Next,
    response::Response,
};
use serde::Serialize;

use crate::text;

/// The number of requests that are remembered.
const REMEMBERED: usize = 100;

/// The latest requests.
pub(crate) type Requests = Arc<Mutex<VecDeque<Asked>>>;

#[derive(Serialize)]
pub(crate) struct Asked {
    method: String,
    origin: Option<String>,
    request_headers: Option<String>,
    status: u16,
}

impl Asked {
    fn new(request: &Request) -> Self {
        let field = |name| text(request.headers(), name).map(str::to_owned);
        Self {
            method: request.method().to_string(),
            origin: field(ORIGIN),
            request_headers: field(ACCESS_CONTROL_REQUEST_HEADERS),
            status: 0,
        }
    }
}

pub(crate) async fn remember(
    State(requests): State<Requests>,
    request: Request,
    next: Next,
) -> Response {
    let mut asked = Asked::new(&request);
    let response = next.run(request).await;
    asked.status = response.status().as_u16();
    let mut requests = lock(&requests);
    if requests.len() == REMEMBERED {
        requests.pop_front();
    }
    requests.push_back(asked);
    response
}

/// `POST /requests`: returns the requests since the previous call.
pub(crate) async fn take(State(requests): State<Requests>) -> Json<VecDeque<Asked>> {
    Json(mem::take(&mut *lock(&requests)))
}

fn lock(requests: &Requests) -> MutexGuard<'_, VecDeque<Asked>> {
    requests.lock().unwrap_or_else(PoisonError::into_inner)
}
