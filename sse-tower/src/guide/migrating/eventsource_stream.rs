//! Migrating from eventsource-stream 0.2.
//!
//! Each section shows code for eventsource-stream, the same for this crate, and what then differs.
//!
//! # Decode a response
//!
//! Before:
//!
//! ```text
//! use eventsource_stream::Eventsource;
//! use futures_util::StreamExt;
//!
//! let mut events = response.bytes_stream().eventsource();
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # async fn example(response: reqwest::Response) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use futures_util::StreamExt;
//! use sse_tower::client::EventStream;
//!
//! let mut events = EventStream::of_body(reqwest::Body::from(response));
//! # let _: Option<_> = events.next().await;
//! # Ok(())
//! # }
//! ```
//!
//! `of_body` takes hyper's `Incoming`, axum's `Body` and any other `http_body::Body`, and
//! [`of_stream`](crate::client::EventStream::of_stream) takes a stream of bytes, such as `bytes_stream()`.
//! eventsource-stream panics if a stream begins with a byte order mark. It has no limit for the size of an event,
//! which here is [16 MiB by default](crate::client::EventStream::limit).
//!
//! # Read the events
//!
//! Before:
//!
//! ```text
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{} {}: {}", event.event, event.id, event.data);
//! }
//! ```
//!
//! After:
//!
//! ```
//! # async fn example(mut events: sse_tower::client::EventStream) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use tokio_stream::StreamExt;
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{} {:?}: {}", event.event_type(), event.id(), event.data());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An event without an ID has that of the event before it, in both.
//!
//! # Read reconnection times and comments
//!
//! Before:
//!
//! ```text
//! if let Some(time) = event.retry {
//!     println!("{time:?}");
//! }
//! ```
//!
//! After:
//!
//! ```
//! # async fn example(events: sse_tower::client::EventStream) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use tokio_stream::StreamExt;
//! use sse_proto::OwnedItem;
//!
//! let mut items = events.with_items();
//! while let Some(item) = items.next().await {
//!     match item? {
//!         OwnedItem::Event(event) => println!("{}", event.data()),
//!         OwnedItem::Retry(time) => println!("{time:?}"),
//!         OwnedItem::Comment(comment) => println!(":{comment}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! In eventsource-stream, a `retry` belongs to an event, and is lost if its block has no data. Here it is an item
//! like an event, as in the standard. Comments are not available there.
//!
//! # Handle errors
//!
//! Before:
//!
//! ```text
//! match events.next().await {
//!     Some(Err(EventStreamError::Transport(error))) => eprintln!("the connection broke: {error}"),
//!     Some(Err(error)) => eprintln!("the stream is not valid: {error}"),
//!     _ => {}
//! }
//! ```
//!
//! After:
//!
//! ```
//! # async fn example(mut events: sse_tower::client::EventStream) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use tokio_stream::StreamExt;
//! use sse_tower::client::ErrorKind;
//!
//! match events.next().await {
//!     Some(Err(error)) if error.kind() == ErrorKind::Body => eprintln!("the connection broke"),
//!     Some(Err(error)) => eprintln!("an event is too large: {error}"),
//!     _ => {}
//! }
//! # Ok(())
//! # }
//! ```
//!
//! No bytes are invalid here: those that are not UTF-8 become U+FFFD, as in the standard, where eventsource-stream
//! returns an error. An error is the last item.
//!
//! # Read JSON until a final event
//!
//! Before:
//!
//! ```text
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     if event.data == "[DONE]" {
//!         break;
//!     }
//!     let order: Order = serde_json::from_str(&event.data)?;
//!     println!("{}", order.id);
//! }
//! ```
//!
//! After:
//!
//! ```
//! # #[cfg(feature = "json")]
//! # async fn example(events: sse_tower::client::EventStream) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # use tokio_stream::StreamExt;
//! #[derive(serde::Deserialize)]
//! struct Order {
//!     id: u64,
//! }
//!
//! // With feature `json`.
//! let mut orders = events.typed::<Order>().final_event("[DONE]");
//! while let Some(order) = orders.next().await {
//!     println!("{}", order?.id);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A stream that ends before the final event is an error here. The loop for eventsource-stream takes half an answer
//! for a whole one. An enum for several types of events is read in the same way.
//!
//! # Connect again
//!
//! Before:
//!
//! ```text
//! let last_event_id = events.last_event_id().to_owned();
//! // The program sends the next request, with this `Last-Event-ID`, and decodes its response.
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
//! let events = EventSource::builder(client)
//!     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
//! # let _ = events;
//! ```
//!
//! eventsource-stream leaves this to the program. An [`EventSource`](crate::client::EventSource) keeps the ID over all
//! connections, obeys `retry`, and waits longer after failures.
