//! A client for event streams that never loses its place.
//!
//! [`EventSource`] is the standard's `EventSource` over any Tower service. It reads the stream, reconnects
//! when the connection is lost, and resumes after the last event. [`EventStream`] is the layer below: it
//! reads the events of one body, and does not reconnect.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use http::Request;
//! use sse_tower::client::EventSource;
//! use tokio_stream::StreamExt;
//! # use http::Response;
//! # let answers = ["id: 1\ndata: one\n\n", "id: 2\ndata: two\n\n", "data: [DONE]\n\n"];
//! # let mut answers = answers.into_iter();
//! # let client = tower::service_fn(move |_: Request<String>| {
//! #     let body = answers.next().unwrap_or_default().to_owned();
//! #     let response = Response::builder().header("content-type", "text/event-stream").body(body);
//! #     async { response }
//! # });
//!
//! // `client` is a service from requests to responses, such as hyper-util's `Client`.
//! let mut events = EventSource::builder(client)
//!     .heartbeat(std::time::Duration::from_secs(15))
//!     .final_event("[DONE]")
//!     .build(|_| Request::get("http://localhost/feed").body(String::new()).unwrap());
//! let mut data = Vec::new();
//! while let Some(event) = events.next().await {
//!     data.push(event?.data().to_owned());
//! }
//! // The server ended the first two connections after one event each.
//! assert_eq!(data, ["one", "two"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Which errors are delivered
//!
//! An event source outlives its connections. A network error, a timeout, the end of a connection and a
//! status that reports a temporary problem are not items of the stream. After these, the source waits and
//! connects again, and calls a [hook](EventSourceBuilder::on_notice). An [`Error`] is always the last item of
//! the stream. It means that trying again is futile or forbidden.
//!
//! # Further reading
//!
//! The guide has a chapter on [receiving](crate::guide::receiving) with reconnecting, tokens, proxies, POST and
//! timeouts. [Another](crate::guide::migrating) is for programs that use reqwest-eventsource, eventsource-client
//! or eventsource-stream.

mod attempt;
mod batch;
mod body;
mod builder;
mod connect;
mod deadline;
mod error;
mod head;
#[cfg(feature = "client-http")]
mod http_client;
mod notice;
mod on_silence;
mod open;
mod ready_state;
mod redirect;
mod refused;
#[cfg(feature = "reqwest")]
mod reqwest;
mod settings;
mod source;
mod stream;
#[cfg(feature = "json")]
mod typed;

pub use attempt::Attempt;
pub use builder::EventSourceBuilder;
pub use error::{Error, ErrorKind, Fault};
#[cfg(feature = "client-http")]
pub use http_client::{HttpBody, HttpClient, HttpClientBuilder, HttpFuture, TlsError};
pub use notice::Notice;
pub use on_silence::OnSilence;
pub use ready_state::ReadyStates;
#[cfg(feature = "reqwest")]
pub use reqwest::{ReqwestClient, ReqwestFuture};
pub use source::EventSource;
pub use sse_proto::reconnect::{Backoff, ReadyState, StatusPolicy, Verdict};
pub use stream::{EventStream, ItemStream};
#[cfg(feature = "json")]
pub use typed::{Typed, TypedEvents, TypedOrUnknown};
