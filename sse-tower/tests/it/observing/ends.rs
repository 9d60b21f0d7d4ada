//! Each reason of an end or a refusal, once.

use std::time::Duration;

use http::Request;
use sse_tower::{
    Drain, Settings,
    error::BoxError,
    server::{Expired, Kicked, Lagged, Limits, Unavailable},
};

use super::{PATIENCE, Scrape, Server, event, list, quiet};

/// Checks that a stream has ended, for this reason alone.
async fn ended(scrape: &Scrape, reason: &str) {
    let name = format!("sse_streams_ended_total{{reason=\"{reason}\"}}");
    scrape.until(&name, 1.0).await;
    scrape.until("sse_streams_open", 0.0).await;
    let mut values = scrape.values();
    values.retain(|name, _| !name.contains("bytes") && !name.ends_with("_sum"));
    let expected = list([
        ("sse_streams_opened_total", 1.0),
        (&name, 1.0),
        ("sse_stream_duration_seconds_count", 1.0),
    ]);
    assert_eq!(values, expected, "{reason}");
}

#[tokio::test]
async fn ends_of_the_stream_itself_are_counted_by_reason() {
    let lagged = || Some(Lagged::new(3).into());
    type Failure = fn() -> Option<BoxError>;
    let table: [(&str, Failure); 6] = [
        ("completed", || None),
        ("error", || Some("broken".into())),
        ("lag", lagged),
        ("kick", || Some(Kicked::new().into())),
        ("expiry", || Some(Expired::new().into())),
        ("unavailable", || Some(Unavailable::new("no log").into())),
    ];
    for (reason, failure) in table {
        let (scrape, metrics) = Scrape::new();
        let server = Server::new(quiet(&metrics)).await;
        let (sender, client) = server.open().await;
        scrape.until("sse_streams_open", 1.0).await;
        if let Some(error) = failure() {
            sender.send(Err(error)).unwrap();
        }
        drop(sender);
        client.read_all().await;
        ended(&scrape, reason).await;
    }
}

#[tokio::test]
async fn ends_by_the_server_or_the_client_are_counted_by_reason() {
    let (scrape, metrics) = Scrape::new();
    let server = Server::new(quiet(&metrics)).await;
    let (_sender, client) = server.open().await;
    scrape.until("sse_streams_open", 1.0).await;
    drop(client);
    ended(&scrape, "client_gone").await;

    let (scrape, metrics) = Scrape::new();
    let lifetime = quiet(&metrics).lifetime(Duration::from_millis(50));
    let server = Server::new(lifetime).await;
    let (_sender, client) = server.open().await;
    client.read_all().await;
    ended(&scrape, "lifetime").await;

    let (scrape, metrics) = Scrape::new();
    let drain = Drain::new();
    let server = Server::new(quiet(&metrics).drain(&drain)).await;
    let (_sender, client) = server.open().await;
    scrape.until("sse_streams_open", 1.0).await;
    let drained = drain.start(Duration::from_millis(50));
    client.read_all().await;
    drained.await;
    ended(&scrape, "drain").await;
}

/// The client does not read, so the stream stalls, and its place is given to another one.
#[tokio::test]
async fn a_stalled_stream_is_counted() {
    let (scrape, metrics) = Scrape::new();
    let limits = Limits::new(1).stalled_after(Duration::from_millis(50));
    let server = Server::new(quiet(&metrics).limits(&limits)).await;
    let (sender, stalled) = server.open().await;
    let large: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    for _ in 0..200 {
        sender.send(event(large)).unwrap();
    }
    // Until the stream has stalled, other requests are refused.
    let next = async {
        loop {
            let sender = server.prepare();
            let mut client = server.get().await;
            if sender.send(event("here")).is_ok() {
                // A refusal ends without the event.
                while client.read_frame().await {
                    if client.bytes.ends_with(b"data: here\n\n") {
                        return client;
                    }
                }
            }
            server.streams.lock().unwrap().clear();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let next = tokio::time::timeout(PATIENCE, next).await;
    drop(stalled);
    let reason = "sse_streams_ended_total{reason=\"stalled\"}";
    scrape.until(reason, 1.0).await;
    drop(next.expect("the stream stalls"));
    scrape.until("sse_streams_open", 0.0).await;
    assert_eq!(scrape.value("sse_streams_opened_total"), 2.0);
}

#[tokio::test]
async fn refusals_are_counted_by_reason_and_open_nothing() {
    let drain = Drain::new();
    drop(drain.start(Duration::ZERO));
    type Change<'a> = &'a dyn Fn(Settings) -> Settings;
    let table: [(&str, Change<'_>); 4] = [
        ("limit", &|settings| settings.limits(&Limits::new(0))),
        ("drain", &|settings| settings.drain(&drain)),
        ("not_acceptable", &Settings::refuse_unacceptable),
        ("mistake", &|settings| settings.limits(&Limits::each(1))),
    ];
    for (reason, change) in table {
        let (scrape, metrics) = Scrape::new();
        let server = Server::new(change(quiet(&metrics))).await;
        let request = Request::get("/").header("accept", "text/html");
        server.request(request).await.read_all().await;
        let name = format!("sse_streams_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(scrape.values(), list([(&name, 1.0)]), "{reason}");
    }
}
