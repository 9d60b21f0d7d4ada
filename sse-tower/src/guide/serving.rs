//! Serving: streams in axum, hyper and others; heartbeats, settings, and how a stream ends.
//!
//! # A stream of events
//!
//! The source of events is a [`Stream`](futures_core::Stream) of `Result<Event, E>`. In axum, a handler
//! returns it in an [`Sse`](crate::Sse):
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
//! Any other service returns a `Response<St>`, where `St` is such a stream, and
//! [`SseLayer`](crate::SseLayer) makes it an event stream. If the status is not 200, the layer drops the
//! stream without polling it. So a service can refuse a request:
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
//! hyper serves such a service directly. The guard, the socket options and the timer close the connections
//! of [silent](super::silence) peers:
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
//! warp's filters and tonic's router are Tower services as well. Their event streams already are responses,
//! so put `RelayLayer` around them. gRPC passes through it unchanged.
//!
//! A browser's `EventSource` does not reconnect after 204, or after any other status except 200. A server
//! ends a stream for good by answering 204.
//!
//! # A response that already is an event stream
//!
//! [`RelayLayer`](crate::RelayLayer) does the same for the event streams of a framework or a reverse proxy.
//! It reads the bytes, so that it adds its own text only between events. Responses that are not event
//! streams pass through unchanged, so it can be put around a whole router:
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
//! The relay cannot undo the work of layers around it. A layer that compresses must either skip
//! `text/event-stream`, as tower-http's does by default, or flush after each event. Do not put layers around
//! streams that buffer the response or limit the time of the whole response.
//!
//! # Settings
//!
//! All three accept the same [`Settings`](crate::Settings). Make them once and share them. A handler and a
//! `RelayLayer` around it may share them too: each setting takes effect once.
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
//! - **Retry** sets how long a client waits before it reconnects. It is sent at the start of the stream.
//! - **Heartbeat.** By default, one is sent at the start, so that proxies pass the response on, and one after
//!   every 15 seconds without other data. Idle timeouts are 10 seconds at Fastly, 30 at CloudFront, 55 at
//!   Heroku, 60 at nginx and most load balancers, 100 at Cloudflare. The heartbeat alone does not detect a
//!   client that vanished. With `SocketOptions` the kernel detects it, because nobody acknowledges the
//!   heartbeat.
//! - **Form of the heartbeat.** By default it is a comment line without a blank line, since some clients that
//!   use `fetch` deliver an empty event for every blank line. Use
//!   [`comment_block`](crate::Heartbeat::comment_block) for clients that notice nothing before a blank line. Use
//!   an [`event`](crate::Heartbeat::event) if a proxy drops comments, or if the page's script must know that the
//!   stream is alive.
//! - **Lifetime.** Some platforms cut a response off at a fixed age: API Gateway at 29 seconds, Cloud Run at
//!   300 by default. Set a lifetime a little below that: the stream then ends cleanly and the client resumes.
//! - **Compression.** `Cache-Control: no-transform` keeps proxies from compressing the stream, since most of
//!   them hold events back until they have enough data. If your handler sets a `Cache-Control`, the directive
//!   is added to it. Behind a compressor that flushes after each event, call
//!   [`allow_transform`](crate::Settings::allow_transform).
//! - **Padding** is for proxies and clients that hold back the first two kilobytes of a response.
//!
//! # Ends
//!
//! A client cannot distinguish the end of a stream from a lost connection: `EventSource` reconnects after both.
//! If a stream is complete at some point, like the answer of a language model, send a last event that says
//! so. The page then closes its `EventSource`. An error can also be reported by an event:
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
//! Without an error event the response is cut off, which is the only way to report a failure in the middle
//! of an HTTP body.
//!
//! If the stream panics, that counts as its error. Panics in the stream's drop, in the error event and in
//! hooks are caught. None of these ends other streams of the same connection. A panic in a key function, or in
//! the function that makes a hook, is a panic of the service, like a panic in a handler.
//!
//! # When a client goes away
//!
//! The framework drops the body, and the body drops its stream. So let the stream own what must end with it: a
//! guard that counts open streams, or the response of an upstream, which then stops working. A spawned task
//! goes on, so give the stream a handle that stops the task when it is dropped. For logs and metrics there is
//! a hook:
//!
//! ```
//! use std::{convert::Infallible, sync::mpsc};
//!
//! use sse_tower::{Event, Settings, Sse, testing::EventReader, server::{EndReason, Notice}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, ends) = mpsc::channel();
//! let settings = Settings::new().on_notice(move |notice| {
//!     if let Notice::Ended(end) = notice {
//!         let _nobody_listens = sender.send((end.reason(), end.events()));
//!     }
//! });
//! let events = tokio_stream::pending::<Result<Event, Infallible>>();
//! let mut reader = EventReader::new(Sse::with(events, settings).into_http());
//! reader.next().await;
//! drop(reader);
//! assert_eq!(ends.recv(), Ok((EndReason::ClientGone, 0)));
//! # }
//! ```
//!
//! Here the handler makes the settings, so the hook can contain data of the request. Under a layer, use
//! [`on_notice_with`](crate::Settings::on_notice_with) to make a hook for each request. A response to HEAD has no
//! stream and calls no hook. An `Sse` does not know its request, so a body that is dropped before it is polled
//! counts as a response to HEAD.
//!
//! # Over HTTP/1.1 and HTTP/2
//!
//! Over HTTP/1.1 a browser opens six connections to an origin, and each stream takes one. Serve HTTP/2
//! (browsers speak it only over TLS), send several topics in one stream, or share a stream between tabs.
//!
//! hyper, and so `axum::serve`, allows 200 streams for each HTTP/2 connection. The 201st `EventSource` of a
//! browser waits without an error: see [silence](super::silence).
//!
//! An idle stream costs 31 KiB of heap on `axum::serve`, and 20 KiB with
//! `hyper::server::conn::http1::Builder`. The difference matters with many thousand streams.
