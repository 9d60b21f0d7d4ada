//! Stores of runs: what [`Runs`](crate::runs::Runs) needs of one.

pub(crate) mod memory;
#[cfg(feature = "redis")]
pub mod redis;

use std::{
    error::Error,
    fmt,
    future::{self, Future},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use crate::{
    error::BoxError,
    runs::{run_id::RunId, seal::Seal},
};

/// The future of a [`Store`].
pub type StoreFuture<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// The future of [`Store::sealed`].
pub type SealedFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A store of runs, such as a database, that several nodes share.
///
/// Give one to [`RunsBuilder::build_on`](crate::runs::RunsBuilder::build_on). For each run it has a log of entries
/// with the positions 1, 2, 3 and so on, a lease, and at the end a seal. An implementation keeps these promises:
///
/// - Each call except [`tail`](Self::tail) is atomic.
/// - Nothing is appended to a run that is sealed, and its seal never changes.
/// - An entry never changes. A store that has lost its newest entries or the seal simply has a shorter log: the
///   producer notices that its next entry has another position.
/// - Leases and removals follow the clock of the store, not that of a node.
/// - A run is removed once it has been sealed, or its lease has been over, for the time [`NewRun::keep_for`].
/// - Each future becomes ready within a time that the store states. Except for [`sealed`](Self::sealed), none
///   waits for ever.
///
/// # Cancel safety
///
/// Runs drop futures. The effect of a dropped call may happen or not.
pub trait Store: fmt::Debug + Send + Sync {
    /// Creates a run without entries, unless there is one with this ID. Its lease begins.
    fn create(&self, run: NewRun) -> StoreFuture<Created>;

    /// Appends all entries of a batch and its seal, or nothing, and renews the lease. A batch without entries and
    /// seal only renews the lease.
    ///
    /// The batch is refused if the run is sealed or its log does not end at [`Batch::after`]. It is not
    /// refused because the lease is over.
    fn append(&self, id: RunId, batch: Batch) -> StoreFuture<Appended>;

    /// Seals a run that is not sealed, and returns its state after that. Returns `None` if the run does not exist.
    fn seal(&self, id: RunId, seal: Seal, when: SealWhen) -> StoreFuture<Option<RunState>>;

    /// Returns the state of a run, or `None` if it does not exist.
    fn state(&self, id: RunId) -> StoreFuture<Option<RunState>>;

    /// Reads the entries after a position for somebody who watches the run, as many as the store gives at once.
    /// Returns `None` if the run does not exist.
    ///
    /// If the log has none, waits for entries, the seal or the end of the lease, for [`MAX_WAIT`] at most. The run is watched meanwhile.
    fn tail(&self, id: RunId, after: u64) -> StoreFuture<Option<Page>>;

    /// Waits until the run is sealed, so that a stop reaches its producer at once. Only the producer calls it.
    ///
    /// It is a hint and may come too late, never or without a reason: the producer then appends what it has, and
    /// [`append`](Self::append) tells it. So this future may wait for ever, and by default it does.
    fn sealed(&self, id: RunId) -> SealedFuture {
        let _ = id;
        Box::pin(future::pending())
    }

    /// Returns the runs with this key, the oldest one first.
    fn list(&self, key: Option<Arc<str>>) -> StoreFuture<Vec<(RunId, RunState)>>;
}

/// The longest time for which [`Store::tail`] waits.
pub const MAX_WAIT: Duration = Duration::from_secs(4);

/// The length of the text of one page. It ends with the entry that reaches it.
pub(crate) const MAX_PAGE_BYTES: usize = 64 * 1024;

/// A run that is to be created.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewRun {
    /// Its ID.
    pub id: RunId,
    /// The key of the user who may follow it.
    pub key: Option<Arc<str>>,
    /// The time after which the producer counts as dead unless it renews the lease.
    pub lease: Duration,
    /// The time after its end at which the run is removed.
    pub keep_for: Duration,
}

/// The result of [`Store::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The run exists.
    Created,
    /// There already is a run with this ID, with any key. Nothing has changed.
    Exists,
    /// The store has reached its maximum number of runs.
    Full,
}

/// Entries that a producer appends together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Batch {
    /// The position at which the log has to end.
    pub after: u64,
    /// The lines of events, each without its ID and without the blank line.
    pub entries: Vec<Arc<str>>,
    /// The seal that follows the entries.
    pub seal: Option<Seal>,
}

/// The result of [`Store::append`].
#[derive(Clone, Debug)]
pub enum Appended {
    /// The batch was appended. The state is the one after that.
    Appended(RunState),
    /// The run is sealed, or its log ends at another position.
    Refused(RunState),
    /// The run does not exist.
    Gone,
}

/// When [`Store::seal`] seals a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealWhen {
    /// Always.
    Now,
    /// If the lease is over.
    LeaseIsOver,
}

/// The state of a run.
#[derive(Clone, Debug)]
pub struct RunState {
    /// The key of the user who may follow it.
    pub key: Option<Arc<str>>,
    /// The position of the newest entry, or 0.
    pub head: u64,
    /// The seal, if the run has ended.
    pub seal: Option<Seal>,
    /// True if the run is not sealed, and its producer has not renewed the lease in time.
    pub lease_is_over: bool,
    /// The time since somebody has watched the run, or since it was created.
    pub unwatched_for: Duration,
}

/// Entries that follow one another.
#[derive(Clone, Debug)]
pub struct Page {
    /// The state when they were read.
    pub state: RunState,
    /// The entries after the position that was asked for, in their order.
    pub entries: Vec<Arc<str>>,
}

/// A store did not answer, or not properly. The call may have had an effect.
#[derive(Clone, Debug)]
pub struct StoreError(Arc<dyn Error + Send + Sync>);

impl StoreError {
    /// Makes an error of its cause.
    pub fn new(cause: impl Into<BoxError>) -> Self {
        Self(cause.into().into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store of runs did not answer")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
