//! Metrics of streams that run: their numbers move with each frame.

use std::{convert::Infallible, time::Duration};

use http::{Request, Response};
use http_body_util::BodyExt;
use sse_tower::{Heartbeat, RelayLayer, Settings, Sse, server::StreamMetrics};
use tower::{Layer, ServiceExt, service_fn};

use super::{Scrape, Server, event, head, list, quiet};
use crate::support::{finished, next_frame};

#[tokio::test]
async fn three_streams_are_counted_while_they_run_and_when_they_end() {
    let (scrape, metrics) = Scrape::new();
    let server = Server::new(quiet(&metrics)).await;
    assert_eq!(scrape.values(), list([]));

    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(server.open().await);
    }
    scrape.until("sse_streams_open", 3.0).await;
    for (sender, client) in &mut streams {
        sender.send(event("one")).unwrap();
        client.read_until("data: one\n\n").await;
    }
    let (sender, client) = &mut streams[1];
    sender.send(event("eleven")).unwrap();
    client.read_until("data: eleven\n\n").await;
    // 3 events of 11 bytes and one of 14 bytes.
    let running = [
        ("sse_streams_open", 3.0),
        ("sse_streams_opened_total", 3.0),
        ("sse_stream_events_total", 4.0),
        ("sse_stream_bytes_total", 47.0),
        ("sse_stream_sent_bytes_total", 47.0),
    ];
    assert_eq!(scrape.values(), list(running));

    // One client leaves, one stream is complete, and one fails.
    let (sender, gone) = streams.remove(0);
    drop(gone);
    scrape.until("sse_streams_open", 2.0).await;
    drop(sender);
    let (sender, client) = streams.remove(0);
    sender.send(event("last")).unwrap();
    drop(sender);
    assert!(client.read_all().await.ends_with(b"data: last\n\n"));
    scrape.until("sse_streams_open", 1.0).await;
    let (sender, client) = streams.remove(0);
    sender.send(Err("broken".into())).unwrap();
    client.read_all().await;
    scrape.until("sse_streams_open", 0.0).await;
    let mut values = scrape.values();
    let seconds = values.remove("sse_stream_duration_seconds_sum").unwrap();
    assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");
    let ended = [
        ("sse_streams_opened_total", 3.0),
        ("sse_streams_ended_total{reason=\"client_gone\"}", 1.0),
        ("sse_streams_ended_total{reason=\"completed\"}", 1.0),
        ("sse_streams_ended_total{reason=\"error\"}", 1.0),
        ("sse_stream_events_total", 5.0),
        ("sse_stream_bytes_total", 59.0),
        ("sse_stream_sent_bytes_total", 59.0),
        ("sse_stream_duration_seconds_count", 3.0),
    ];
    assert_eq!(values, list(ended));
}

#[tokio::test]
async fn the_start_the_heartbeats_and_the_final_event_are_counted() {
    let (scrape, metrics) = Scrape::new();
    let settings = Settings::new()
        .retry(Duration::from_secs(1))
        .heartbeat(Heartbeat::every(Duration::from_millis(20)))
        .final_event(sse_tower::Event::from_static("[DONE]"))
        .metrics(&metrics);
    let server = Server::new(settings).await;
    let (sender, mut client) = server.open().await;
    client.read_until(":\n:\n").await;
    assert!(scrape.value("sse_stream_heartbeats_total") >= 2.0);
    drop(sender);
    let bytes = client.read_all().await;
    scrape.until("sse_streams_open", 0.0).await;
    let text = String::from_utf8(bytes).unwrap();
    let heartbeats = text.matches(":\n").count() as f64;
    assert_eq!(scrape.value("sse_stream_heartbeats_total"), heartbeats);
    assert_eq!(scrape.value("sse_stream_bytes_total"), text.len() as f64);
    assert_eq!(
        scrape.value("sse_stream_sent_bytes_total"),
        text.len() as f64
    );
    assert_eq!(scrape.value("sse_stream_events_total"), 1.0);
    assert_eq!(
        scrape.value("sse_streams_ended_total{reason=\"completed\"}"),
        1.0
    );
}

#[cfg(feature = "compression-gzip")]
#[tokio::test]
async fn bytes_are_counted_before_and_after_compression() {
    use sse_tower::server::{Compression, CompressionLevel};

    let (scrape, metrics) = Scrape::new();
    let compression = Compression::new().gzip(CompressionLevel::Low);
    let server = Server::new(quiet(&metrics).compression(compression)).await;
    let sender = server.prepare();
    let request = Request::get("/").header("accept-encoding", "gzip");
    let mut client = server.request(request).await;
    let long = "x".repeat(1000);
    for number in 1..=3 {
        let event = sse_tower::Event::new(long.as_str());
        sender.send(Ok(event)).unwrap();
        assert!(client.read_frame().await);
        assert_eq!(scrape.value("sse_stream_events_total"), number as f64);
        let plain = scrape.value("sse_stream_bytes_total");
        assert_eq!(plain, 1008.0 * number as f64);
    }
    drop(sender);
    let sent = client.read_all().await.len() as f64;
    scrape.until("sse_streams_open", 0.0).await;
    assert_eq!(scrape.value("sse_stream_sent_bytes_total"), sent);
    assert_eq!(scrape.value("sse_stream_bytes_total"), 3024.0);
    assert!(sent < 500.0, "{sent}");
}

#[tokio::test]
async fn head_opens_no_stream() {
    let (scrape, metrics) = Scrape::new();
    let server = Server::new(quiet(&metrics)).await;
    let sender = server.prepare();
    drop(server.request(head()).await);
    drop(sender);
    let (sender, client) = server.open().await;
    drop(sender);
    client.read_all().await;
    scrape.until("sse_streams_open", 0.0).await;
    assert_eq!(scrape.value("sse_streams_opened_total"), 1.0);
}

#[tokio::test]
async fn labels_are_added_and_reason_is_reserved() {
    let (scrape, metrics) =
        Scrape::with(|| StreamMetrics::with_labels([("service", "orders"), ("reason", "none")]));
    let server = Server::new(quiet(&metrics)).await;
    let (sender, client) = server.open().await;
    drop(sender);
    client.read_all().await;
    let ended = "sse_streams_ended_total{service=\"orders\",reason=\"completed\"}";
    scrape.until(ended, 1.0).await;
    let opened = "sse_streams_opened_total{service=\"orders\"}";
    assert_eq!(scrape.value(opened), 1.0);
}

/// Returns the values after a stream of a response with `inner` settings, under a relay with
/// `outer` settings.
async fn nested(inner: Settings, outer: Settings) {
    let service = service_fn(move |_: Request<()>| {
        let response = Sse::with(finished(["a", "b"]), inner.clone()).into_http();
        async { Ok::<_, Infallible>(response) }
    });
    let service = RelayLayer::with(outer).layer(service);
    let response: Response<_> = service.oneshot(Request::new(())).await.unwrap();
    let mut body = Box::pin(response.into_body());
    while next_frame(&mut body).await.is_some() {}
}

#[tokio::test]
async fn a_relay_that_shares_the_metrics_counts_the_stream_once() {
    let (scrape, metrics) = Scrape::new();
    nested(quiet(&metrics), quiet(&metrics)).await;
    for (name, value) in [
        ("sse_streams_opened_total", 1.0),
        ("sse_streams_ended_total{reason=\"completed\"}", 1.0),
        ("sse_stream_events_total", 2.0),
        ("sse_stream_bytes_total", 18.0),
        ("sse_stream_sent_bytes_total", 18.0),
        ("sse_streams_open", 0.0),
    ] {
        assert_eq!(scrape.value(name), value, "{name}");
    }

    let ((scrape, inner), (other_scrape, outer)) = (Scrape::new(), Scrape::new());
    nested(quiet(&inner), quiet(&outer)).await;
    for scrape in [scrape, other_scrape] {
        assert_eq!(scrape.value("sse_streams_opened_total"), 1.0);
        assert_eq!(scrape.value("sse_stream_events_total"), 2.0);
    }
}

#[tokio::test]
async fn a_relay_that_shares_only_the_hook_leaves_the_metrics_alone() {
    let (scrape, metrics) = Scrape::new();
    let hook = Settings::new().without_heartbeat().on_notice(|_| {});
    nested(hook.clone().metrics(&metrics), hook).await;
    assert_eq!(scrape.value("sse_streams_opened_total"), 1.0);
    assert_eq!(scrape.value("sse_streams_open"), 0.0);
    assert_eq!(scrape.value("sse_stream_bytes_total"), 18.0);
}

/// Reads the first frame of a response before it reaches the relay around it, as a layer that
/// inspects streams may do.
#[tokio::test]
async fn a_stream_that_was_polled_before_a_relay_took_it_leaves_the_gauge_at_zero() {
    let (scrape, metrics) = Scrape::new();
    let (settings, outer) = (quiet(&metrics), quiet(&metrics));
    let service = service_fn(move |_: Request<()>| {
        let response = Sse::with(finished(["a", "b"]), settings.clone()).into_http();
        async move {
            let (head, body) = response.into_parts();
            let mut body = body.boxed_unsync();
            let first = body.frame().await.unwrap();
            drop(first.unwrap());
            Ok::<_, Infallible>(Response::from_parts(head, body))
        }
    });
    let service = RelayLayer::with(outer).layer(service);
    let response = service.oneshot(Request::new(())).await.unwrap();
    drop(response.into_body().collect().await);
    assert_eq!(scrape.value("sse_streams_open"), 0.0);
}
