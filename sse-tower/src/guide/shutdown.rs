//! Shutdown: stopping a server that has open streams, and limits while it runs.
//!
//! # Three parts
//!
//! A graceful shutdown waits for the responses under way, and event streams never end. So:
//!
//! 1. A [`Drain`](crate::Drain) ends them. Give it to the settings of all that has streams.
//! 2. The server stops to accept when the drain starts.
//! 3. A `ConnectionGuard` closes the connections whose peers do not read: their
//!    bodies are not polled, so nothing else can end them. At the end of the window it closes all that
//!    are left, whatever is under way on them: let no upload take longer than that.
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "socket", feature = "tokio"))] {
//! use std::{io, time::Duration};
//!
//! use axum::{Router, serve::ListenerExt};
//! use sse_tower::{Drain, RelayLayer, Settings, connection::{ConnectionGuard, SocketOptions}};
//! use tokio::net::TcpListener;
//!
//! /// Serves `app` until `stop` is ready, and then for at most ten seconds more.
//! async fn serve(app: Router, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
//!     let drain = Drain::new();
//!     let app = app.layer(RelayLayer::with(Settings::new().drain(&drain)));
//!     let options = SocketOptions::new();
//!     let listener = listener.tap_io(move |socket| drop(options.apply(socket)));
//!     let listener = ConnectionGuard::new().drain(&drain).listen(listener);
//!     let server = axum::serve(listener, app).with_graceful_shutdown(drain.started());
//!     let stopping = async {
//!         stop.await;
//!         let drained = drain.start(Duration::from_secs(10)).await;
//!         println!("{} of {} streams ended in order", drained.ended_in_order(), drained.streams());
//!     };
//!     let (served, ()) = tokio::join!(server.into_future(), stopping);
//!     served
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! serve(Router::new(), listener, std::future::ready(())).await
//! # }
//! # main().unwrap();
//! # }
//! ```
//!
//! In a program `stop` is a signal, `tokio::signal::ctrl_c()` or SIGTERM. Let the load balancer know
//! first, and start the drain when it has ceased to send requests. A second start with a shorter window
//! hastens the first: for who presses Ctrl-C twice.
//!
//! # The window
//!
//! If all streams of a server end at once, all clients connect at once elsewhere, and every one of them
//! reads what it missed. So they end one by one over the window, each with its own random
//! [`retry:`](crate::Settings::come_back_after) before the end. Choose a window as long as the deployment
//! allows: an orchestrator kills after its own grace period, 30 seconds by default in Kubernetes.
//!
//! The reconnection time sticks in a client: the next server's streams begin with the usual one, by
//! themselves if they have a drain or limits.
//!
//! # Who comes too late
//!
//! A request on a connection that is still open, after the start, is sent away as below.
//!
//! # Limits
//!
//! [`Limits`](crate::server::Limits) bound how many streams are open, in all and for each key:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use sse_tower::{Event, Settings, SseLayer, testing::{EventReader, Received}, server::Limits};
//! use tower::{Layer, Service, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Infallible> {
//! let limits = Limits::new(10_000).per_key(1, |request| request.headers.get("x-user").cloned());
//! let layer = SseLayer::with(Settings::new().limits(&limits));
//! let mut service = layer.layer(service_fn(|_: Request<()>| async {
//!     let events = tokio_stream::pending::<Result<Event, Infallible>>();
//!     Ok::<_, Infallible>(Response::new(events))
//! }));
//! let request = || Request::get("/").header("x-user", "ann").body(()).unwrap();
//!
//! let first = service.call(request()).await?;
//! let mut second = EventReader::new(service.call(request()).await?);
//! assert!(matches!(second.next().await, Some(Received::Retry(_))));
//! second.end().await;
//!
//! drop(first);
//! assert_eq!(limits.open_streams(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! A handler that returns an [`Sse`](crate::Sse) gives the key itself: [`Limits::each`](crate::server::Limits::each)
//! with [`limit_key`](crate::Sse::limit_key). Limits per key without a key are a mistake that would limit
//! nothing, so the first request fails with status 500 and a text that says what is missing.
//!
//! A refusal is a response of status 200 that sets the reconnection time and ends, because after 503 a
//! native `EventSource` gives up for good. For clients that wait as `Retry-After` says, and for load
//! balancers that try another server, there is
//! [`refuse_with_503`](crate::Settings::refuse_with_503). Under a layer either closes its connection over
//! HTTP/1.1; of a response without a layer the connection stays open as any other does.
//!
//! A stream counts until its body is dropped. The server drops it as soon as it knows that the client
//! is gone. A client that vanished is noticed by the kernel, if `SocketOptions` are set: 27 to 36 seconds
//! after it vanished, with heartbeats every 2 to 15 seconds. The write timeout of the connection guard
//! does not notice it. A client that does not read is closed by the write timeout, or
//! loses its place to another: see [silence](super::silence).
