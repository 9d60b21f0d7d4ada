//! Publish IDs. With them, a log recognizes an event that is published again.

use std::{
    collections::{HashMap, VecDeque},
    error::Error,
    fmt,
    sync::Arc,
    time::Duration,
};

use crate::{hub::entry_id::EntryId, rt::moment::Moment};

/// The ID that a publisher gives to an event, so that publishing it again does not double it.
///
/// See [`Publish::publish_id`](crate::hub::Publish::publish_id). It is never sent to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublishId(Arc<str>);

impl PublishId {
    /// The length of the longest publish ID, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// Makes a publish ID of text.
    ///
    /// # Errors
    ///
    /// The text is empty or longer than [`MAX_LENGTH`](Self::MAX_LENGTH).
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, InvalidPublishId> {
        let text = text.into();
        match text.is_empty() || text.len() > Self::MAX_LENGTH {
            true => Err(InvalidPublishId(text.len())),
            false => Ok(Self(text)),
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text is not a publish ID: it is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPublishId(usize);

impl fmt::Display for InvalidPublishId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(length) = self;
        let max = PublishId::MAX_LENGTH;
        write!(
            f,
            "a publish ID has 1 to {max} bytes, but this one has {length}"
        )
    }
}

impl Error for InvalidPublishId {}

/// The default time until a publish ID is forgotten.
pub(crate) const WINDOW: Duration = Duration::from_secs(2 * 60);

/// The publish IDs that a log in memory remembers.
#[derive(Debug)]
pub(crate) struct PublishIds {
    entries: HashMap<PublishId, EntryId>,
    /// The IDs and when they were added, the oldest first.
    order: VecDeque<(Moment, PublishId)>,
    window: Duration,
}

/// The most publish IDs that a log in memory remembers. Each takes about 300 bytes if it is long.
const MAX_IDS: usize = 10_000;

impl PublishIds {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            entries: HashMap::new(),
            order: VecDeque::new(),
            window,
        }
    }

    /// Returns the entry that was published with this ID within the window.
    pub(crate) fn find(&mut self, id: &PublishId, now: Moment) -> Option<EntryId> {
        while let Some((added, oldest)) = self.order.front()
            && (now.since(*added) > self.window || self.order.len() > MAX_IDS)
        {
            self.entries.remove(oldest);
            self.order.pop_front();
        }
        self.entries.get(id).copied()
    }

    /// Remembers an ID that was not found.
    pub(crate) fn add(&mut self, id: PublishId, entry: EntryId, now: Moment) {
        self.order.push_back((now, id.clone()));
        self.entries.insert(id, entry);
    }
}
