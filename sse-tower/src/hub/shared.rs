//! The state that all handles and subscriptions of a hub share.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sse_proto::{Event, EventId, EventType};

use crate::{
    hub::{
        entry::Entry,
        entry_id::EntryId,
        health::{Health, HealthState},
        log::{Log, LogError, LogName, NewEntry, Page},
        node::{Bounds, Node, waiters::Woken},
        notice::{Hook, HubNotice},
        pages::{EncodedPage, Pages},
        publish::{error::PublishError, id::PublishIds},
        topic::IntoTopics,
    },
    rt::{moment::Moment, random::Random, timer::Timer},
};

/// A hub.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// A number that changes with everything that a subscription may have to act on.
    version: AtomicU64,
    pub(crate) gap_type: EventType,
    pub(crate) hook: Hook,
    pub(crate) timer: Arc<dyn Timer>,
    /// The size in bytes of the largest event.
    max_event: usize,
    /// True if old entries are removed.
    pub(crate) has_max_age: bool,
    /// The log, unless it is in memory.
    store: Option<Store>,
}

/// A log outside the process.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) name: LogName,
    pub(crate) pages: Pages,
}

/// The part of a hub that the lock protects.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) node: Node,
    pub(crate) end: Option<HubEnd>,
    pub(crate) health: Health,
    /// True if subscriptions wait for the next read of the driver, to read themselves again.
    pub(crate) has_failed_reads: bool,
    publish_ids: PublishIds,
    random: Random,
}

/// Why no more events come.
#[derive(Clone, Debug)]
pub(crate) enum HubEnd {
    /// The last handle of the hub was dropped.
    Closed,
    /// The log cannot be read. This end is removed once it can be read again.
    Unavailable(LogError),
}

impl Shared {
    pub(crate) fn new(
        node: Node,
        bounds: Bounds,
        gap_type: EventType,
        hook: Hook,
        timer: Arc<dyn Timer>,
        store: Option<Store>,
        random: Random,
    ) -> Self {
        let state = State {
            node,
            end: None,
            health: Health::new(timer.now()),
            has_failed_reads: false,
            publish_ids: PublishIds::new(bounds.publish_id_window),
            random,
        };
        Self {
            state: Mutex::new(state),
            version: AtomicU64::new(1),
            gap_type,
            hook,
            timer,
            max_event: bounds.bytes,
            has_max_age: bounds.age.is_some(),
            store,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code of users runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Returns a number that is another one after every change. Under the lock it is exact.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::now(&*self.timer)
    }

    /// Changes the state, and wakes those who wait for that once the lock is released.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State, &mut Woken) -> T) -> T {
        let mut woken = Woken::default();
        let mut state = self.state();
        let result = change(&mut state, &mut woken);
        self.version.fetch_add(1, Ordering::Release);
        drop(state);
        woken.wake();
        result
    }

    /// Makes an entry of an event.
    pub(crate) fn prepare(
        &self,
        topics: impl IntoTopics,
        event: &Event,
    ) -> Result<Entry, PublishError> {
        let entry = Entry::new(topics, event, &self.gap_type)?;
        match entry.text.len() > self.max_event {
            true => Err(PublishError::too_large(entry.text.len(), self.max_event)),
            false => Ok(entry),
        }
    }

    /// Appends an entry to the log in memory.
    pub(crate) fn append_one(&self, entry: Entry) -> Result<EventId, PublishError> {
        let (now, bytes) = (self.has_max_age.then(|| self.now()), entry.text.len());
        let id = self.change(|state, woken| state.append(entry, now, woken));
        self.hook.call(HubNotice::Published { bytes });
        Ok(id.to_event_id())
    }

    /// Appends entries to the log in memory.
    pub(crate) fn append(
        &self,
        entries: Vec<Result<Entry, PublishError>>,
    ) -> Vec<Result<EventId, PublishError>> {
        let now = self.has_max_age.then(|| self.now());
        let clock = || self.now();
        let appended = self.change(|state, woken| {
            let append = |entry: Result<Entry, _>| {
                let entry: Entry = entry?;
                let bytes = entry.text.len();
                let (id, is_new) = state.append_once(entry, now, clock, woken);
                Ok((id, is_new.then_some(bytes)))
            };
            entries.into_iter().map(append).collect::<Vec<_>>()
        });
        let result = |appended: Result<(EntryId, Option<usize>), _>| {
            let (id, bytes) = appended?;
            if let Some(bytes) = bytes {
                self.hook.call(HubNotice::Published { bytes });
            }
            Ok(id.to_event_id())
        };
        appended.into_iter().map(result).collect()
    }

    /// Gives an entry its check bits, for a log outside the process.
    pub(crate) fn check(&self, entry: Entry) -> NewEntry {
        NewEntry {
            topics: entry.topics.as_slice().to_vec(),
            text: entry.text,
            check: self.state().random_check(),
            publish_id: entry.publish_id,
        }
    }

    /// Takes over a page that the driver has read. Returns false if the hub is closed.
    pub(crate) fn apply(&self, page: Page) -> Result<bool, LogError> {
        let Some(store) = &self.store else {
            return Ok(false);
        };
        let now = self.has_max_age.then(|| self.now());
        let page = EncodedPage::new(page, &store.name);
        self.change(|state, woken| {
            if let Some(HubEnd::Closed) = state.end {
                return Ok(false);
            }
            state.node.apply(page, now, woken)?;
            state.end = None;
            if !state.health.is_healthy() {
                state.health.enter(HealthState::Healthy, self.timer.now());
            }
            if mem::take(&mut state.has_failed_reads) {
                state.node.take_all(woken);
            }
            Ok(true)
        })
    }

    /// Notes that the driver could not read. If that has been so for too long, all subscriptions end. Returns false if
    /// the hub is closed.
    pub(crate) fn fail(&self, error: LogError, is_outage: bool) -> bool {
        let mut state = self.state();
        if let Some(HubEnd::Closed) = state.end {
            return false;
        }
        state.health.note(error.clone());
        if state.end.is_none() {
            state.health.enter(HealthState::Failing, self.timer.now());
        }
        drop(state);
        if is_outage {
            self.end(HubEnd::Unavailable(error));
        }
        true
    }

    /// Ends all subscriptions, once they have sent what there is.
    pub(crate) fn end(&self, end: HubEnd) {
        let now = self.timer.now();
        self.change(|state, woken| {
            if let Some(HubEnd::Closed) = state.end {
                return;
            }
            if let HubEnd::Unavailable(error) = &end {
                state.health.note(error.clone());
                state.health.enter(HealthState::Unavailable, now);
            }
            state.end = Some(end);
            state.node.take_all(woken);
        });
    }
}

impl State {
    /// Returns random numbers for one use.
    pub(crate) fn random(&mut self) -> Random {
        Random::seeded(self.random.next())
    }

    fn random_check(&mut self) -> u32 {
        // The upper half of the random number.
        (self.random.next() >> 32) as u32
    }

    /// Appends an entry, unless one with the same publish ID was appended a short time ago. Returns the entry's ID and
    /// whether it is new.
    fn append_once(
        &mut self,
        mut entry: Entry,
        now: Option<Moment>,
        clock: impl Fn() -> Moment,
        woken: &mut Woken,
    ) -> (EntryId, bool) {
        let Some(publish_id) = entry.publish_id.take() else {
            return (self.append(entry, now, woken), true);
        };
        let added = now.unwrap_or_else(clock);
        if let Some(id) = self.publish_ids.find(&publish_id, added) {
            return (id, false);
        }
        let id = self.append(entry, now, woken);
        self.publish_ids.add(publish_id, id, added);
        (id, true)
    }

    fn append(&mut self, entry: Entry, now: Option<Moment>, woken: &mut Woken) -> EntryId {
        let check = self.random_check();
        self.node
            .append(entry.text, entry.topics.as_slice(), check, now, woken)
    }
}
