//! Shutdown: how to stop a server that has open streams, and limits while it runs.
//!
//! # Three parts
//!
//! A graceful shutdown waits for all open responses, and event streams do not end by themselves. So use three
//! parts:
//!
//! 1. A [`Drain`](crate::Drain) ends the streams. Pass it to the settings of everything that serves streams.
//! 2. The server stops accepting connections when the drain starts.
//! 3. A `ConnectionGuard` closes the connections whose peers do not read. Their bodies are not polled, so nothing
//!    else can end them. At the end of the window it closes all remaining connections, even if a request is still
//!    in progress, so choose a window that is longer than any upload.
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
//!         println!("{} of {} streams ended cleanly", drained.ended_cleanly(), drained.streams());
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
//! In a program, `stop` is a signal: `tokio::signal::ctrl_c()` or SIGTERM. Tell the load balancer first, and start
//! the drain once it sends no more requests. A second start with a shorter window shortens the first one, for
//! instance when somebody presses Ctrl-C twice.
//!
//! # The window
//!
//! If all streams of a server ended at once, all clients would connect to another server at once, and each would
//! ask for the events that it missed. So the streams end one by one over the window, each with its own random
//! [`retry:`](crate::Settings::come_back_after) before the end. Choose a window as long as the deployment allows:
//! an orchestrator kills the process after its own grace period, 30 seconds by default in Kubernetes.
//!
//! A client keeps the reconnection time until it gets another. Streams that have a drain or limits therefore
//! send the usual time again at their start.
//!
//! # Late requests
//!
//! A request that arrives on an open connection after the start of the drain is refused, as described below.
//!
//! # Limits
//!
//! [`Limits`](crate::server::Limits) bound the number of open streams, in total and for each key:
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
//! A handler that returns an [`Sse`](crate::Sse) gives the key itself, with
//! [`Limits::each`](crate::server::Limits::each) and [`limit_key`](crate::Sse::limit_key). If the key is missing,
//! the limit would have no effect, so the first request fails with status 500 and a text that says what is
//! missing.
//!
//! A refusal is a response with status 200 that sets the reconnection time and ends, because after 503 a native
//! `EventSource` gives up for good. [`refuse_with_503`](crate::Settings::refuse_with_503) is for clients that obey
//! `Retry-After`, and for load balancers that then try another server. Under a layer, either kind of refusal
//! closes its HTTP/1.1 connection. Without a layer, the connection stays open.
//!
//! A stream counts until its body is dropped. The server drops it as soon as it knows that the client is gone.
//! With `SocketOptions`, the kernel notices a client that vanished after 27 to 36 seconds, with heartbeats every
//! 2 to 15 seconds. The write timeout of the connection guard does not notice it. A client that does not read is
//! closed by the write timeout, or loses its place to another: see [silence](super::silence).
