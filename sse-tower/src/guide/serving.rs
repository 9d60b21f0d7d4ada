//! Serving: a stream in axum, hyper and others; what it begins, stays alive and ends with.
//!
//! # A stream of events
//!
//! Whatever has events is a [`Stream`](futures_core::Stream) of `Result<Event, E>`. In axum a handler
//! returns it in [`Sse`](crate::Sse):
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use std::{convert::Infallible, time::Duration};
//!
//! use axum::{Router, routing::get};
//! use sse_tower::{Event, EventType, Sse};
//! use tokio_stream::{Stream, StreamExt, wrappers::IntervalStream};
//!
//! const TICK: EventType = EventType::from_static("tick");
//!
//! async fn ticks() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
//!     let seconds = IntervalStream::new(tokio::time::interval(Duration::from_secs(1)));
//!     Sse::new(seconds.map(|_| Ok(Event::from_static("tick").with_type(TICK))))
//! }
//!
//! let app: Router = Router::new().route("/ticks", get(ticks));
//! # }
//! ```
//!
//! Any other service answers `Response<St>` under [`SseLayer`](crate::SseLayer). For a status but 200
//! the stream is dropped unpolled, so a service can refuse:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response, StatusCode};
//! use sse_tower::{Event, SseLayer, testing::EventReader};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Infallible> {
//! let service = SseLayer::new().layer(service_fn(|request: Request<()>| async move {
//!     let mut response = Response::new(tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]));
//!     if !request.headers().contains_key("authorization") {
//!         *response.status_mut() = StatusCode::UNAUTHORIZED;
//!     }
//!     Ok::<_, Infallible>(response)
//! }));
//!
//! let response = service.clone().oneshot(Request::new(())).await?;
//! assert_eq!(response.status(), 401);
//! let request = Request::get("/").header("authorization", "Bearer x").body(()).unwrap();
//! let mut reader = EventReader::new(service.oneshot(request).await?);
//! assert_eq!(reader.event().await, Event::new("hello"));
//! # Ok(())
//! # }
//! ```
//!
//! Such a service is what hyper serves. The guard, the socket options and the timer close connections
//! whose peers are [silent](super::silence):
//!
//! ```
//! # #[cfg(feature = "socket")] {
//! use std::{convert::Infallible, io, time::Duration};
//!
//! use http::{Request, Response};
//! use hyper::body::Incoming;
//! use hyper_util::{
//!     rt::{TokioExecutor, TokioIo, TokioTimer}, server::conn::auto, service::TowerToHyperService,
//! };
//! use sse_tower::{Event, SseLayer, connection::{ConnectionGuard, SocketOptions}};
//! use tokio::net::TcpListener;
//! use tower::{Layer, service_fn};
//!
//! async fn serve(listener: TcpListener) -> io::Result<()> {
//!     let guard = ConnectionGuard::new();
//!     let service = SseLayer::new().layer(service_fn(|_: Request<Incoming>| async {
//!         let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
//!         Ok::<_, Infallible>(Response::new(events))
//!     }));
//!     let service = TowerToHyperService::new(service);
//!     let mut builder = auto::Builder::new(TokioExecutor::new());
//!     builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
//!     loop {
//!         let (socket, _peer) = listener.accept().await?;
//!         // A system that refuses an option still serves the connection.
//!         let _ = SocketOptions::new().apply(&socket);
//!         let io = TokioIo::new(guard.guard(socket));
//!         let connection = builder.serve_connection(io, service.clone()).into_owned();
//!         // An error is the client going away, or the guard.
//!         tokio::spawn(async move { drop(connection.await) });
//!     }
//! }
//! # let _ = serve;
//! # }
//! ```
//!
//! warp's filters and tonic's router are Tower services as well; their event streams are responses
//! already, so `RelayLayer` goes over them, and gRPC passes it untouched.
//!
//! A status has a meaning for a browser: after 204, or any other but 200, `EventSource` does not come
//! back. That is how a server ends a stream for good.
//!
//! # A response that is an event stream already
//!
//! A framework's own SSE or a reverse proxy's response gets the same under
//! [`RelayLayer`](crate::RelayLayer). It follows the bytes, so that what it adds stands between
//! events; all that is no event stream passes untouched, so it can stand over a whole router:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::Router;
//! use sse_tower::RelayLayer;
//!
//! fn complete(app: Router) -> Router {
//!     app.layer(RelayLayer::new())
//! }
//! # let _ = complete;
//! # }
//! ```
//!
//! The relay cannot undo the work of layers outside of it. A layer that compresses must either leave out
//! `text/event-stream`, as tower-http's does by default, or flush after each event. Layers that buffer
//! the response, or that limit the time of the whole response, have no place over streams.
//!
//! # Settings
//!
//! [`Settings`](crate::Settings) are the same everywhere, and each of the three above has their
//! methods. Make them once and share them, also between a handler and a `RelayLayer` around it: each
//! setting takes effect once.
//!
//! ```
//! use std::time::Duration;
//!
//! use sse_tower::{Heartbeat, Settings, SseLayer};
//!
//! let settings = Settings::new()
//!     .retry(Duration::from_secs(2))
//!     .heartbeat(Heartbeat::every(Duration::from_secs(9)).jitter(0.2))
//!     .lifetime(Duration::from_secs(290));
//! let layer = SseLayer::with(settings.clone());
//! # let _ = layer;
//! ```
//!
//! - **Retry.** How long a client waits before it comes back, from the start of the stream on.
//! - **Heartbeat.** Every 15 seconds in which nothing else is sent, and one at once, so that proxies
//!   pass the response on. Idle timeouts are 10 seconds at Fastly, 30 at CloudFront, 55 at Heroku, 60
//!   at nginx and most load balancers, 100 at Cloudflare. A heartbeat alone does not notice a client that
//!   vanished; with `SocketOptions` the kernel does, by the heartbeat that is not acknowledged.
//! - **Its form.** A comment line without a blank line, since some clients that use `fetch` deliver an
//!   empty event for every blank line. A client that sees nothing before a blank line needs
//!   [`comment_block`](crate::Heartbeat::comment_block); one behind something that drops comments, or
//!   whose script wants to know that the stream is alive, an [`event`](crate::Heartbeat::event).
//! - **Lifetime.** Some platforms cut a response off at a fixed age: API Gateway at 29 seconds, Cloud
//!   Run at 300 by default. A little less than that, the stream ends in order and the client resumes.
//! - **Compression.** `Cache-Control: no-transform` keeps proxies from compressing the stream, since most
//!   of them hold events back until they have enough data. A `Cache-Control` of your own gains the
//!   directive. Behind a compressor that flushes after each event, turn it off by
//!   [`allow_transform`](crate::Settings::allow_transform).
//! - **Padding.** For what holds back the first two kilobytes of a response.
//!
//! # Ends
//!
//! A client cannot tell the end of a stream from a connection that broke: `EventSource` comes back
//! after both. Streams that are complete at some point, like the answer of a language model, say so
//! in a last event; the page then closes its `EventSource`. An error can be said in an event, too:
//!
//! ```
//! use std::{convert::Infallible, io};
//!
//! use sse_tower::{Event, EventType, Settings, Sse, testing::EventReader};
//!
//! const ERROR: EventType = EventType::from_static("error-message");
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let settings = Settings::new()
//!     .final_event(Event::from_static("[DONE]"))
//!     .error_event(|_error| Some(Event::from_static("the model is busy").with_type(ERROR)));
//!
//! let answer = tokio_stream::iter([Ok::<_, Infallible>(Event::new("42"))]);
//! let mut reader = EventReader::new(Sse::with(answer, settings.clone()).into_http());
//! assert_eq!(reader.rest().await, ["42", "[DONE]"].map(Event::from_static));
//!
//! let failure = tokio_stream::iter([Err::<Event, _>(io::Error::other("upstream: 503"))]);
//! let mut reader = EventReader::new(Sse::with(failure, settings).into_http());
//! assert_eq!(reader.event().await.event_type(), &ERROR);
//! # }
//! ```
//!
//! Without an error event the response is cut off, which is the one sign of failure that HTTP has
//! for a body. A panic of the stream is treated as its error. A panic of the stream's drop, of the error
//! event or of a hook is caught. Neither ends the other streams of the connection. A panic of a key
//! function, or of the function that makes a hook, is a panic of the service, as that of a handler.
//!
//! # When a client goes away
//!
//! The framework drops the body, the body its stream, the stream what it holds. So what belongs to a
//! stream should be owned by it: a guard that counts down, the response of an upstream that then stops
//! to work, a sender whose receiver is polled. A task that was spawned goes on; give it a handle that
//! stops it when the stream is dropped. For logs and metrics there is a hook:
//!
//! ```
//! use std::{convert::Infallible, sync::mpsc};
//!
//! use sse_tower::{Event, Settings, Sse, testing::EventReader, server::EndReason};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, ends) = mpsc::channel();
//! let settings = Settings::new().on_end(move |end| {
//!     let _nobody_listens = sender.send((end.reason(), end.events()));
//! });
//! let events = tokio_stream::pending::<Result<Event, Infallible>>();
//! let mut reader = EventReader::new(Sse::with(events, settings).into_http());
//! reader.next().await;
//! drop(reader);
//! assert_eq!(ends.recv(), Ok((EndReason::ClientGone, 0)));
//! # }
//! ```
//!
//! Here the handler makes the settings and knows whose stream it is. Under a layer, make a hook for each
//! request with [`on_end_with`](crate::Settings::on_end_with). A response to HEAD has no stream and calls
//! no hook. A body that is dropped before it is polled counts as one, because an `Sse` does not know its
//! request.
//!
//! # Over HTTP/1.1 and HTTP/2
//!
//! Over HTTP/1.1 browsers open six connections to an origin, and each stream takes one. Serve HTTP/2
//! (browsers speak it over TLS only), send several topics in one stream, or share one between tabs.
//!
//! hyper, and so `axum::serve`, allows 200 streams for each HTTP/2 connection. The 201st `EventSource` of a
//! browser waits without an error: see [silence](super::silence).
//!
//! An idle stream costs 31 KiB of heap on `axum::serve`, and 20 KiB with
//! `hyper::server::conn::http1::Builder`: it counts when there are many thousand.
