//! Decoders, one file per peer.

mod eventsource_stream;
mod limits;
mod sse_core;
mod sse_proto;
mod sse_stream;

use crate::sink::{Count, Digest, Seen};

/// A decoder: its name, and its adapter with either sink.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// Returns the name of its package.
    pub name: &'static str,
    /// Decodes a stream in chunks of this size.
    pub count: fn(&[u8], usize) -> Seen,
    /// Does the same, and digests the events.
    pub digest: fn(&[u8], usize) -> Seen,
}

macro_rules! decoder {
    ($name:literal, $decode:path) => {
        Decoder {
            name: $name,
            count: |stream, size| {
                let mut sink = Count::default();
                $decode(stream, size, &mut sink);
                sink.0
            },
            digest: |stream, size| {
                let mut sink = Digest::default();
                $decode(stream, size, &mut sink);
                sink.finish()
            },
        }
    };
}

/// This project's own first, then its peers.
pub const DECODERS: [Decoder; 4] = [
    decoder!("sse-proto", sse_proto::decode),
    decoder!("sse-core", sse_core::decode),
    decoder!("sse-stream", sse_stream::decode),
    decoder!("eventsource-stream", eventsource_stream::decode),
];

/// The lower limit: reads the same bytes, but reports no events.
pub const LIMITS: [Decoder; 2] = [
    decoder!("memcpy", limits::copy),
    decoder!("memchr2_iter", limits::find_line_ends),
];

/// Returns the decoder or limit with this name.
#[must_use]
pub fn named(name: &str) -> Option<Decoder> {
    let mut all = DECODERS.iter().chain(&LIMITS);
    all.find(|decoder| decoder.name == name).copied()
}
