//! Tests of the demo and the small examples, which run as programs and are reached over TCP.
#![forbid(unsafe_code)]

mod bounds;
mod certificate;
mod chat;
mod client_service;
mod ctrl_c;
mod demo;
mod frameworks;
mod grpc;
mod hub;
mod llm;
mod metrics;
mod model_clients;
#[cfg(unix)]
#[path = "../conformance/nginx.rs"]
mod nginx;
mod odd_ids;
mod origins;
mod program;
mod resume;
mod script;
mod slow;
mod sse_tail;
mod start;
mod stop;
mod streams;
#[cfg(unix)]
mod two_servers;
