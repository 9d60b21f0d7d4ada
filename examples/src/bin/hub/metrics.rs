//! `GET /metrics`: the metrics of the streams and of the hub as text for Prometheus, for administrators.

use std::{convert::Infallible, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sse_tower::server::StreamMetrics;

use crate::{
    Server,
    access::{Client, Denied},
};

/// The interval of the recorder's own work.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the recorder. Metrics that are created before that count nothing.
pub(crate) fn install() -> anyhow::Result<PrometheusHandle> {
    let duration = Matcher::Full("sse_stream_duration_seconds".to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(duration, &StreamMetrics::DURATION_BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("the recorder of metrics cannot be installed")
}

/// Lets the recorder put durations into their buckets. Otherwise it would keep each of them until the next request.
pub(crate) async fn upkeep(recorder: PrometheusHandle) -> Infallible {
    let mut interval = tokio::time::interval(UPKEEP);
    loop {
        interval.tick().await;
        recorder.run_upkeep();
    }
}

pub(crate) fn router() -> Router<Server> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(
    State(server): State<Server>,
    client: Client,
) -> Result<impl IntoResponse, Denied> {
    server.access.may_administrate(&client)?;
    let headers = [
        (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, server.recorder.render()))
}
