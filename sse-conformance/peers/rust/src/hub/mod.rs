//! Servers that send each published event to many clients, and the clients.
//!
//! A server is a process of its own, in any language. Its first line of output is its address. Then it answers
//! each line of its input with one line:
//!
//! | line | what the server does, and its answer |
//! |---|---|
//! | `pace RATE SECONDS` | publishes an event this many times a second; the number of events |
//! | `flood SECONDS` | publishes as many events as it can, [`BURST`] at a time; the number of events |
//! | `heap` | the bytes that the program has allocated, or 0 if it does not count them |
//!
//! It ends with its input. An event's data is [`DATA_LENGTH`] bytes long: `@`, the time of the system's
//! monotonic clock in nanoseconds with 20 digits, and `x`. The last argument of a server is the interval of heartbeats in seconds.

pub mod load;
pub mod process;
pub mod server;

use std::time::Duration;

/// The number of events that are published before other tasks run.
pub const BURST: usize = 64;

/// The length of an event's data in bytes.
pub const DATA_LENGTH: usize = 174;

/// Returns the time of the system's monotonic clock. All processes see the same clock.
#[must_use]
pub fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Returns the data of an event that is published now.
#[must_use]
pub fn data() -> String {
    let time = now().as_nanos();
    format!("@{time:020}{}", "x".repeat(DATA_LENGTH - 21))
}
