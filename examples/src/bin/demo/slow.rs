//! `GET /readings`: twenty large events a second, for a reader that may be slow.
//!
//! A subscription has no queue: it is a position in the log of the hub. When a page stops reading, the buffers of
//! its connection fill, and then the position stays where it is. Once the log has dropped the events after the
//! position, they are lost for this page. When it reads again, it gets an event of type `gap`, and then the
//! oldest events that the log still has.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Json, Router,
    extract::{ConnectInfo, Query, State},
    response::IntoResponse,
    routing::get,
};
use serde::Serialize;
use sse_tower::{
    Event, LastEventId,
    error::BoxError,
    hub::{Hub, Topic},
};
use tokio::time::interval;

use crate::{streams::Streams, visitor::Visitor};

const READINGS: Topic = Topic::from_static("readings");

const INTERVAL: Duration = Duration::from_millis(50);

/// The size of an event in bytes. The buffers of a connection are full within seconds.
const SIZE: usize = 40_000;

/// The number of subscriptions that the figures list, the slowest first.
const ROWS: usize = 100;

pub(crate) fn router(streams: &Streams, hub: Hub) -> Router {
    tokio::spawn(publish_while_somebody_listens(hub.clone()));
    Router::new()
        .route("/readings", get(listen))
        .route("/readings/hub", get(figures))
        .with_state(Readings {
            streams: streams.clone(),
            hub,
        })
}

#[derive(Clone)]
struct Readings {
    streams: Streams,
    hub: Hub,
}

async fn listen(
    State(readings): State<Readings>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(visitor): Query<Visitor>,
    last: LastEventId,
) -> impl IntoResponse {
    let events = readings.hub.subscribe(READINGS).after(last);
    let events = events.key(visitor.name.into_string());
    readings.streams.answer("readings", peer, events)
}

/// `GET /readings/hub`: what the log has, and how far each subscription is behind.
async fn figures(State(readings): State<Readings>) -> impl IntoResponse {
    Json(readings.hub.snapshot(ROWS))
}

#[derive(Serialize)]
struct Reading {
    number: u64,
    filler: String,
}

async fn publish_while_somebody_listens(hub: Hub) {
    let mut pause = interval(INTERVAL);
    let mut number = 0;
    loop {
        pause.tick().await;
        if hub.presence(READINGS.as_str()).subscriptions() == 0 {
            continue;
        }
        match publish(&hub, number + 1).await {
            Ok(()) => number += 1,
            Err(error) => eprintln!("demo: a reading was not published: {error}"),
        }
    }
}

async fn publish(hub: &Hub, number: u64) -> Result<(), BoxError> {
    let filler = "·".repeat(SIZE / "·".len());
    let event = Event::from_json(&Reading { number, filler })?;
    hub.publish(READINGS, event).await?;
    Ok(())
}
