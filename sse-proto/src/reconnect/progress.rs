//! A limit on connections that deliver nothing new.

/// Counts the connections in a row that were short and delivered nothing new.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    max_fruitless: Option<u32>,
    fruitless: u32,
    /// A hash of the last event ID at the start of the connection.
    id_at_start: u64,
}

impl Progress {
    pub(super) const fn with_max_fruitless(connections: u32) -> Self {
        Self {
            max_fruitless: Some(connections),
            fruitless: 0,
            id_at_start: 0,
        }
    }

    /// Notes that a connection is open.
    pub(super) fn start(&mut self, last_event_id: &str) {
        self.id_at_start = hash(last_event_id);
    }

    /// Notes that the connection is lost. Returns whether the limit is reached.
    pub(super) fn end(&mut self, delivered: bool, lasted: bool, last_event_id: &str) -> bool {
        if delivered || hash(last_event_id) != self.id_at_start {
            self.fruitless = 0;
        } else if !lasted {
            self.fruitless = self.fruitless.saturating_add(1);
            return self.max_fruitless.is_some_and(|max| self.fruitless >= max);
        }
        false
    }
}

/// Computes an FNV-1a hash. A copy of the ID instead would need an allocator, and could be as long as the
/// decoder's limit.
fn hash(id: &str) -> u64 {
    id.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
