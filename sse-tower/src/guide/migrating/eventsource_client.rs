//! Migrating from eventsource-client 0.16.
//!
//! Each section shows code for eventsource-client, the same for this crate, and what then differs. Version 0.17 has
//! replaced hyper 0.14 by a transport of its own. Where 0.18 behaves differently, the section says so.
//!
//! # Open a stream
//!
//! Before:
//!
//! ```text
//! use eventsource_client::{Client, ClientBuilder, SSE};
//! use futures_util::StreamExt;
//!
//! let client = ClientBuilder::for_url("http://localhost:3000/feed")?.build_http();
//! let mut events = client.stream();
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "client-http")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use futures_util::StreamExt;
//! use http::Request;
//! use sse_tower::client::{EventSource, HttpClient};
//!
//! let mut events = EventSource::builder(HttpClient::new()?)
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # let _: Option<_> = events.next().await;
//! # Ok(())
//! # }
//! ```
//!
//! An `HttpClient` has TLS, so it also replaces `build` and `build_https`. eventsource-client reads a response of any
//! content type and follows only the redirects 301 and 307. Here another content type is an error, and all
//! redirects are followed as in browsers.
//!
//! # Send a token
//!
//! Before:
//!
//! ```text
//! let token = format!("Bearer {token}");
//! let client = builder.header("authorization", &token)?.build_http();
//! ```
//!
//! After:
//!
//! ```
//! # use http::Request;
//! # use sse_tower::client::EventSource;
//! # let client = tower::service_fn(|_: Request<String>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! # });
//! # async fn fresh_token() -> Result<String, http::Error> { Ok("secret".to_owned()) }
//! let events = EventSource::builder(client).build_async(|_| async {
//!     let token = fresh_token().await?;
//!     let request = Request::get("http://localhost:3000/feed");
//!     request.header("authorization", format!("Bearer {token}")).body(String::new())
//! });
//! # let _ = events;
//! ```
//!
//! eventsource-client sends the same headers for ever, and sends them all to the target of a redirect, even if that
//! is another host. Here each attempt can have a fresh token, and secrets stay with their origin. See
//! ["Tokens"](crate::guide::receiving#tokens).
//!
//! # Send a POST
//!
//! Before:
//!
//! ```text
//! let builder = builder.method("POST".to_owned()).body(question);
//! let client = builder.header("content-type", "application/json")?.build_http();
//! ```
//!
//! After:
//!
//! ```
//! # use http::Request;
//! # use sse_tower::client::EventSource;
//! # let client = tower::service_fn(|_: Request<String>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! # });
//! # let question = String::new();
//! let events = EventSource::builder(client).final_event("[DONE]").build(move |_| {
//!     let request = Request::post("http://localhost:3000/chat");
//!     request.header("content-type", "application/json").body(question.clone()).unwrap()
//! });
//! # let _ = events;
//! ```
//!
//! eventsource-client sends the POST again whenever its connection ends, cleanly or not. Here it is sent once, and a
//! stream that ends before its final event is an error. With
//! [`resend_any_method`](crate::client::EventSourceBuilder::resend_any_method) it is sent again.
//!
//! # Read the events
//!
//! Before:
//!
//! ```text
//! while let Some(item) = events.next().await {
//!     match item {
//!         Ok(SSE::Connected(connection)) => println!("open: {}", connection.response().status()),
//!         Ok(SSE::Event(event)) => println!("{}", event.data),
//!         Ok(SSE::Comment(comment)) => println!(":{comment}"),
//!         Err(error) => eprintln!("{error}"),
//!     }
//! }
//! ```
//!
//! After:
//!
//! ```
//! # use http::Request;
//! # use sse_tower::client::EventSource;
//! # let client = tower::service_fn(|_: Request<String>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! # });
//! use sse_tower::client::Notice;
//!
//! let mut events = EventSource::builder(client)
//!     .on_notice(|notice| match notice {
//!         Notice::Open { head, .. } => println!("open: {}", head.status),
//!         Notice::Comment(comment) => println!(":{comment}"),
//!         Notice::Waiting { reason, .. } => eprintln!("{reason}"),
//!         _ => {}
//!     })
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # async fn print(mut events: EventSource) -> Result<(), sse_tower::client::Error> {
//! # use tokio_stream::StreamExt;
//! while let Some(event) = events.next().await {
//!     println!("{}", event?.data());
//! }
//! # Ok(())
//! # }
//! # let _ = events;
//! ```
//!
//! In eventsource-client, each connection that the server ends is an error, after which the stream may go on. So a
//! loop with `?` or `try_next` gives up at the first one. Here an error is always the last item, and all that the
//! source recovers from goes to the hook.
//!
//! # Look at the type and the ID of an event
//!
//! Before:
//!
//! ```text
//! match event.event_type.as_str() {
//!     "order" => println!("{:?}: {}", event.id, event.data),
//!     _ => {}
//! }
//! ```
//!
//! After:
//!
//! ```
//! # async fn example(event: sse_tower::Event) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! match event.event_type().as_str() {
//!     "order" => println!("{:?}: {}", event.id(), event.data()),
//!     _ => {}
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An event without a type is a `message` in both.
//!
//! # Read JSON
//!
//! Before:
//!
//! ```text
//! if event.event_type == "order" {
//!     let order: Order = serde_json::from_str(&event.data)?;
//!     println!("{}", order.id);
//! }
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "json")]
//! # async fn example(events: sse_tower::client::EventSource) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use tokio_stream::StreamExt;
//! #[derive(serde::Deserialize)]
//! #[serde(rename_all = "snake_case")]
//! enum Update {
//!     Order { id: u64 },
//! }
//!
//! // With feature `json`.
//! let mut updates = events.typed::<Update>();
//! while let Some(update) = updates.next().await {
//!     let Update::Order { id } = update?;
//!     println!("{id}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The type of an event names the variant. Types that the enum does not have are skipped, unless
//! `TypedEvents::with_unknown` delivers them. `Event::json` reads one event.
//!
//! # Continue after a restart of the program
//!
//! Before:
//!
//! ```text
//! let client = builder.last_event_id(stored).build_http();
//! ```
//!
//! After:
//!
//! ```
//! # use http::Request;
//! # use sse_tower::client::EventSource;
//! # let client = tower::service_fn(|_: Request<String>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! # });
//! # use sse_tower::EventId;
//! # let stored = "7";
//! let events = EventSource::builder(client)
//!     .last_event_id(EventId::new(stored)?)
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! let stored = events.last_event_id().to_string();
//! # let _ = events;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! eventsource-client forgets the ID on the second reconnect: if the last event of a connection was sent without an
//! ID, and none before it on that connection had one, the next request has no ID. Here the ID stays until the server
//! changes it, as in the standard, and the source returns it for the program to store.
//!
//! # Set the back-off
//!
//! Before:
//!
//! ```text
//! let options = ReconnectOptions::reconnect(true)
//!     .retry_initial(true)
//!     .delay(Duration::from_secs(1))
//!     .delay_max(Duration::from_secs(60))
//!     .build();
//! let client = builder.reconnect(options).build_http();
//! ```
//!
//! After:
//!
//! ```
//! # use http::Request;
//! # use sse_tower::client::EventSource;
//! # let client = tower::service_fn(|_: Request<String>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! # });
//! use std::time::Duration;
//! use sse_tower::client::Backoff;
//!
//! let events = EventSource::builder(client)
//!     .backoff(Backoff::new(Duration::from_secs(1), Duration::from_secs(60)))
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # let _ = events;
//! ```
//!
//! Without `retry_initial`, eventsource-client ends if its first attempt fails. Its wait is a random part of the
//! delay, at least half, so it may be shorter than the server's `retry`, which it reads only in events with data.
//! The delay returns to its start only after a connection of 60 seconds. Here the wait is at least the server's
//! time, plus a random back-off after failures, and an event or 5 seconds end the row of failures.
//! [`max_retries`](crate::client::EventSourceBuilder::max_retries) limits that row, which eventsource-client cannot.
//!
//! # Do not reconnect
//!
//! Before:
//!
//! ```text
//! let options = ReconnectOptions::reconnect(false).build();
//! let client = builder.reconnect(options).build_http();
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "client-http")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use http::Request;
//! use sse_tower::client::{EventStream, HttpClient};
//! use tower::ServiceExt;
//!
//! let request = Request::get("http://localhost:3000/feed").body(String::new())?;
//! let response = HttpClient::new()?.oneshot(request).await?;
//! let events = EventStream::of_body(response.into_body());
//! # let _ = events;
//! # Ok(())
//! # }
//! ```
//!
//! An [`EventStream`](crate::client::EventStream) reads one response. With this option, version 0.16 of
//! eventsource-client still connects again when the server ends the stream; 0.18 does not.
//!
//! # Stop
//!
//! Before:
//!
//! ```text
//! drop(events);
//! ```
//!
//! After:
//!
//! ```
//! # async fn example(mut events: sse_tower::client::EventSource) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! events.close();
//! # Ok(())
//! # }
//! ```
//!
//! Dropping a source also closes its connection. After `close`, the stream is at its end. A server stops its
//! clients with a 204. eventsource-client takes each status from 200 to 299 for a stream, and connects again
//! after it. Here a 204 ends the stream without an error.
//!
//! # Handle error statuses
//!
//! Before:
//!
//! ```text
//! if let Some(Err(Error::UnexpectedResponse(response, body))) = events.next().await {
//!     eprintln!("{}: {:?}", response.status(), body.body_bytes().await);
//! }
//! ```
//!
//! After:
//!
//! ```
//! # async fn example(mut events: sse_tower::client::EventSource) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use tokio_stream::StreamExt;
//! use sse_tower::client::ErrorKind;
//!
//! if let Some(Err(error)) = events.next().await {
//!     if error.kind() == ErrorKind::Status {
//!         eprintln!("{error}: {:?}", error.body());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Once it was connected, eventsource-client tries again after each status, also after a 401 or 404. Here the source
//! waits out statuses of a passing state, such as 503, and ends at others.
//! [`verdict`](crate::client::EventSourceBuilder::verdict) decides by the response.
//!
//! # Set timeouts
//!
//! Before:
//!
//! ```text
//! let builder = builder.connect_timeout(Duration::from_secs(10));
//! let client = builder.read_timeout(Duration::from_secs(40)).build_http();
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "client-http")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use std::time::Duration;
//! use sse_tower::client::{EventSource, HttpClient};
//!
//! let client = HttpClient::builder().connect_timeout(Duration::from_secs(10)).build()?;
//! let events = EventSource::builder(client).idle_timeout(Duration::from_secs(40));
//! # let events = events.build(|_| http::Request::get("/").body(String::new()).unwrap());
//! # let _ = events;
//! # Ok(())
//! # }
//! ```
//!
//! Without such a timeout, neither crate notices that the server has vanished. Silence is an error item of
//! eventsource-client. Here it is only a notice. If the server sends heartbeats, give their interval to
//! [`heartbeat`](crate::client::EventSourceBuilder::heartbeat) instead.
//!
//! # Use a connector of your own
//!
//! Before:
//!
//! ```text
//! let client = builder.build_with_conn(connector);
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "client-http")]
//! # async fn example(connector: hyper_util::client::legacy::connect::HttpConnector) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use http::Request;
//! # use sse_tower::client::{EventSource, HttpClient};
//! let client = HttpClient::builder().build_with_connector(connector);
//! let events = EventSource::builder(client)
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # let _ = events;
//! # Ok(())
//! # }
//! ```
//!
//! The connector is one of hyper-util and hyper 1, not of hyper 0.14. Any Tower service can also take the place of
//! the whole client. See ["Proxies"](crate::guide::receiving#proxies).
