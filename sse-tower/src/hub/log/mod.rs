//! Logs outside the process: what a hub needs of one.

#[cfg(feature = "redis")]
pub mod redis;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use crate::{
    error::BoxError,
    hub::{
        publish::{error::PublishError, id::PublishId},
        topic::Topic,
    },
};

/// The future of a [`Log`].
pub type LogFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A store of logs outside the process, such as a database. Several nodes publish to it, and all of them read it.
///
/// Give one to [`HubBuilder::build_on`](crate::hub::HubBuilder::build_on). A log is a sequence of entries
/// with the positions 1, 2, 3 and so on. An implementation keeps these promises, and the hub's own promise
/// rests on them:
///
/// - Positions have no hole. An entry never changes. No position is given to two entries in one epoch.
/// - Only the oldest entries are removed, in the order of their positions.
/// - A log that has lost its newest entries, for whatever reason, begins a new epoch with another number
///   before the next entry is appended or read. A log that cannot promise this keeps the check bits of each
///   entry: the hub compares them, and detects most losses by that.
/// - Each future becomes ready within a time that the store states. None waits for ever.
///
/// The crate sse-conformance has a suite that judges an implementation: `suite::log`.
///
/// # Cancel safety
///
/// The hub drops futures. A dropped read has no effect. Entries of a dropped `append` may be appended or
/// not.
pub trait Log: fmt::Debug + Send + Sync {
    /// Appends entries in their order. Some may be appended although others are not: there is one result
    /// for each of them, in the same order.
    ///
    /// An error says [`not_published`](PublishError::not_published) only if the entry was certainly not
    /// appended.
    fn append(
        &self,
        log: &LogName,
        entries: Vec<NewEntry>,
    ) -> LogFuture<Vec<Result<Appended, PublishError>>>;

    /// Reads entries from the position `from` on, as many as the store gives at once. If the log has the
    /// entry at `from`, it is the first of them. If the log has only later ones, the oldest one is the first.
    fn read(&self, log: &LogName, from: u64) -> LogFuture<Result<Page, LogError>>;

    /// Reads the entries after the position `after`. If the log has none yet, waits a few seconds at most for the
    /// first of them, and then returns a page without entries.
    ///
    /// Without a position the answer is immediate and has no entries. It says where the log begins and
    /// ends.
    fn tail(&self, log: &LogName, after: Option<u64>) -> LogFuture<Result<Page, LogError>>;
}

/// The name of a log in its store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogName(Arc<str>);

impl LogName {
    /// Makes a name of text.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An entry that is to be appended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewEntry {
    /// The topics of the event: at least one, without repetitions.
    pub topics: Vec<Topic>,
    /// The event's lines, without its ID and without the blank line.
    pub text: String,
    /// Random bits, by which this entry is told from another one at the same position.
    pub check: u32,
    /// The publisher's ID of the event. If an entry with this ID was appended within the window that the store states,
    /// this one is not appended, and the result is that of the first one.
    pub publish_id: Option<PublishId>,
}

impl NewEntry {
    /// Makes an entry. The hub makes the entries of its log; this is for tests of a [`Log`].
    #[must_use]
    pub const fn new(topics: Vec<Topic>, text: String, check: u32) -> Self {
        Self {
            topics,
            text,
            check,
            publish_id: None,
        }
    }
}

/// Where an entry was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the log's epoch.
    pub epoch: u64,
    /// The position of the entry.
    pub position: u64,
    /// The check bits of the entry at that position.
    pub check: u32,
}

/// Entries that follow one another, and what the log held when they were read.
#[derive(Clone, Debug)]
pub struct Page {
    /// The number of the log's epoch.
    pub epoch: u64,
    /// The position of the oldest entry. If the log has no entry, one more than `head`.
    pub floor: u64,
    /// The position of the newest entry that was ever appended, or 0.
    pub head: u64,
    /// In the answer to [`Log::tail`] with a position: the check bits of the entry at that position, if the
    /// log still has it.
    pub check_before: Option<u32>,
    /// The entries, without a hole between them.
    pub entries: Vec<StoredEntry>,
}

/// An entry that was read.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its position.
    pub position: u64,
    /// Its check bits.
    pub check: u32,
    /// Its topics.
    pub topics: Vec<Topic>,
    /// The event's lines, as they were in the [`NewEntry`].
    pub text: String,
}

/// A log could not be read.
#[derive(Clone, Debug)]
pub struct LogError(Arc<dyn Error + Send + Sync>);

impl LogError {
    /// Makes an error of its cause.
    pub fn new(cause: impl Into<BoxError>) -> Self {
        Self(cause.into().into())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the log could not be read")
    }
}

impl Error for LogError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
