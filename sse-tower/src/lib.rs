//! Server-Sent Events for any Tower service, and a client that reconnects and resumes.
//!
//! # Overview
//!
//! A handler returns a stream of events, and this crate turns it into a response that can stay open
//! for hours:
//!
//! - **Headers** that stop proxies from buffering, caching or compressing the stream.
//! - **A heartbeat** when no event comes, so that no idle timeout closes the connection.
//! - **Resuming**: [`LastEventId`] tells the handler which event the client received last.
//! - **CORS** that cannot be misconfigured, with `CorsLayer`.
//! - **Limits** on the number of streams and on their lifetime.
//! - **Shutdown**: a [`Drain`] ends all streams cleanly when the server stops.
//!
//! The same works for responses that already are event streams, with [`RelayLayer`]. To read event
//! streams, use `client::EventSource`. To send each event to many clients, use `hub::Hub`.
//!
//! All types are built on the crates [http] and [http-body], so they work with axum, hyper, tonic,
//! warp, and other libraries that use these crates.
//!
//! # Getting started
//!
//! With axum, enable the [feature](#features) `axum`. A handler then returns [`Sse`]. This one counts
//! to ten, and resumes after the last number that the client received:
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use std::{convert::Infallible, time::Duration};
//!
//! use futures_core::Stream;
//! use sse_tower::{Event, LastEventId, Sse};
//!
//! async fn numbers(last: LastEventId) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
//!     // A client whose ID was never sent gets all events.
//!     let seen = last.parse::<u64>().value().filter(|id| *id <= 10);
//!     let numbers = (1..=10).skip_while(move |n| Some(*n) <= seen);
//!     let numbers = numbers.map(|n| Ok(Event::new(n.to_string()).with_id(n)));
//!     Sse::new(tokio_stream::iter(numbers)).retry(Duration::from_secs(2))
//! }
//!
//! let app: axum::Router = axum::Router::new().route("/numbers", axum::routing::get(numbers));
//! # }
//! ```
//!
//! In the browser, `new EventSource("/numbers")` receives the events. If a handler may refuse a
//! request, let it return a `Result`, such as `Result<Sse<…>, StatusCode>`.
//!
//! # Any other service
//!
//! [`SseLayer`] wraps a service that returns `Response<St>`, where `St` is a stream of events. Such a
//! service refuses a request by any status except 200. The stream of that response is then dropped
//! without being polled, and the body is empty.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use sse_tower::{Event, SseLayer};
//! use tower::{ServiceBuilder, service_fn};
//!
//! let service = ServiceBuilder::new()
//!     .layer(SseLayer::new())
//!     .service(service_fn(|_: Request<()>| async {
//!         let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
//!         Ok::<_, Infallible>(Response::new(events))
//!     }));
//! # let _ = service;
//! ```
//!
//! # Responses that already are event streams
//!
//! [`RelayLayer`] wraps any service, such as a router or a reverse proxy. Event streams among its
//! responses get the same headers, heartbeat, limits, lifetime and shutdown. All other responses
//! pass through unchanged.
//!
//! # Settings and shutdown
//!
//! [`Settings`] configure the streams of a server. Create them once, and give a clone to each layer
//! and to each [`Sse`]. A [`Drain`] among them ends all streams, spread over a window of time:
//!
//! ```
//! # #[cfg(feature = "tokio")] {
//! use std::time::Duration;
//!
//! use sse_tower::{Drain, Settings, SseLayer, server::Limits};
//!
//! let drain = Drain::new();
//! let settings = Settings::new()
//!     .lifetime(Duration::from_secs(3600))
//!     .limits(&Limits::new(10_000))
//!     .drain(&drain);
//! let layer = SseLayer::with(settings);
//! // To stop the server: drain.start(Duration::from_secs(10)).await
//! # let _ = layer;
//! # }
//! ```
//!
//! # Where to find what
//!
//! | module | contains |
//! |---|---|
//! | [`server`] | layers and bodies that make or relay event streams, with their settings and limits |
//! | [`event`] | events, and the items of a stream of events |
//! | [`last_event_id`] | the ID that a client sends when it resumes |
//! | [`drain`] | the clean end of all streams of a server |
//! | [`error`] | the errors of response bodies |
//! | [`rt`] | timers, for runtimes other than tokio |
//! | `connection` | socket options, and a guard that closes connections of stuck peers |
//! | `cors` | access for pages of other origins |
//! | `client` | a client that reconnects and resumes |
//! | `hub` | topics with many subscribers, which resume without silent loss |
//! | `runs` | answers that are produced once, and that clients follow and resume |
//! | `testing` | a reader for the events of a response in a test |
//! | [`guide`] | chapters on serving, resuming, origins, silent peers, shutdown, receiving, the hub, compression, runs and metrics |
//!
//! The path of an event through the server:
//!
//! ```text
//! stream of events -> Event -> EventFrame (bytes, encoded once) -> SseBody -> Response
//!                 a body that is an event stream, frame by frame -> RelayBody -> Response
//! ```
//!
//! # Guarantees
//!
//! These hold for the server side:
//!
//! - **Bounded memory.** Without compression, a body buffers at most one frame: about 16 KiB plus one event. It does not
//!   poll its stream while the peer does not read. A relay buffers at most two bytes. Limits and
//!   drains take a fixed amount of memory per stream.
//! - **Immediate cleanup.** When a stream ends or its client goes away, the stream is dropped at
//!   once.
//! - **No hidden work.** No task is spawned, and no lock is held across an await. Time comes from a
//!   [`Timer`](rt::Timer), by default that of tokio.
//! - **Cancel safety.** Every future may be dropped at any point. Only the data that the future owns
//!   is lost.
//! - **Low cost.** An event sets no timer, takes no lock, and allocates only its own bytes. While a
//!   drain has not started, it costs one atomic load per frame.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `cors` (default) | `CorsLayer` and `Origin`. Depends on the crate `url`, which brings Unicode tables |
//! | `tokio` (default) | `TokioTimer`, and with it a heartbeat every 15 seconds by default |
//! | `client` | the module `client`: an `EventSource` over any Tower service |
//! | `client-http` | `client::HttpClient`: HTTP/1.1, HTTP/2, and TLS with rustls and ring |
//! | `client-gzip` | `HttpClientBuilder::gzip`: decompresses bodies while they stream |
//! | `reqwest` | `client::ReqwestClient`: an `EventSource` over `reqwest::Client` |
//! | `hub` | the module `hub`: publishes events to topics, from which clients resume |
//! | `redis` | `hub::log::redis::RedisLog`: several processes share a hub over Redis. With `runs`, also their runs |
//! | `runs` | the module `runs`: answers, such as those of language models, that survive their connections |
//! | `axum` | [`Sse`] is a response, [`LastEventId`] is an extractor, and `ConnectionGuard::listen` guards `axum::serve` |
//! | `hyper` | hyper's `Read` and `Write` for `GuardedIo`, for runtimes other than tokio, and `rt::HyperTimer` |
//! | `compression-br`, `compression-zstd`, `compression-gzip` | `Settings::compression`: layers compress streams, event by event. Zstandard is a C library |
//! | `metrics` | `Settings::metrics` and `HubBuilder::metrics`: counts streams and events with the recorder of the crate `metrics` |
//! | `tracing` | `Settings::spans`: a span of the crate `tracing` for each stream |
//! | `socket` | `SocketOptions`: keepalive, user timeout, nodelay, and smaller buffers in the kernel |
//! | `testing` | the module `testing`: reads the events of a response in a test |
//! | `tokio-stream` | `From<BroadcastStreamRecvError>` for [`Lagged`](server::Lagged) |
//! | `json` | `Event::from_json` and `Event::json`, for events whose data is JSON. With `client`, also streams of typed events |
//! | `serde` | `Serialize` and `Deserialize` for [`Event`], [`EventType`] and [`EventId`] |
//! | `bytes` | `Event::from_bytes` and `Event::from_string`, for events that share bytes instead of copying them |
//! | `simdutf8` | faster UTF-8 validation of decoded text |
//!
//! The last four enable the features of the same name in `sse-proto`.
//!
//! [http]: https://docs.rs/http
//! [http-body]: https://docs.rs/http-body

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "hyper", feature = "socket", feature = "tokio"))]
pub mod connection;
#[cfg(feature = "cors")]
pub mod cors;
pub mod drain;
mod ending;
pub mod error;
pub mod event;
mod foreign;
mod frame;
pub mod guide;
#[cfg(feature = "hub")]
pub mod hub;
pub mod last_event_id;
mod list;
mod query;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "metrics")]
mod registry;
pub mod rt;
#[cfg(feature = "runs")]
pub mod runs;
pub mod server;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(any(feature = "client-http", feature = "redis"))]
mod tls;

#[cfg(feature = "cors")]
pub use cors::CorsLayer;
pub use drain::Drain;
pub use frame::EventFrame;
pub use last_event_id::LastEventId;
pub use server::{
    events::{SseLayer, response::Sse},
    heartbeat::Heartbeat,
    relay::RelayLayer,
    settings::Settings,
};
pub use sse_proto::{Event, EventId, EventType};

/// Runs the code of the READMEs together with the documentation's.
#[cfg(all(
    doctest,
    feature = "axum",
    feature = "client-http",
    feature = "socket",
    feature = "tokio"
))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../README.md")]
struct Readmes;
