//! Server-Sent Events for any Tower service.
//!
//! A handler answers a stream of events; this crate makes it a response that survives proxies,
//! buffers and idle timeouts: the right headers, each event encoded once, a heartbeat when nothing
//! happens, CORS that cannot be misconfigured, the place to resume from; limits while the server
//! runs, and an end in order when it stops. Responses that are event streams already get the same.
//!
//! ```text
//! stream of events -> Event -> EventFrame (bytes, encoded once) -> SseBody -> Response
//!                 a body that is an event stream, frame by frame -> RelayBody -> Response
//! ```
//!
//! The [`guide`] has chapters on serving, resuming, origins, silent peers, shutdown, and receiving.
//!
//! # A handler of axum
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use std::{convert::Infallible, time::Duration};
//!
//! use futures_core::Stream;
//! use sse_tower::{Event, LastEventId, Sse};
//!
//! async fn numbers(last: LastEventId) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
//!     // A client with an ID that was never sent gets all events.
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
//! To refuse, answer a `Result`: `Result<Sse<…>, StatusCode>`.
//!
//! # Any other service
//!
//! [`SseLayer`] goes over a service that answers `Response<St>`, where `St` is a stream of events.
//! The handler can refuse, too: for any status but 200 the stream is dropped unpolled and the body
//! is empty.
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
//! # Responses that are event streams already
//!
//! [`RelayLayer`] goes over any service, such as a router: event streams of a framework or a proxy get
//! headers, heartbeat, drain, limits and lifetime, and all else passes as it is.
//!
//! # Stopping
//!
//! A [`Drain`] ends all streams over a window of time; it and everything else that streams can be told
//! is in [`Settings`].
//!
//! # What is promised
//!
//! - **Bounded.** A body holds at most one frame, of about 16 KiB and one event, and takes nothing from
//!   its stream while its peer does not read. A relay holds two bytes at most. What counts streams has
//!   a fixed size for each.
//! - **Freed at once.** When a stream ends, or its client goes away, it is dropped there and then.
//! - **Nothing hidden.** No task is spawned, no lock is held across an await; time comes from a
//!   [`Timer`](rt::Timer), tokio's by default.
//! - **Cancel safe.** Every future here may be dropped at any point: nothing is lost but what it holds.
//! - **Cheap.** An event costs no timer, no lock and no allocation but its own; a drain that has not
//!   started costs a load for each frame.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `cors` (default) | `CorsLayer` and `Origin`, by the crate `url`, which brings tables of Unicode |
//! | `tokio` (default) | `TokioTimer`, and with it a heartbeat every 15 seconds |
//! | `client` | the module `client`: an `EventSource` over any Tower service |
//! | `client-http` | `client::HttpClient`: HTTP/1.1 and HTTP/2, TLS by rustls and ring |
//! | `client-gzip` | `HttpClientBuilder::gzip`: bodies that are decoded while they stream |
//! | `hub` | the module `hub`: publish to topics, and resume from anywhere |
//! | `axum` | [`Sse`] is a response, [`LastEventId`] an extractor, `ConnectionGuard::listen` for `axum::serve` |
//! | `hyper` | `GuardedIo` is `Read` and `Write` of hyper, for runtimes other than tokio; `rt::HyperTimer` |
//! | `socket` | `SocketOptions`: keepalive, user timeout, nodelay, less buffering in the kernel |
//! | `testing` | the module `testing`: read a response's events in a test |
//! | `tokio-stream` | `From<BroadcastStreamRecvError>` for [`Lagged`](server::Lagged) |
//! | `json` | `Event::from_json`, `Event::json`: events whose data is JSON; with `client`, streams of typed events |
//! | `serde` | `Serialize` and `Deserialize` for [`Event`], [`EventType`], [`EventId`] |
//! | `bytes` | `Event::from_bytes`, `Event::from_string`: events that share bytes instead of copying them |
//! | `simdutf8` | faster validation of decoded text, by that crate |
//!
//! The last four turn on the features of the same names of `sse-proto`.

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
pub mod rt;
pub mod server;
#[cfg(feature = "testing")]
pub mod testing;

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

/// The code of the READMEs is run with the documentation's.
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
