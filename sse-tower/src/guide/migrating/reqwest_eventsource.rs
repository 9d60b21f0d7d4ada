//! Migrating from reqwest-eventsource 0.6.
//!
//! Each section shows code for reqwest-eventsource, the same for this crate, and what then differs.
//!
//! # Open a stream
//!
//! Before:
//!
//! ```text
//! use futures_util::StreamExt;
//! use reqwest_eventsource::{Event, EventSource};
//!
//! let mut events = EventSource::get("http://localhost:3000/feed");
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
//! Both send nothing until they are polled. The closure makes the request of each attempt, where
//! reqwest-eventsource sends clones of one request. Clones of an `HttpClient` share its connections.
//!
//! # Keep a client of reqwest
//!
//! Before:
//!
//! ```text
//! let mut events = EventSource::new(client.get(url))?;
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # async fn example(url: &'static str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use http::Request;
//! # use sse_tower::client::EventSource;
//! use sse_tower::client::ReqwestClient;
//!
//! // With feature `reqwest`, and reqwest 0.13.
//! let client = reqwest::Client::builder()
//!     .redirect(reqwest::redirect::Policy::none())
//!     .build()?;
//! let events = EventSource::builder(ReqwestClient::new(client))
//!     .build(move |_| Request::get(url).body(String::new()).unwrap());
//! # let _ = events;
//! # Ok(())
//! # }
//! ```
//!
//! The source follows redirects itself, and then removes more secrets than reqwest does. It does not notice a
//! redirect that the client has followed already.
//!
//! # Send a token
//!
//! Before:
//!
//! ```text
//! let mut events = client.get(url).bearer_auth(token).eventsource()?;
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
//! reqwest-eventsource repeats the first token for ever, and ends at the 401 that follows when it has expired. Here
//! each attempt can have its own token, and a 401 leads to one more attempt at once. See
//! ["Tokens"](crate::guide::receiving#tokens).
//!
//! # Send a POST
//!
//! Before:
//!
//! ```text
//! let request = client.post(url).header("content-type", "application/json").body(question);
//! let mut events = request.eventsource()?;
//! while let Some(event) = events.next().await {
//!     match event? {
//!         Event::Open => {}
//!         Event::Message(event) if event.data == "[DONE]" => events.close(),
//!         Event::Message(event) => println!("{}", event.data),
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
//! # let question = String::new();
//! let mut events = EventSource::builder(client).final_event("[DONE]").build(move |_| {
//!     let request = Request::post("http://localhost:3000/chat");
//!     request.header("content-type", "application/json").body(question.clone()).unwrap()
//! });
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
//! reqwest-eventsource sends the POST again whenever its connection ends, cleanly or not, until the program closes
//! the source. Here a POST is sent once, and a stream that ends before its final event is an error. With
//! [`resend_any_method`](crate::client::EventSourceBuilder::resend_any_method) it is sent again.
//!
//! # Read the events
//!
//! Before:
//!
//! ```text
//! while let Some(event) = events.next().await {
//!     match event {
//!         Ok(Event::Open) => println!("open"),
//!         Ok(Event::Message(event)) => println!("{}", event.data),
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
//!         Notice::Open { .. } => println!("open"),
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
//! In reqwest-eventsource, each connection that ends or breaks is an error, after which the stream may go on. So a
//! loop with `?` gives up at the first one. Here an error is always the last item, and all that the source recovers
//! from goes to the hook.
//!
//! # Look at the type and the ID of an event
//!
//! Before:
//!
//! ```text
//! match message.event.as_str() {
//!     "order" => println!("{}: {}", message.id, message.data),
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
//! An event without a type is a `message` in both. The ID is an `Option`.
//!
//! # Read JSON
//!
//! Before:
//!
//! ```text
//! if message.event == "order" {
//!     let order: Order = serde_json::from_str(&message.data)?;
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
//! let stored = events.last_event_id().to_owned();
//! let request = client.get(url).header("last-event-id", stored);
//! let mut events = EventSource::new(request)?;
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
//! # let source = EventSource::builder(client);
//! # let events = source.build(|_| Request::get("/").body(String::new()).unwrap());
//! # let client = tower::service_fn(|_: Request<String>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! # });
//! let stored = events.last_event_id().clone();
//! let events = EventSource::builder(client)
//!     .last_event_id(stored)
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # let _ = events;
//! ```
//!
//! reqwest-eventsource adds its own `Last-Event-ID` to that of the request, so later requests have two. It also
//! forgets the ID on the second reconnect: if the first event after a reconnect has no ID, the next request has an
//! empty one. An ID in a block without data is ignored. Here the ID stays until the server changes it, as in the
//! standard.
//!
//! # Set the back-off
//!
//! Before:
//!
//! ```text
//! let (base, max) = (Duration::from_secs(1), Duration::from_secs(60));
//! let policy = ExponentialBackoff::new(base, 2.0, Some(max), Some(5));
//! events.set_retry_policy(Box::new(policy));
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
//!     .max_retries(5)
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # let _ = events;
//! ```
//!
//! In reqwest-eventsource, a limit of two or more retries is never reached, because it does not count beyond one.
//! The waits have no random part, so all clients of a server that restarts come back at once. The server's `retry`
//! is only read in an event with data, and replaces the first wait. Here the wait is at least the server's time, plus a
//! random back-off after failures. Instead of the policy `Never`, use [`EventStream`](crate::client::EventStream),
//! which reads one response.
//!
//! # Stop
//!
//! Before:
//!
//! ```text
//! events.close();
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
//! reqwest-eventsource keeps the connection open until the source is dropped. Here `close` closes it. A server stops
//! a client with a 204: there it is an error, here the end of the stream.
//!
//! # Handle error statuses
//!
//! Before:
//!
//! ```text
//! if let Some(Err(Error::InvalidStatusCode(status, response))) = events.next().await {
//!     eprintln!("{status}: {}", response.text().await?);
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
//! reqwest-eventsource ends at each status but 200. Here the source waits out statuses of a passing state, such as
//! 503. [`StatusPolicy::Standard`](crate::client::StatusPolicy::Standard) makes them final, and
//! [`verdict`](crate::client::EventSourceBuilder::verdict) decides by the response.
//!
//! # Set timeouts
//!
//! Before:
//!
//! ```text
//! let client = reqwest::Client::builder()
//!     .connect_timeout(Duration::from_secs(10))
//!     .read_timeout(Duration::from_secs(40))
//!     .build()?;
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
//! reqwest-eventsource. Here the source takes the connection out of the pool and connects again. If the server sends
//! heartbeats, give their interval to [`heartbeat`](crate::client::EventSourceBuilder::heartbeat) instead.
