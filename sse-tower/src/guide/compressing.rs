//! Compressing: streams that take a fraction of the bytes, what that costs, and when not to do it.
//!
//! # What to do
//!
//! 1. Enable the features `compression-br`, `compression-zstd` or `compression-gzip`. Browsers offer `br` and
//!    `zstd` only over TLS and to localhost.
//! 2. Give the [settings](crate::Settings::compression) of a layer a [`Compression`](crate::server::Compression).
//!    Use [`RelayLayer`](crate::RelayLayer) around handlers that return an [`Sse`](crate::Sse), because an `Sse`
//!    does not know what its client accepts.
//! 3. Read [which streams](#when-not-to-compress) must not be compressed.
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use std::convert::Infallible;
//!
//! use axum::{Router, routing::get};
//! use futures_core::Stream;
//! use sse_tower::{Event, RelayLayer, Settings, Sse, server::Compression};
//!
//! async fn fragments() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
//!     Sse::new(tokio_stream::iter([Ok(Event::new("<p>hello</p>"))]))
//! }
//!
//! let settings = Settings::new().compression(Compression::new());
//! let app: Router = Router::new()
//!     .route("/fragments", get(fragments))
//!     .layer(RelayLayer::with(settings));
//! # }
//! ```
//!
//! # What a client gets
//!
//! The layer chooses the coding with the highest weight in `Accept-Encoding`. Among equals, it prefers br, then
//! zstd, then gzip. A client that accepts none of them gets the stream without a coding, even if it refuses that too
//! (`identity;q=0`). In all cases, the response has `Vary: accept-encoding`.
//!
//! The stream has one compressor, and each frame is flushed. So a client can decode each event the moment it
//! arrives, and an event that resembles an earlier one takes a few bytes. Heartbeats, the start and the last bytes
//! are compressed too. A stream that ends cleanly ends with the trailer of its coding. A stream that fails does
//! not, so a client can distinguish the two.
//!
//! `Cache-Control: no-transform` stays, because it forbids only proxies to change the coding. Refusals are not
//! compressed. A relayed stream that already has a coding passes unchanged, and a compression layer of tower-http
//! around this one does not compress it again.
//! [`StreamEnd::bytes`](crate::server::StreamEnd::bytes) is the number of bytes before compression, and
//! [`sent_bytes`](crate::server::StreamEnd::sent_bytes) the number after it.
//!
//! # Memory
//!
//! A compressor remembers the last part of its stream, and finds repetitions by tables. This takes far more memory
//! than the stream itself, which takes 400 bytes. The ratio was measured with similar HTML fragments of 2 KB, sent
//! one by one:
//!
//! | coding | level | window | memory for each stream | ratio |
//! |---|---|---|---|---|
//! | br | low | 64 KiB | 425 KiB | 31 : 1 |
//! | br | medium | 64 KiB | 730 KiB | 53 : 1 |
//! | br | high | 128 KiB | 1.4 MiB | 58 : 1 |
//! | zstd | low | 32 KiB | 305 KiB | 57 : 1 |
//! | zstd | medium, high | 64 KiB | 537 KiB | 90 : 1 |
//! | gzip | low | 32 KiB | 312 KiB | 24 : 1 |
//! | gzip | medium, high | 32 KiB | 312 KiB | 46 : 1 |
//!
//! Frames of 64 KiB or more that repeat little make the buffers of br grow, to 0.8, 1.7 and 2.5 MiB. The memory of
//! zstd and gzip does not depend on the events. zstd's is allocated by its C library, so Rust's allocator does not
//! count it.
//!
//! With 10,000 streams, zstd at the medium level takes 5 GiB. [`Limits`](crate::server::Limits) bound the number of
//! streams, and so this memory. Events below a hundred bytes gain little, because each flush adds three to six
//! bytes.
//!
//! # Behind a reverse proxy
//!
//! If the upstream of a reverse proxy compresses a stream itself, nothing can be inserted: no heartbeat, and no last
//! bytes. The answer is one line: remove `Accept-Encoding` from the request to the upstream, and let `RelayLayer`
//! compress.
//!
//! ```
//! # let mut upstream_request = http::Request::new(());
//! upstream_request.headers_mut().remove(http::header::ACCEPT_ENCODING);
//! ```
//!
//! Do this inside the layer, because the layer reads the field of the client.
//!
//! A stream whose upstream has sent `Cache-Control: no-transform` is not compressed, because the directive forbids that
//! to proxies. This also applies to a handler that sets it for a stream of another library. Remove the directive inside
//! the layer if the upstream is yours. The layer adds it again for the proxies that follow.
//!
//! # When not to compress
//!
//! Compression reveals secrets through lengths: this is the [BREACH](https://breachattack.com) attack. It needs a
//! stream that contains a secret, such as a token, together with text that an attacker chooses, such as a chat
//! message. TLS hides the bytes, but not their number. An event that repeats a part of the secret is a few bytes
//! shorter, so an attacker who can try many texts guesses the secret piece by piece. A stream keeps its window
//! across events, so the secret and the guess need not be in the same event.
//!
//! So do not compress a stream that mixes a secret with the text of others. Send secrets by another response, or
//! serve such routes by a layer without compression.
