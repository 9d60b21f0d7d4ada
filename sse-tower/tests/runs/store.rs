//! A store that several nodes share, written without regard to speed. It can be slow, fail, and lose what it had.

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, poll_fn},
    sync::{Arc, Mutex, MutexGuard},
    task::{Poll, Waker},
    time::Duration,
};

use sse_tower::runs::{
    RunId, Seal,
    store::{
        Appended, Batch, Created, MAX_WAIT, NewRun, Page, RunState, SealWhen, Store, StoreError,
        StoreFuture,
    },
};
use tokio::time::{Instant, sleep};

use crate::random::Random;

/// A node's connection to the store.
#[derive(Clone)]
pub(crate) struct SharedStore {
    node: usize,
    state: Arc<Mutex<State>>,
}

pub(crate) struct State {
    runs: BTreeMap<RunId, Log>,
    random: Random,
    /// Calls take a random time up to this one, before and after they take effect.
    pub(crate) slowness: Duration,
    /// The percentage of calls that fail.
    pub(crate) faults: u64,
    /// The nodes that cannot reach the store.
    pub(crate) cut: Vec<usize>,
    /// The calls so far, without those that only read.
    pub(crate) writes: usize,
    /// The largest number of entries of a call.
    pub(crate) largest_batch: usize,
    waiting: Vec<Waker>,
}

#[derive(Debug)]
struct Log {
    run: NewRun,
    entries: Vec<Arc<str>>,
    seal: Option<Seal>,
    /// All seals that it ever had, and the times. It loses one with its newest entries.
    seals: Vec<(Seal, Instant)>,
    changed_at: Instant,
    watched_at: Instant,
    watchers: usize,
}

/// The outcome of a call.
#[derive(Clone, Copy)]
enum Fate {
    Answered,
    /// The call is lost.
    Lost,
    /// The call takes effect, and its answer is lost.
    Unanswered,
    /// The caller learns of a failure, and later the call takes effect.
    Late,
}

impl SharedStore {
    pub(crate) fn new(seed: u64) -> Self {
        let state = State {
            runs: BTreeMap::new(),
            random: Random(seed),
            slowness: Duration::ZERO,
            faults: 0,
            cut: Vec::new(),
            writes: 0,
            largest_batch: 0,
            waiting: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        Self { node: 0, state }
    }

    /// Connects another node.
    pub(crate) fn node(&self, node: usize) -> Self {
        let state = self.state.clone();
        Self { node, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes the log, and wakes all that wait.
    fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        state.writes += 1;
        let result = write(&mut state);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        result
    }

    fn fate(&self) -> (Fate, Duration, Duration) {
        let node = self.node;
        let mut state = self.state();
        let slowness = state.slowness.as_millis() as u64 + 1;
        let (before, after) = (
            millis(&mut state.random, slowness),
            millis(&mut state.random, slowness),
        );
        let faults = state.faults;
        let fate = match state.random.below(3) {
            _ if state.cut.contains(&node) => Fate::Lost,
            fate if state.random.percent(faults) => {
                [Fate::Lost, Fate::Unanswered, Fate::Late][fate as usize]
            }
            _ => Fate::Answered,
        };
        (fate, before, after)
    }

    fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> StoreFuture<T> {
        let this = self.clone();
        Box::pin(async move {
            let (fate, before, after) = this.fate();
            if !before.is_zero() {
                sleep(before).await;
            }
            let result = match fate {
                Fate::Lost => Err(StoreError::new("the call was lost")),
                Fate::Late => {
                    tokio::spawn(async move {
                        sleep(after * 4).await;
                        call(&this);
                    });
                    return Err(StoreError::new("the call is late"));
                }
                Fate::Answered => Ok(call(&this)),
                Fate::Unanswered => {
                    call(&this);
                    Err(StoreError::new("the answer was lost"))
                }
            };
            if !after.is_zero() {
                sleep(after).await;
            }
            result
        })
    }

    /// The store loses the newest entries of a run, and its seal.
    pub(crate) fn lose(&self, id: RunId, share: u64) {
        self.write(|state| {
            let Some(log) = state.runs.get_mut(&id) else {
                return;
            };
            let length = log.entries.len() as u64 * share / 100;
            log.entries.truncate(length as usize);
            if log.seal.take().is_some() {
                // It was renewed some time ago.
                log.changed_at = Instant::now();
            }
        });
    }

    /// All seals that a run ever had, and when.
    pub(crate) fn seals(&self, id: RunId) -> Vec<(Seal, Instant)> {
        self.state().runs[&id].seals.clone()
    }

    pub(crate) fn length(&self, id: RunId) -> usize {
        self.state().runs[&id].entries.len()
    }
}

impl Log {
    fn lease_is_over(&self) -> bool {
        self.seal.is_none() && self.changed_at.elapsed() >= self.run.lease
    }

    fn seal(&mut self, seal: Seal) {
        self.seal = Some(seal);
        self.changed_at = Instant::now();
        self.seals.push((seal, self.changed_at));
    }

    fn state(&self) -> RunState {
        RunState {
            key: self.run.key.clone(),
            head: self.entries.len() as u64,
            seal: self.seal,
            lease_is_over: self.lease_is_over(),
            unwatched_for: match self.watchers {
                0 => self.watched_at.elapsed(),
                _ => Duration::ZERO,
            },
        }
    }
}

impl State {
    fn run(&mut self, id: RunId) -> Option<&mut Log> {
        let log = self.runs.get_mut(&id)?;
        let lease = if log.seal.is_none() {
            log.run.lease
        } else {
            Duration::ZERO
        };
        (log.changed_at.elapsed() < lease + log.run.keep_for).then_some(log)
    }
}

impl Store for SharedStore {
    fn create(&self, run: NewRun) -> StoreFuture<Created> {
        self.call(move |store| {
            store.write(|state| {
                if state.run(run.id).is_some() {
                    return Created::Exists;
                }
                let now = Instant::now();
                let log = Log {
                    entries: Vec::new(),
                    seal: None,
                    seals: Vec::new(),
                    changed_at: now,
                    watched_at: now,
                    watchers: 0,
                    run,
                };
                state.runs.insert(log.run.id, log);
                Created::Created
            })
        })
    }

    fn append(&self, id: RunId, batch: Batch) -> StoreFuture<Appended> {
        self.call(move |store| {
            store.write(|state| {
                state.largest_batch = state.largest_batch.max(batch.entries.len());
                let Some(log) = state.run(id) else {
                    return Appended::Gone;
                };
                if log.seal.is_some() || batch.after != log.entries.len() as u64 {
                    return Appended::Refused(log.state());
                }
                log.entries.extend(batch.entries);
                log.changed_at = Instant::now();
                if let Some(seal) = batch.seal {
                    log.seal(seal);
                }
                Appended::Appended(log.state())
            })
        })
    }

    fn seal(&self, id: RunId, seal: Seal, when: SealWhen) -> StoreFuture<Option<RunState>> {
        self.call(move |store| {
            store.write(|state| {
                let log = state.run(id)?;
                if log.seal.is_none() && (when == SealWhen::Now || log.lease_is_over()) {
                    log.seal(seal);
                }
                Some(log.state())
            })
        })
    }

    fn state(&self, id: RunId) -> StoreFuture<Option<RunState>> {
        self.call(move |store| store.state().run(id).map(|log| log.state()))
    }

    fn tail(&self, id: RunId, after: u64) -> StoreFuture<Option<Page>> {
        let this = self.clone();
        Box::pin(async move {
            let first = this.call(|_| ()).await;
            first?;
            let watcher = Watcher::new(this.clone(), id);
            let deadline = Instant::now() + MAX_WAIT;
            let mut timeout = Box::pin(tokio::time::sleep_until(deadline));
            let page = poll_fn(|cx| {
                let is_over = timeout.as_mut().poll(cx).is_ready();
                let mut state = this.state();
                let length = 1 + state.random.below(40) as usize;
                state.waiting.push(cx.waker().clone());
                let Some(log) = state.run(id) else {
                    return Poll::Ready(None);
                };
                let entries = log.entries.iter().skip(after as usize).take(length);
                let page = Page {
                    state: log.state(),
                    entries: entries.cloned().collect(),
                };
                let has_news = !page.entries.is_empty() || log.seal.is_some();
                match has_news || log.lease_is_over() || is_over {
                    true => Poll::Ready(Some(page)),
                    false => Poll::Pending,
                }
            });
            let page = page.await;
            drop(watcher);
            this.call(|_| ()).await?;
            Ok(page)
        })
    }

    fn list(&self, key: Option<Arc<str>>) -> StoreFuture<Vec<(RunId, RunState)>> {
        self.call(move |store| {
            let state = store.state();
            let runs = state.runs.iter().filter(|(_, log)| log.run.key == key);
            runs.map(|(id, log)| (*id, log.state())).collect()
        })
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// Somebody who watches a run.
struct Watcher(SharedStore, RunId);

impl Watcher {
    fn new(store: SharedStore, id: RunId) -> Self {
        if let Some(log) = store.state().run(id) {
            log.watchers += 1;
        }
        Self(store, id)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(log) = self.0.state().runs.get_mut(&self.1) {
            log.watchers = log.watchers.saturating_sub(1);
            log.watched_at = Instant::now();
        }
    }
}

/// Returns a time below `end` milliseconds.
pub(crate) fn millis(random: &mut Random, end: u64) -> Duration {
    Duration::from_millis(random.below(end))
}
