//! A page of the log, as a subscription reads and sends it.

use std::sync::Arc;

use crate::hub::{
    pages::{EncodedPage, PageRead},
    topic::Topic,
};

/// A page of the log: while it is read, and while its entries are sent.
pub(super) struct PageCursor {
    pub(super) state: State,
    /// The position of the first entry that is needed.
    pub(super) wanted: u64,
    /// The position of the last entry to send: the node delivers nothing beyond its own head.
    pub(super) last: u64,
    /// The names of the subscription's topics. `None` for all topics.
    pub(super) topics: Option<Vec<Topic>>,
}

pub(super) enum State {
    Reading(PageRead),
    Read(Arc<EncodedPage>),
}
