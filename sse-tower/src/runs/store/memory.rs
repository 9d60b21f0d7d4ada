//! Runs in the memory of this process.

use std::{
    collections::{HashMap, VecDeque},
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use slab::Slab;

use crate::{
    rt::timer::{Sleep, Timer},
    runs::{
        run_id::RunId,
        seal::Seal,
        store::{
            Appended, Batch, Created, MAX_PAGE_BYTES, MAX_WAIT, NewRun, Page, RunState, SealWhen,
            SealedFuture, Store, StoreError, StoreFuture,
        },
    },
};

/// The store of [`Runs::memory`](crate::runs::Runs::memory).
#[derive(Clone, Debug)]
pub(crate) struct MemoryStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    table: Mutex<Table>,
    timer: Arc<dyn Timer>,
    max_runs: usize,
}

#[derive(Debug, Default)]
struct Table {
    runs: HashMap<RunId, Log>,
    /// The sealed runs in the order of their ends.
    sealed: VecDeque<RunId>,
    /// The number of runs that were ever created.
    created: u64,
}

#[derive(Debug)]
struct Log {
    number: u64,
    key: Option<Arc<str>>,
    entries: Vec<Arc<str>>,
    seal: Option<Seal>,
    lease: Duration,
    keep_for: Duration,
    /// The time of the seal, or of the last renewal of the lease.
    changed_at: Instant,
    watched_at: Instant,
    /// The calls that wait for entries.
    waiting: Slab<Waker>,
    /// The producer, which waits for the seal.
    producer: Option<Waker>,
}

impl MemoryStore {
    pub(crate) fn new(timer: Arc<dyn Timer>, max_runs: usize) -> Self {
        let table = Mutex::default();
        Self(Arc::new(Shared {
            table,
            timer,
            max_runs,
        }))
    }

    /// Makes a future that is ready when it is polled first.
    fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> StoreFuture<T> {
        let shared = self.0.clone();
        Box::pin(async move { Ok(call(&shared)) })
    }
}

impl Store for MemoryStore {
    fn create(&self, run: NewRun) -> StoreFuture<Created> {
        self.call(|shared| {
            let now = shared.timer.now();
            shared.table().create(run, now, shared.max_runs)
        })
    }

    fn append(&self, id: RunId, batch: Batch) -> StoreFuture<Appended> {
        self.call(move |shared| {
            shared.change(id, |log, now| match log {
                None => Appended::Gone,
                Some(log) if log.seal.is_some() || log.head() != batch.after => {
                    Appended::Refused(log.state(now))
                }
                Some(log) => {
                    log.entries.extend(batch.entries);
                    log.changed_at = now;
                    if let Some(seal) = batch.seal {
                        log.seal(seal, now);
                    }
                    Appended::Appended(log.state(now))
                }
            })
        })
    }

    fn seal(&self, id: RunId, seal: Seal, when: SealWhen) -> StoreFuture<Option<RunState>> {
        self.call(move |shared| {
            shared.change(id, |log, now| {
                let log = log?;
                let is_due = when == SealWhen::Now || log.lease_is_over(now);
                if log.seal.is_none() && is_due {
                    log.seal(seal, now);
                }
                Some(log.state(now))
            })
        })
    }

    fn state(&self, id: RunId) -> StoreFuture<Option<RunState>> {
        self.call(move |shared| {
            let now = shared.timer.now();
            Some(shared.table().run(id, now)?.state(now))
        })
    }

    fn tail(&self, id: RunId, after: u64) -> StoreFuture<Option<Page>> {
        Box::pin(Tail {
            shared: self.0.clone(),
            id,
            after,
            waiting: None,
            sleep: None,
        })
    }

    fn sealed(&self, id: RunId) -> SealedFuture {
        let shared = self.0.clone();
        Box::pin(poll_fn(move |cx| {
            let now = shared.timer.now();
            let mut table = shared.table();
            let log = table.run(id, now).filter(|log| log.seal.is_none());
            let Some(log) = log else {
                return Poll::Ready(());
            };
            let before = log.producer.replace(cx.waker().clone());
            drop(table);
            drop(before);
            Poll::Pending
        }))
    }

    fn list(&self, key: Option<Arc<str>>) -> StoreFuture<Vec<(RunId, RunState)>> {
        self.call(move |shared| shared.table().list(key.as_ref(), shared.timer.now()))
    }
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        // No code of users runs while the lock is held.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a run, and wakes those who wait for that once the lock is released.
    fn change<T>(&self, id: RunId, change: impl FnOnce(Option<&mut Log>, Instant) -> T) -> T {
        let now = self.timer.now();
        let mut table = self.table();
        let Some(log) = table.run(id, now) else {
            return change(None, now);
        };
        let (head, was_sealed) = (log.head(), log.seal.is_some());
        let result = change(Some(log), now);
        let is_sealed = log.seal.is_some() && !was_sealed;
        let has_news = is_sealed || log.head() != head;
        let waiting = log.waiting.iter().filter(|_| has_news);
        let mut waiting: Vec<_> = waiting.map(|(_, waker)| waker.clone()).collect();
        if is_sealed {
            waiting.extend(log.producer.take());
            table.sealed.push_back(id);
        }
        drop(table);
        for waker in waiting {
            waker.wake();
        }
        result
    }
}

impl Table {
    fn create(&mut self, run: NewRun, now: Instant, max_runs: usize) -> Created {
        self.remove_expired(now);
        if self.run(run.id, now).is_some() {
            return Created::Exists;
        }
        if self.runs.len() >= max_runs && !self.remove_oldest(now) {
            return Created::Full;
        }
        self.created += 1;
        let log = Log {
            number: self.created,
            key: run.key,
            entries: Vec::new(),
            seal: None,
            lease: run.lease,
            keep_for: run.keep_for,
            changed_at: now,
            watched_at: now,
            waiting: Slab::new(),
            producer: None,
        };
        self.runs.insert(run.id, log);
        Created::Created
    }

    /// Returns a run, unless its time is over.
    fn run(&mut self, id: RunId, now: Instant) -> Option<&mut Log> {
        let log = self.runs.get_mut(&id)?;
        (!log.is_expired(now)).then_some(log)
    }

    fn list(&self, key: Option<&Arc<str>>, now: Instant) -> Vec<(RunId, RunState)> {
        let is_listed = |log: &Log| log.key.as_ref() == key && !log.is_expired(now);
        let mut runs: Vec<_> = self.runs.iter().filter(|(_, log)| is_listed(log)).collect();
        runs.sort_unstable_by_key(|(_, log)| log.number);
        let state = |(id, log): (&RunId, &Log)| (*id, log.state(now));
        runs.into_iter().map(state).collect()
    }

    /// Removes the sealed runs whose time is over.
    fn remove_expired(&mut self, now: Instant) {
        while let Some(id) = self.sealed.front() {
            if self.runs.get(id).is_some_and(|log| !log.is_expired(now)) {
                return;
            }
            self.runs.remove(id);
            self.sealed.pop_front();
        }
    }

    /// Removes the run that ended first. Returns false if all runs go on.
    fn remove_oldest(&mut self, now: Instant) -> bool {
        let abandoned = self.runs.iter().filter(|(_, log)| log.lease_is_over(now));
        let abandoned = abandoned.min_by_key(|(_, log)| log.changed_at);
        let oldest = match abandoned {
            Some((id, _)) => Some(*id),
            None => self.sealed.pop_front(),
        };
        oldest.is_some_and(|id| self.runs.remove(&id).is_some())
    }
}

impl Log {
    fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    fn seal(&mut self, seal: Seal, now: Instant) {
        self.seal = Some(seal);
        self.changed_at = now;
        self.entries.shrink_to_fit();
    }

    fn lease_is_over(&self, now: Instant) -> bool {
        self.seal.is_none() && now.saturating_duration_since(self.changed_at) >= self.lease
    }

    fn is_expired(&self, now: Instant) -> bool {
        let time = match self.seal {
            Some(_) => self.keep_for,
            None => self.lease.saturating_add(self.keep_for),
        };
        now.saturating_duration_since(self.changed_at) >= time
    }

    fn state(&self, now: Instant) -> RunState {
        let unwatched_for = match self.waiting.is_empty() {
            true => now.saturating_duration_since(self.watched_at),
            false => Duration::ZERO,
        };
        RunState {
            key: self.key.clone(),
            head: self.head(),
            seal: self.seal,
            lease_is_over: self.lease_is_over(now),
            unwatched_for,
        }
    }

    /// Returns the entries after a position, a page at most.
    fn entries_after(&self, after: u64) -> Vec<Arc<str>> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let entries = self.entries.get(after..).unwrap_or_default();
        let mut room = MAX_PAGE_BYTES;
        let fits = |entry: &&Arc<str>| {
            let has_room = room > 0;
            room = room.saturating_sub(entry.len());
            has_room
        };
        entries.iter().take_while(fits).cloned().collect()
    }
}

/// The future of [`Store::tail`].
struct Tail {
    shared: Arc<Shared>,
    id: RunId,
    after: u64,
    /// The key of its waker in [`Log::waiting`].
    waiting: Option<usize>,
    sleep: Option<Pin<Box<dyn Sleep>>>,
}

impl Future for Tail {
    type Output = Result<Option<Page>, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let now = this.shared.timer.now();
        let deadline = {
            let mut table = this.shared.table();
            let Some(log) = table.run(this.id, now) else {
                return Poll::Ready(Ok(None));
            };
            log.watched_at = now;
            let has_news = log.head() > this.after || log.seal.is_some() || log.lease_is_over(now);
            if has_news {
                let (state, entries) = (log.state(now), log.entries_after(this.after));
                return Poll::Ready(Ok(Some(Page { state, entries })));
            }
            let waker = cx.waker().clone();
            match this.waiting.and_then(|key| log.waiting.get_mut(key)) {
                Some(waiting) => *waiting = waker,
                None => this.waiting = Some(log.waiting.insert(waker)),
            }
            let lease = log
                .lease
                .saturating_sub(now.saturating_duration_since(log.changed_at));
            now + lease.min(MAX_WAIT)
        };
        let timer = &this.shared.timer;
        let sleep = this
            .sleep
            .get_or_insert_with(|| timer.sleep_until(deadline));
        match sleep.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                let now = timer.now();
                let mut table = this.shared.table();
                let page = table.run(this.id, now).map(|log| Page {
                    state: log.state(now),
                    entries: log.entries_after(this.after),
                });
                Poll::Ready(Ok(page))
            }
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let Some(key) = self.waiting else {
            return;
        };
        let now = self.shared.timer.now();
        let mut table = self.shared.table();
        let waker = table.run(self.id, now).and_then(|log| {
            log.watched_at = now;
            log.waiting.try_remove(key)
        });
        // The waker may own the task of another follower.
        drop(table);
        drop(waker);
    }
}
