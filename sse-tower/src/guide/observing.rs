//! Observing streams: metrics, spans, and a hook of your own.
//!
//! A log of requests says little about streams: a stream that opened yesterday has not been logged
//! yet. Count streams instead, and look at the reasons of their ends.
//!
//! | for | use | feature |
//! |---|---|---|
//! | dashboards and alerts | `Settings::metrics` | `metrics` |
//! | metrics of a hub | `HubBuilder::metrics` | `metrics`, `hub` |
//! | traces and logs | `Settings::spans` | `tracing` |
//! | anything else | [`Settings::on_notice`](crate::Settings::on_notice) | |
//!
//! They can be combined. Without these settings, the features cost nothing.
//!
//! # Metrics
//!
//! The metrics go to the recorder of the crate [`metrics`](https://docs.rs/metrics). This program
//! has the recorder for Prometheus:
//!
//! ```
//! # #[cfg(all(feature = "metrics", feature = "axum", feature = "tokio"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::convert::Infallible;
//!
//! use axum::{Router, routing::get};
//! use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
//! use sse_tower::{Event, Settings, Sse, server::StreamMetrics};
//!
//! // First the recorder: metrics that are created before it count nothing.
//! let prometheus = PrometheusBuilder::new()
//!     .set_buckets_for_metric(
//!         Matcher::Full("sse_stream_duration_seconds".to_owned()),
//!         &StreamMetrics::DURATION_BUCKETS,
//!     )?
//!     .install_recorder()?;
//! // Then the metrics, once. Each handler gets a clone of the settings.
//! let settings = Settings::new().metrics(&StreamMetrics::new());
//!
//! let app: Router = Router::new()
//!     .route(
//!         "/events",
//!         get(|| async move {
//!             let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
//!             Sse::with(events, settings)
//!         }),
//!     )
//!     .route("/metrics", get(|| async move { prometheus.render() }));
//! # let _ = app;
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "metrics", feature = "axum", feature = "tokio")))]
//! # fn main() {}
//! ```
//!
//! Do three more things:
//!
//! - Call `run_upkeep` of the recorder's handle every few seconds. Otherwise it keeps each recorded
//!   duration until something scrapes `/metrics`.
//! - Protect `/metrics` like any page for administrators. It has no data of users, but it shows how
//!   busy the server is.
//! - If a process has several services, give each of them its own metrics with a label:
//!   `StreamMetrics::with_labels([("service", "orders")])`.
//!
//! The documentation of `server::StreamMetrics` and `hub::HubMetrics` lists all metrics. No label comes from a
//! request, so clients cannot make new time series.
//!
//! **Events and bytes move while streams run.** They are counted with each frame. Durations, and
//! the reasons of ends, are counted when streams end. So with streams that are open for hours, look
//! at `sse_streams_open` and at the rate of `sse_stream_events_total`.
//!
//! **A stream counts once.** If an [`Sse`](crate::Sse) and a [`RelayLayer`](crate::RelayLayer)
//! around it share the metrics, only the relay counts. HEAD requests, and responses that are not
//! event streams, do not count.
//!
//! # Alerts
//!
//! These rules of Prometheus cover the most common failures. Adjust the numbers to your traffic:
//!
//! ```yaml
//! groups:
//!   - name: sse
//!     rules:
//!       - alert: SseStreamsFail
//!         expr: |
//!           sum by (job) (rate(sse_streams_ended_total{reason=~"error|unavailable"}[5m]))
//!             > 0.05 * sum by (job) (rate(sse_streams_ended_total[5m]))
//!         for: 10m
//!         annotations:
//!           summary: More than 5 % of the streams of {{ $labels.job }} end with an error.
//!       - alert: SseReadersLag
//!         expr: |
//!           sum by (job) (rate(sse_streams_ended_total{reason=~"lag|stalled"}[5m]))
//!             > 0.05 * sum by (job) (rate(sse_streams_ended_total[5m]))
//!         for: 10m
//!         annotations:
//!           summary: More than 5 % of the streams of {{ $labels.job }} end because their readers are too slow.
//!       - alert: SseHubLosesEvents
//!         expr: sum by (job, reason) (increase(sse_hub_gaps_total{reason=~"slow|trimmed"}[15m])) > 10
//!         annotations:
//!           summary: Readers of {{ $labels.job }} miss events ({{ $labels.reason }}). Its log may be too short.
//!       - alert: SseStreamsRefused
//!         expr: sum by (job, reason) (increase(sse_streams_refused_total{reason=~"limit|mistake"}[15m])) > 0
//!         annotations:
//!           summary: '{{ $labels.job }} refuses streams: {{ $labels.reason }}.'
//! ```
//!
//! # Spans
//!
//! With `Settings::spans`, each stream has a span of the crate [`tracing`](https://docs.rs/tracing). Its parent
//! is the span of the request, such as that of tower-http's `TraceLayer`. That layer's own events end with the
//! head of the response, but the span of the stream lasts as long as the stream:
//!
//! ```
//! # #[cfg(all(feature = "tracing", feature = "tokio"))] {
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use sse_tower::{Event, Settings, SseLayer};
//! use tower::{ServiceBuilder, service_fn};
//! use tower_http::trace::TraceLayer;
//!
//! let service = ServiceBuilder::new()
//!     .layer(TraceLayer::new_for_http())
//!     .layer(SseLayer::with(Settings::new().spans()))
//!     .service(service_fn(|_: Request<()>| async {
//!         let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
//!         Ok::<_, Infallible>(Response::new(events))
//!     }));
//! # let _ = service;
//! # }
//! ```
//!
//! The target is `sse_tower::stream`. These are the levels:
//!
//! | what | level | fields |
//! |---|---|---|
//! | span `sse_stream` | INFO | `http_version`, `coding`; at the end `reason`, `events`, `bytes`, `sent_bytes`, `duration_seconds` |
//! | event "the stream is open" | DEBUG | |
//! | event "the stream has ended" | DEBUG | `reason` |
//! | event "the stream failed" | WARN | `reason`, `error` |
//! | event "the stream was refused", in the span of the request | DEBUG | `reason` |
//! | the same for a mistake in the server | ERROR | `reason`, `error` |
//!
//! The reasons have the same names as in the metrics. Only a stream that failed is worth a warning: clients leave
//! all the time. `error` is the text of your stream's error, so do not write secrets into it.
//!
//! The span is not entered while the stream is polled, so an event costs nothing more. If the events of your
//! stream should appear in a span, instrument the stream itself.
//!
//! # What it costs
//!
//! | | instructions for each delivery | bytes for each idle stream |
//! |---|---|---|
//! | feature enabled, but no setting | 0 | 0 |
//! | `Settings::metrics` | 110 | 0 |
//! | `Settings::spans` | 0 | 136, and those of the subscriber |
//!
//! `cargo xtask bench tower` measures the instructions, with the recorder for Prometheus.
//!
//! # A hook
//!
//! [`Settings::on_notice`](crate::Settings::on_notice) gets the same notices. Use it for what no metric should
//! have as a label, such as the path or the user:
//!
//! ```
//! use sse_tower::{Settings, server::{EndReason, Notice}};
//!
//! let settings = Settings::new().on_notice_with(|request| {
//!     let path = request.uri.path().to_owned();
//!     move |notice| {
//!         if let Notice::Ended(end) = notice
//!             && end.reason() == EndReason::Lag
//!         {
//!             eprintln!("a reader of {path} was too slow after {:?}", end.duration());
//!         }
//!     }
//! });
//! # let _ = settings;
//! ```
