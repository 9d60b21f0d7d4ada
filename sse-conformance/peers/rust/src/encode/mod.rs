//! Encoders, one file per peer.
//!
//! All start from the same values: data as a `&str` that is stored elsewhere, since it is new for
//! every event, and the type and ID as the peer keeps them. `out` gets the bytes of one event.

mod axum;
mod limit;
mod russe;
mod sse_proto;
mod sse_stream;
mod warp;

use crate::sink::{Digest, Seen, Sink};
use crate::workload::Message;

/// An encoder with one of its forms of output.
#[derive(Clone, Copy, Debug)]
pub struct Encoder {
    /// Returns the name of its package.
    pub name: &'static str,
    /// The form of the output.
    pub output: &'static str,
    /// Encodes the same event this many times.
    pub run: fn(&Message, u64),
    /// Encodes the event a few times and returns the bytes.
    pub bytes: fn(&Message) -> Vec<u8>,
}

/// A buffer that is cleared and used again.
const REUSED: &str = "reused buffer";
/// Shared bytes, as the body of a response needs them.
const BYTES: &str = "Bytes";

macro_rules! encoder {
    ($name:literal, $output:expr, $encode:path) => {
        Encoder {
            name: $name,
            output: $output,
            run: |message, times| {
                $encode(message, times, |bytes: &[u8]| {
                    std::hint::black_box(bytes);
                })
            },
            bytes: |message| {
                let mut all = Vec::new();
                $encode(message, 3, |bytes: &[u8]| all.extend_from_slice(bytes));
                all
            },
        }
    };
}

/// This project's own first, then its peers.
pub const ENCODERS: [Encoder; 8] = [
    encoder!("sse-proto", REUSED, sse_proto::reused),
    encoder!("russe", REUSED, russe::reused),
    encoder!("warp", REUSED, warp::reused),
    encoder!("sse-proto", BYTES, sse_proto::bytes),
    encoder!("russe", BYTES, russe::bytes),
    encoder!("sse-stream", BYTES, sse_stream::bytes),
    encoder!("axum", BYTES, axum::bytes),
    encoder!("warp", BYTES, warp::bytes),
];

/// The lower limit: the data is copied, and searched for line ends.
pub const LIMITS: [Encoder; 1] = [encoder!("memcpy + memchr", REUSED, limit::reused)];

/// Returns the encoder or limit with this name and output.
#[must_use]
pub fn named(name: &str, output: &str) -> Option<Encoder> {
    let mut all = ENCODERS.iter().chain(&LIMITS);
    all.find(|encoder| (encoder.name, encoder.output) == (name, output))
        .copied()
}

/// Returns what a decoder reads from these bytes: events, and reconnection times as events of type
/// `retry`.
#[must_use]
pub fn read_back(bytes: &[u8]) -> Seen {
    let mut decoder = ::sse_proto::Decoder::new();
    let mut chunk = ::sse_proto::Chunk::new(bytes);
    let mut digest = Digest::default();
    while let Ok(Some(item)) = decoder.decode(&mut chunk) {
        match item {
            ::sse_proto::Item::Event(event) => {
                digest.event(event.event_type(), event.data(), event.last_event_id());
            }
            ::sse_proto::Item::Retry(time) => {
                digest.event("retry", &time.as_millis().to_string(), "");
            }
            _ => {}
        }
    }
    digest.finish()
}
