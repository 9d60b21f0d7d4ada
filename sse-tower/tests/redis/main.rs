//! Logs in Redis, with real servers and in real time.
//!
//! Each test starts servers of its own, and ends them. Most of the time it waits.
#![forbid(unsafe_code)]

mod hub;
mod log;
mod login;
mod loss;
mod node;
mod outage;
mod proxy;
#[cfg(feature = "runs")]
mod runs;
#[cfg(feature = "runs")]
mod runs_cost;
#[cfg(feature = "runs")]
mod runs_faults;
#[cfg(feature = "runs")]
mod runs_news;
mod server;
mod suite;

#[path = "../hub/broadcast.rs"]
mod broadcast;
#[path = "../hub/cases.rs"]
mod cases;
#[path = "../hub/ends.rs"]
mod ends;
#[path = "../hub/gaps.rs"]
mod gaps;
#[path = "../hub/log_adapter.rs"]
mod log_adapter;
#[path = "../hub/old_entries.rs"]
mod old_entries;
#[path = "../hub/presence.rs"]
mod presence;
#[path = "../hub/publish_ids.rs"]
mod publish_ids;
#[path = "../hub/support.rs"]
mod support;
