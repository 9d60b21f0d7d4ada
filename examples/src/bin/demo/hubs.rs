//! The hubs of the demonstrations. Nothing else in this program says where their logs are.
//!
//! Each demonstration has a hub of its own, since each log has bounds of its own. The logs are in memory, so a
//! restarted server has new ones, and tells the pages that come back of a gap.

use sse_tower::hub::Hub;

/// The number of messages that a page gets when it joins the chat.
const MESSAGES: usize = 50;

/// The number of notifications that a page can miss and still resume: those of six minutes.
const NOTIFICATIONS: usize = 256;

/// The number of readings that a page can be behind: those of two seconds, so that a gap is soon seen.
const READINGS: usize = 40;

pub(crate) struct Hubs {
    pub(crate) chat: Hub,
    pub(crate) notifications: Hub,
    pub(crate) readings: Hub,
}

impl Hubs {
    pub(crate) fn in_memory() -> Self {
        let with_log_of = |events| Hub::builder().max_events(events).build();
        Self {
            chat: with_log_of(MESSAGES),
            notifications: with_log_of(NOTIFICATIONS),
            readings: with_log_of(READINGS),
        }
    }
}
