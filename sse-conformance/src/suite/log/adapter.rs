//! The trait that a log under test implements.

use std::sync::Arc;
use std::time::Duration;

/// A store of event logs, as the suite calls it. The [module](crate::suite::log) says what it must promise.
///
/// The calls block, and several threads call at the same time. The adapter of an asynchronous store blocks on its
/// futures.
pub trait Log: Send + Sync + 'static {
    /// Appends entries in their order. Returns one result for each of them, in the same order.
    fn append(&self, log: &str, entries: &[NewEntry]) -> Vec<Result<Appended, AppendError>>;

    /// Reads entries from the position `from` on, as many as the store gives at once.
    ///
    /// # Errors
    ///
    /// Fails if the log could not be read. The text says why.
    fn read(&self, log: &str, from: u64) -> Result<Page, String>;

    /// Reads the entries after the position `after`. If the log has none yet, waits for the first of them, and
    /// after a while returns a page without entries.
    ///
    /// Without a position the answer is immediate and has no entries.
    ///
    /// # Errors
    ///
    /// Fails if the log could not be read. The text says why.
    fn tail(&self, log: &str, after: Option<u64>) -> Result<Page, String>;

    /// Does something to the store that callers of a log cannot do, such as stalling its backend. The default
    /// has no action, and then the cases about them are unsupported.
    ///
    /// An action has been done when this returns. It may take up to a minute.
    ///
    /// # Errors
    ///
    /// Fails if the action failed. The text says why.
    fn control(&self, action: &Action<'_>) -> Result<Answer, String> {
        let _ = action;
        Ok(Answer::Unsupported)
    }

    /// Returns the time within which each call returns, even if the log is quiet or its backend does not answer.
    /// The default is 5 seconds.
    ///
    /// A call that takes longer fails its case. State some time more than the store needs, because the machine
    /// may be busy.
    fn max_call_time(&self) -> Duration {
        Duration::from_secs(5)
    }
}

impl<L: Log + ?Sized> Log for Arc<L> {
    fn append(&self, log: &str, entries: &[NewEntry]) -> Vec<Result<Appended, AppendError>> {
        (**self).append(log, entries)
    }

    fn read(&self, log: &str, from: u64) -> Result<Page, String> {
        (**self).read(log, from)
    }

    fn tail(&self, log: &str, after: Option<u64>) -> Result<Page, String> {
        (**self).tail(log, after)
    }

    fn control(&self, action: &Action<'_>) -> Result<Answer, String> {
        (**self).control(action)
    }

    fn max_call_time(&self) -> Duration {
        (**self).max_call_time()
    }
}

/// An entry that is to be appended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NewEntry {
    /// The topics: at least one, without repetitions, each of 1 to 255 bytes without control characters.
    pub topics: Vec<String>,
    /// The text, which may contain any character.
    pub text: String,
    /// Bits by which this entry differs from another one at the same position.
    pub check: u32,
}

/// The place of an entry that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Appended {
    /// The number of the log's epoch.
    pub epoch: u64,
    /// The position of the entry.
    pub position: u64,
    /// The check bits of the entry at that position.
    pub check: u32,
}

/// An entry that was not appended, or may not have been.
///
/// The enum is exhaustive on purpose: an adapter decides between the two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppendError {
    /// The entry was certainly not appended. The text says why.
    NotAppended(String),
    /// The entry may be appended, now or later. The text says why.
    Unknown(String),
}

/// Entries that follow one another, and the bounds of the log when they were read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// The number of the log's epoch.
    pub epoch: u64,
    /// The position of the oldest entry. If the log has no entry, one more than `head`.
    pub floor: u64,
    /// The position of the newest entry that was ever appended, or 0.
    pub head: u64,
    /// In the answer to [`Log::tail`] with a position: the check bits of the entry at that position, if the log
    /// still has it.
    pub check_before: Option<u32>,
    /// The entries, without a hole between them.
    pub entries: Vec<StoredEntry>,
}

/// An entry that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredEntry {
    /// The position.
    pub position: u64,
    /// The check bits, as in the [`NewEntry`].
    pub check: u32,
    /// The topics, as in the [`NewEntry`].
    pub topics: Vec<String>,
    /// The text, as in the [`NewEntry`].
    pub text: String,
}

/// Something that a test harness does to a store.
///
/// An action with a `log` is about that log alone. The others are about the whole store, and no other case runs
/// at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Removes the entries before the position `floor`. A store that removes entries in groups may remove more.
    Trim {
        /// The name of the log.
        log: &'a str,
        /// The position of the oldest entry to keep. If it is one more than the head, the log becomes empty.
        floor: u64,
    },
    /// Deletes the log with everything that is stored for it, as an administrator would.
    Delete {
        /// The name of the log.
        log: &'a str,
    },
    /// Keeps a copy of the store, such as a snapshot on disk.
    Save,
    /// Brings back the copy, as if the store had crashed and had lost everything since [`Save`](Self::Save).
    Restore,
    /// Stalls the backend: it answers no more calls, but connections stay open.
    Stall,
    /// Ends the stall.
    Resume,
    /// Restarts the backend, and returns when it answers calls again.
    ///
    /// Connections may be broken. The suite repeats calls to a log of its own until they succeed, for twice the
    /// time of a call. It does the same after [`Restore`](Self::Restore).
    Restart,
}

impl Action<'_> {
    /// Returns the name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Trim { .. } => "trim",
            Self::Delete { .. } => "delete",
            Self::Save => "save",
            Self::Restore => "restore",
            Self::Stall => "stall",
            Self::Resume => "resume",
            Self::Restart => "restart",
        }
    }
}

/// The answer of [`Log::control`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The action was done.
    Done,
    /// The harness has no such action.
    Unsupported,
}
