//! Connections that deliver nothing new.

/// Counts the connections in a row that were short and delivered nothing new.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    max_fruitless: Option<u32>,
    fruitless: u32,
    /// A hash of the last event ID when the connection was opened.
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

    /// A connection is open.
    pub(super) fn start(&mut self, last_event_id: &str) {
        self.id_at_start = hash(last_event_id);
    }

    /// The connection is lost. Returns whether it was one too many.
    pub(super) fn is_used_up(
        &mut self,
        delivered: bool,
        lasted: bool,
        last_event_id: &str,
    ) -> bool {
        if delivered || hash(last_event_id) != self.id_at_start {
            self.fruitless = 0;
        } else if !lasted {
            self.fruitless = self.fruitless.saturating_add(1);
            return self.max_fruitless.is_some_and(|max| self.fruitless >= max);
        }
        false
    }
}

/// FNV-1a. A copy of the ID could be as long as the decoder's limit, and would need an allocator.
fn hash(id: &str) -> u64 {
    id.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
