//! Migrating: from reqwest-eventsource, eventsource-client or eventsource-stream.
//!
//! # What to do
//!
//! Open the page of the crate that the program uses. Each section shows code for that crate, the same for this
//! crate, and what then differs:
//!
//! - [`reqwest_eventsource`], for version 0.6
//! - [`eventsource_client`], for version 0.16
//! - [`eventsource_stream`], for version 0.2
//!
//! The code for both sides is compiled by this project's tests, which also check most of the statements about
//! the other crates.
//!
//! The features are `client-http` for [`EventSource`] with a ready-made HTTP client, `reqwest` for one over a client
//! of reqwest 0.13, `client` for [`EventStream`] or any other Tower service, and `json` for typed events. All
//! streams are [`Stream`](futures_core::Stream)s, so `StreamExt` of futures or tokio-stream works as before.
//!
//! # What differs most
//!
//! | | reqwest-eventsource | eventsource-client | [`EventSource`] |
//! |---|---|---|---|
//! | the server ends a connection | an error item, then another connection | the same | a notice to the hook, then another connection |
//! | an error item | may be followed by events | may be followed by events | is the last item |
//! | the first attempt fails | tries again | ends, unless `retry_initial` is set | tries again |
//! | status 204 | an error, and the end | connects again | the end |
//! | status 503 | an error, and the end | an error item, then another attempt | another attempt |
//! | status 404 | an error, and the end | an error item, then another attempt | an error, and the end |
//! | status 401 | an error, and the end | an error item, then another attempt | one more attempt at once, with a new token |
//! | a POST whose stream has ended | is sent again | is sent again | is sent once |
//! | the last event ID | lost on the second reconnect, unless the server repeats it | the same | stays |
//! | the wait | the server's `retry` at first, without a random part | a random part of it, at least half | at least the server's `retry`, plus a random back-off |
//! | number of retries | no limit except 0 and 1 | no limit | `max_retries` |
//! | an event of any size | is buffered | is buffered | fails above 16 MiB |
//! | a token at a redirect to another host | removed | sent | removed |
//!
//! The column of eventsource-client assumes that it was connected before. A limit of 0 or 1 in
//! reqwest-eventsource allows one retry, because the first retry is not compared with the limit.
//!
//! [`EventSource`]: crate::client::EventSource
//! [`EventStream`]: crate::client::EventStream

pub mod eventsource_client;
pub mod eventsource_stream;
pub mod reqwest_eventsource;
