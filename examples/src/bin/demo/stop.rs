//! `GET /ticks`: a stream that the server can stop for good.
//!
//! A browser reconnects after every end of a stream, even a clean one. Only a status other than 200 stops
//! it, and 204 (No Content) is the one that means "there is nothing more". So stopping takes two steps:
//! end the stream, and answer 204 when the browser reconnects.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Query, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use futures_util::StreamExt;
use serde::Deserialize;
use sse_tower::Event;
use tokio::{sync::watch, time::interval};
use tokio_stream::wrappers::IntervalStream;

use crate::streams::Streams;

/// The number of stopped pages that are remembered.
const REMEMBERED: usize = 1024;

pub(crate) fn router(streams: &Streams) -> Router {
    let ticks = Ticks {
        streams: streams.clone(),
        stopped: watch::Sender::default(),
    };
    Router::new()
        .route("/ticks", get(listen))
        .route("/ticks/stop", post(stop))
        .route("/ticks/start", post(start))
        .with_state(ticks)
}

#[derive(Clone)]
struct Ticks {
    streams: Streams,
    stopped: watch::Sender<Stopped>,
}

async fn listen(
    State(ticks): State<Ticks>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(Asking { page }): Query<Asking>,
) -> Result<impl IntoResponse, StatusCode> {
    let mut stopped = ticks.stopped.subscribe();
    if stopped.borrow().contains(&page) {
        return Err(StatusCode::NO_CONTENT);
    }
    let events = IntervalStream::new(interval(Duration::from_secs(1)))
        .enumerate()
        .map(|(n, _)| Ok::<_, Infallible>(Event::new(format!("tick {}", n + 1))))
        .take_until(async move {
            let _ = stopped.wait_for(|stopped| stopped.contains(&page)).await;
        });
    let answer = ticks.streams.answer("ticks", peer, events);
    Ok(answer.retry(Duration::from_secs(1)))
}

/// `POST /ticks/stop?page=…`: ends the page's stream, and answers 204 from now on.
async fn stop(State(ticks): State<Ticks>, Query(Asking { page }): Query<Asking>) -> StatusCode {
    ticks.stopped.send_modify(|stopped| stopped.insert(page));
    StatusCode::NO_CONTENT
}

/// `POST /ticks/start?page=…`: allows the page its stream again.
async fn start(State(ticks): State<Ticks>, Query(Asking { page }): Query<Asking>) -> StatusCode {
    ticks.stopped.send_modify(|stopped| stopped.remove(&page));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Asking {
    #[serde(default)]
    page: Page,
}

/// The name that a page has chosen for itself, so that stopping one page does not stop the others.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Page(String);

impl TryFrom<String> for Page {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(name))
        } else {
            Err("a page's name is at most 32 ASCII letters and digits")
        }
    }
}

/// The stopped pages, oldest first. If there are too many, the oldest is dropped.
#[derive(Default)]
struct Stopped(VecDeque<Page>);

impl Stopped {
    fn contains(&self, page: &Page) -> bool {
        self.0.contains(page)
    }

    fn insert(&mut self, page: Page) {
        self.remove(&page);
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(page);
    }

    fn remove(&mut self, page: &Page) {
        self.0.retain(|stopped| stopped != page);
    }
}
