//! Receiving: a client that keeps its place.
//!
//! # What to do
//!
//! 1. Build an [`EventSource`] over your HTTP client, which is any Tower service.
//! 2. Set [`heartbeat`] to the interval at which the server sends heartbeats.
//! 3. Store [`EventSource::last_event_id`] with the results of the event if the program can be restarted.
//! 4. For a POST, declare the [`final_event`], so that a stream that breaks early is an error.
//!
//! ```no_run
//! # async fn run() -> Result<(), sse_tower::client::Error> {
//! use std::time::Duration;
//!
//! use http::Request;
//! use http_body_util::Empty;
//! use sse_tower::client::EventSource;
//! use tokio_stream::StreamExt;
//! # type Client = tower::util::BoxCloneService<Request<Empty<bytes::Bytes>>, http::Response<String>, std::io::Error>;
//! # fn client() -> Client { unreachable!() }
//! # let client = client();
//!
//! // `client` is a clone of the program's HTTP client, with its pool, TLS and proxies.
//! let mut events = EventSource::builder(client)
//!     .heartbeat(Duration::from_secs(15))
//!     .build(|_| Request::get("http://localhost:3000/feed").body(Empty::new()).unwrap());
//! while let Some(event) = events.next().await {
//!     println!("{}", event?.data());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Reconnecting
//!
//! An event source is one stream over many connections. The program gets no error when a connection ends, breaks
//! or falls silent: the source waits, connects again, and sends the ID of the last complete event. Half an event
//! is dropped, because the server sends it again. Whole events that have arrived are delivered
//! first.
//!
//! - **The wait** is the longer of the server's `retry` and its `Retry-After`, plus a random back-off after
//!   failures. So clients that lose the same server do not reconnect at the same moment. Both times are capped at
//!   5 minutes, because one wrong `retry` would otherwise send the client away for good.
//! - **The pace** is half a second between attempts on average, with three in quick succession. A server that
//!   closes each connection after one event loses no time, and one that closes each connection at once is
//!   not flooded.
//! - **Statuses.** The standard gives up at every status but 200. A proxy that restarts answers 502 or 503
//!   for a second, and a program has no user who reloads the page. So the default [`StatusPolicy::Resilient`]
//!   waits out statuses that report a passing state. All others end the source with an error that holds
//!   the response's head and the first 64 KiB of its body.
//! - **204 ends the source**, as in browsers: it is the server's way to stop a client.
//! - **Giving up.** By default the source tries for ever, as in browsers. [`max_retries`] limits failures in a
//!   row, [`max_without_progress`] limits connections that deliver nothing new.
//! - **IDs.** An ID with control characters or surrounding spaces, or of more than 8 KiB, cannot be sent in a
//!   header field. The source then goes on without an ID, after a notice to the hook, because most
//!   feeds are worth more with a gap than not at all. [`strict_ids`] makes it an error.
//!
//! # Tokens
//!
//! The closure makes the request of each attempt, so it can give each its own token. After a 401 or 403 the source
//! makes one more attempt at once. Only its response counts. [`last_status`] tells the closure that the
//! token was refused:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use std::sync::{Arc, Mutex};
//!
//! use http::{Request, StatusCode};
//! use sse_tower::client::EventSource;
//! use tokio_stream::StreamExt;
//! # use http::Response;
//! # let client = tower::service_fn(|request: Request<String>| async move {
//! #     match request.headers()["authorization"].to_str().unwrap() {
//! #         "Bearer fresh" => Response::builder()
//! #             .header("content-type", "text/event-stream")
//! #             .body("data: welcome\n\n".to_owned()),
//! #         _ => Response::builder().status(401).body(String::new()),
//! #     }
//! # });
//! # async fn fetch_token() -> Result<String, http::Error> { Ok("fresh".to_owned()) }
//!
//! let token = Arc::new(Mutex::new("expired".to_owned()));
//! let mut events = EventSource::builder(client).build_async(move |attempt| {
//!     let token = token.clone();
//!     async move {
//!         if attempt.last_status() == Some(StatusCode::UNAUTHORIZED) {
//!             let fresh = fetch_token().await?;
//!             *token.lock().unwrap() = fresh;
//!         }
//!         let token = format!("Bearer {}", token.lock().unwrap());
//!         Request::get("http://localhost/feed").header("authorization", token).body(String::new())
//!     }
//! });
//! assert_eq!(events.next().await.unwrap()?.data(), "welcome");
//! # Ok(())
//! # }
//! ```
//!
//! If fetching the token fails, the source waits and tries again. The [`response_timeout`] includes this time.
//!
//! Redirects are followed within an attempt. `Authorization`, `Cookie`, common fields of API keys, and every
//! field that is marked as sensitive are removed when a redirect leads to another origin.
//!
//! # POST
//!
//! A POST may cost money or start work, so it is not sent again. Its stream ends with its one connection:
//! with `None` if the body ended cleanly, with an error if it broke. Many services end their answers with an
//! event such as `[DONE]`. Declare it, and a body that ends before it is the error
//! [`Incomplete`](crate::client::ErrorKind::Incomplete). Without that, a proxy that cuts a stream
//! cleanly would go unnoticed.
//!
//! [`resend_any_method`] is for a POST that changes nothing.
//!
//! If the service keeps its answers, let the POST return the address of the answer, and read it with a GET. The GET
//! can be sent again, so a lost connection costs nothing:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use http::{Request, header};
//! use sse_tower::client::EventSource;
//! use tokio_stream::StreamExt;
//! use tower::ServiceExt;
//! # use http::Response;
//! # let client = tower::service_fn(|request: Request<String>| async move {
//! #     let last = request.headers().get("last-event-id").map(|id| id.as_bytes());
//! #     let body = match (request.uri().path(), last) {
//! #         ("/answers", _) => {
//! #             assert_eq!((request.method().as_str(), request.body().as_str()), ("POST", "question"));
//! #             let created = Response::builder().status(201).header("location", "/answers/7");
//! #             return created.body(String::new());
//! #         }
//! #         ("/answers/7", None) => "id: 1\ndata: It\n\nid: 2\nda",
//! #         ("/answers/7", Some(b"1")) => "id: 2\ndata: depends.\n\ndata: [DONE]\n\n",
//! #         request => panic!("{request:?}"),
//! #     };
//! #     Response::builder().header("content-type", "text/event-stream").body(body.to_owned())
//! # });
//!
//! let question = Request::post("http://localhost/answers").body("question".to_owned())?;
//! let created = client.clone().oneshot(question).await?;
//! let location = created.headers().get(header::LOCATION).ok_or("no location")?;
//! let answer = format!("http://localhost{}", location.to_str()?);
//!
//! let mut events = EventSource::builder(client)
//!     .final_event("[DONE]")
//!     .build(move |_| Request::get(&answer).body(String::new()).unwrap());
//! let mut words = Vec::new();
//! while let Some(event) = events.next().await {
//!     words.push(event?.data().to_owned());
//! }
//! // The first connection broke in the second event.
//! assert_eq!(words, ["It", "depends."]);
//! # Ok(())
//! # }
//! ```
//!
//! A redirect from the POST to the answer does not help. The source follows it, but its request remains a POST,
//! which is not sent again.
//!
//! # Timeouts
//!
//! | timeout | from | default |
//! |---|---|---|
//! | [`response_timeout`] | the start of an attempt to the head of the response | 30 s |
//! | [`first_event_timeout`] | the head of the response to the first event | none |
//! | [`idle_timeout`] | the last byte, comments included | none |
//! | [`total_timeout`] | the creation of the source | none |
//!
//! All but the last make the source connect again. The total timeout ends it.
//!
//! A connection whose peer has vanished looks like a quiet one. Only the idle timeout notices it, so set it
//! wherever the server sends heartbeats. [`heartbeat`] makes it 2.5 intervals: one heartbeat may be late. It
//! does not run while the program holds an event, because a slow program is not a silent server. When a
//! suspended machine wakes up, the time that it slept counts.
//!
//! # Proxies
//!
//! [`HttpClient`] opens its connections with any connector of hyper-util. `Tunnel` is one that goes through an HTTP
//! proxy. With it, TLS is the connector's task too:
//!
//! ```
//! # #[cfg(feature = "client-http")]
//! # fn through_a_proxy(
//! #     tls: rustls::ClientConfig,
//! # ) -> Result<sse_tower::client::HttpClient, Box<dyn std::error::Error + Send + Sync>> {
//! use hyper_rustls::HttpsConnectorBuilder;
//! use hyper_util::client::legacy::connect::{HttpConnector, proxy::Tunnel};
//! use sse_tower::client::HttpClient;
//!
//! let tunnel = Tunnel::new("http://proxy.example:3128".parse()?, HttpConnector::new());
//! // `tls` is a `rustls::ClientConfig`.
//! let connector = HttpsConnectorBuilder::new()
//!     .with_tls_config(tls)
//!     .https_only()
//!     .enable_all_versions()
//!     .wrap_connector(tunnel);
//! let client = HttpClient::builder().build_with_connector(connector);
//! # Ok(client)
//! # }
//! ```
//!
//! reqwest has proxies built in. Without any setting, it uses those that `HTTP_PROXY` and `HTTPS_PROXY` name:
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # fn through_a_proxy() -> Result<sse_tower::client::ReqwestClient, reqwest::Error> {
//! use sse_tower::client::ReqwestClient;
//!
//! let client = reqwest::Client::builder()
//!     .proxy(reqwest::Proxy::all("http://proxy.example:3128")?)
//!     .redirect(reqwest::redirect::Policy::none())
//!     .build()?;
//! let client = ReqwestClient::new(client);
//! # Ok(client)
//! # }
//! ```
//!
//! A proxy that is asked for an `http://` URL without a tunnel reads the stream, and may buffer it. Within a tunnel or
//! TLS it sees only bytes.
//!
//! # Idle connections behind proxies
//!
//! Common proxies cut a connection that is silent for a minute, some after 10 seconds. The server's heartbeat
//! prevents that; the client cannot. If the server sends none, a cut costs one reconnect, and with IDs
//! nothing is lost. A connection that stays open for 5 seconds is not counted as a failure, so the waits do
//! not grow.
//!
//! # HTTP/2
//!
//! Over HTTP/2 many sources share one connection, and a server limits the number of streams on it, often to
//! 100. Further requests wait inside the HTTP client, without an error, until the
//! [`response_timeout`]. The idle timeout looks at the bytes of the stream, so it notices a silent stream
//! whose connection still answers PINGs.
//!
//! # Without reconnecting
//!
//! [`EventStream`] gives the events of a body that the program already has, such as the response of a
//! language model. A proxy changes them and sends them on, and when its client goes away, dropping the
//! stream stops the upstream:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::body::Body;
//! use futures_core::Stream;
//! use sse_tower::{Event, Sse, client::{Error, EventStream}};
//! use tokio_stream::StreamExt;
//!
//! fn proxy(upstream: Body) -> Sse<impl Stream<Item = Result<Event, Error>>> {
//!     Sse::new(EventStream::of_body(upstream).map(|event| {
//!         Ok(Event::new(event?.data().to_uppercase()))
//!     }))
//! }
//! # let _ = proxy;
//! # }
//! ```
//!
//! [`EventSource`]: crate::client::EventSource
//! [`EventSource::last_event_id`]: crate::client::EventSource::last_event_id
//! [`EventStream`]: crate::client::EventStream
//! [`StatusPolicy::Resilient`]: crate::client::StatusPolicy::Resilient
//! [`final_event`]: crate::client::EventSourceBuilder::final_event
//! [`first_event_timeout`]: crate::client::EventSourceBuilder::first_event_timeout
//! [`heartbeat`]: crate::client::EventSourceBuilder::heartbeat
#![cfg_attr(
    feature = "client-http",
    doc = "[`HttpClient`]: crate::client::HttpClient"
)]
#![cfg_attr(not(feature = "client-http"), doc = "[`HttpClient`]: crate::client")]
//! [`idle_timeout`]: crate::client::EventSourceBuilder::idle_timeout
//! [`last_status`]: crate::client::Attempt::last_status
//! [`max_retries`]: crate::client::EventSourceBuilder::max_retries
//! [`max_without_progress`]: crate::client::EventSourceBuilder::max_without_progress
//! [`resend_any_method`]: crate::client::EventSourceBuilder::resend_any_method
//! [`response_timeout`]: crate::client::EventSourceBuilder::response_timeout
//! [`strict_ids`]: crate::client::EventSourceBuilder::strict_ids
//! [`total_timeout`]: crate::client::EventSourceBuilder::total_timeout
