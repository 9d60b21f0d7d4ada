//! Sinks for decoded events. They count while the time is taken, and digest to compare the peers.

use std::hint::black_box;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Takes the events that a peer decodes.
pub trait Sink {
    /// Takes one event. An absent type is `message`, and an absent ID is empty.
    fn event(&mut self, event_type: &str, data: &str, id: &str);
}

/// The result of decoding a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The number of events.
    pub events: u64,
    /// The number of bytes of data.
    pub bytes: u64,
    /// SHA-256 over the type, ID and data of all events, each followed by a zero byte. Empty if the
    /// events were only counted.
    pub digest: String,
}

/// Counts events without looking at the text.
#[derive(Debug, Default)]
pub struct Count(pub Seen);

impl Sink for Count {
    fn event(&mut self, event_type: &str, data: &str, id: &str) {
        self.0.events += 1;
        self.0.bytes += data.len() as u64;
        black_box((event_type, data, id));
    }
}

/// Counts and digests.
#[derive(Debug, Default)]
pub struct Digest {
    seen: Seen,
    hash: Sha256,
}

impl Digest {
    /// Returns what was decoded.
    #[must_use]
    pub fn finish(self) -> Seen {
        let hash = self.hash.finalize();
        let digest = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Seen {
            digest,
            ..self.seen
        }
    }
}

impl Sink for Digest {
    fn event(&mut self, event_type: &str, data: &str, id: &str) {
        self.seen.events += 1;
        self.seen.bytes += data.len() as u64;
        for text in [event_type, id, data] {
            self.hash.update(text);
            self.hash.update([0]);
        }
    }
}
