//! Event-stream clients, each behind a function that reads events over loopback TCP.
//!
//! ```text
//! server::serve (a process of its own) -> TCP -> one of CLIENTS -> a callback for each event
//! ```
//!
//! All clients run on one thread, with the tasks of their HTTP connection. So the CPU time and the
//! allocations of that thread are those of the client.

pub mod server;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use eventsource_client::{Client as _, ClientBuilder, SSE};
use futures_util::{Stream, TryStreamExt};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustix::time::{ClockId, clock_gettime};
use sse_tower::client::{EventSource, EventStream};
use tokio::runtime::Builder;

/// Called with the data of each event. For the body alone, called with each chunk as it is.
pub type OnEvent<'a> = &'a mut dyn FnMut(&[u8]);

/// The name of the client that decodes nothing.
pub const BARE: &str = "body alone, hyper-util";
/// The name of this project's client.
pub const OURS: &str = "sse-tower EventSource";

/// The name of each client, and the package whose version the table shows. [`BARE`] comes first.
pub const CLIENTS: [(&str, &str); 6] = [
    (BARE, "hyper-util"),
    (OURS, "sse-tower"),
    ("sse-tower EventStream", "sse-tower"),
    ("reqwest-eventsource", "reqwest-eventsource"),
    ("eventsource-client", "eventsource-client"),
    ("sse-reqwest-client", "sse-reqwest-client"),
];

/// Reads `events` events from a new connection, and returns the CPU time that this took.
///
/// # Errors
/// Fails with an error of the client, for a name that is not in [`CLIENTS`], or if there are too
/// few events.
pub fn read(client: &str, url: String, events: u64, on_event: OnEvent<'_>) -> Result<Duration> {
    let start = cpu_time();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match client {
            BARE => bare(url, events, on_event).await,
            OURS => event_source(url, events, on_event).await,
            "sse-tower EventStream" => event_stream(url, events, on_event).await,
            "reqwest-eventsource" => reqwest_eventsource(url, events, on_event).await,
            "eventsource-client" => eventsource_client(url, events, on_event).await,
            "sse-reqwest-client" => sse_reqwest_client(url, events, on_event).await,
            _ => bail!("there is no client {client:?}"),
        }
    })?;
    drop(runtime);
    Ok(cpu_time() - start)
}

/// Returns the monotonic clock, which all processes share.
#[must_use]
pub fn now() -> Duration {
    time(ClockId::Monotonic)
}

fn cpu_time() -> Duration {
    time(ClockId::ThreadCPUTime)
}

fn time(clock: ClockId) -> Duration {
    clock_gettime(clock).try_into().unwrap_or_default()
}

fn hyper_client() -> Client<HttpConnector, Empty<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn bare(url: String, events: u64, on_event: OnEvent<'_>) -> Result<()> {
    let mut body = hyper_client().get(url.parse()?).await?.into_body();
    let mut rest = server::EVENT_SIZE * events;
    while rest > 0 {
        let frame = body.frame().await.context("the body ended")??;
        let data = frame.data_ref().context("there are no trailers")?;
        rest = rest.saturating_sub(data.len() as u64);
        on_event(data);
    }
    Ok(())
}

async fn event_source(url: String, events: u64, on_event: OnEvent<'_>) -> Result<()> {
    let source = EventSource::builder(hyper_client()).build(move |_| {
        http::Request::get(&url)
            .body(Empty::new())
            .unwrap_or_default()
    });
    take(source, events, |event| on_event(event.data().as_bytes())).await
}

async fn event_stream(url: String, events: u64, on_event: OnEvent<'_>) -> Result<()> {
    let body = hyper_client().get(url.parse()?).await?.into_body();
    take(EventStream::of_body(body), events, |event| {
        on_event(event.data().as_bytes())
    })
    .await
}

async fn reqwest_eventsource(url: String, events: u64, on_event: OnEvent<'_>) -> Result<()> {
    use reqwest_eventsource::{Event, EventSource};
    let source = EventSource::new(reqwest_0_12::Client::new().get(url))?;
    let events_only = source.try_filter_map(async |item| {
        Ok(match item {
            Event::Message(event) => Some(event),
            Event::Open => None,
        })
    });
    take(events_only, events, |event| on_event(event.data.as_bytes())).await
}

async fn eventsource_client(url: String, events: u64, on_event: OnEvent<'_>) -> Result<()> {
    let client = ClientBuilder::for_url(&url);
    let client = client
        .map_err(|error| anyhow::anyhow!("{error:?}"))?
        .build_http();
    let items = client
        .stream()
        .map_err(|error| anyhow::anyhow!("{error:?}"));
    let events_only = items.try_filter_map(async |item| {
        Ok(match item {
            SSE::Event(event) => Some(event),
            _ => None,
        })
    });
    take(events_only, events, |event| on_event(event.data.as_bytes())).await
}

async fn sse_reqwest_client(url: String, events: u64, on_event: OnEvent<'_>) -> Result<()> {
    let source = sse_reqwest_client::EventSource::new(reqwest::Client::new().get(url));
    let events_only = source.try_filter_map(async |item| Ok(item.into_message()));
    take(events_only, events, |event| on_event(event.data.as_bytes())).await
}

async fn take<T, E>(
    events: impl Stream<Item = Result<T, E>>,
    count: u64,
    mut on_event: impl FnMut(&T),
) -> Result<()>
where
    anyhow::Error: From<E>,
{
    let mut events = std::pin::pin!(events);
    for seen in 0..count {
        match events.try_next().await? {
            Some(event) => on_event(&event),
            None => bail!("the stream ended after {seen} events"),
        }
    }
    Ok(())
}
