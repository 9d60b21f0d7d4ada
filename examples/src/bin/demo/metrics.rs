//! `GET /metrics`: the metrics of the streams and hubs, as text for Prometheus. `/metrics.html` shows them.
//!
//! The numbers are of the whole server, and have no data of its visitors. So everybody may read them here, as with
//! `/streams`. The program `hub` shows them only to administrators.

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

pub(crate) fn router(recorder: PrometheusHandle) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(recorder)
}

async fn metrics(State(recorder): State<PrometheusHandle>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, recorder.render())
}
