//! The topics that a node knows: where their entries are, and which entries the log has lost.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    task::Waker,
};

use slab::Slab;

use crate::hub::{
    node::{
        join::Join,
        waiters::{Registration, Waiters, Woken},
    },
    topic::Topic,
};

/// The key of a topic that has entries or subscriptions.
pub(crate) type TopicKey = u32;

/// All topics that have entries or subscriptions, and some that had entries.
#[derive(Debug)]
pub(crate) struct Topics {
    keys: HashMap<Topic, TopicKey>,
    states: Slab<State>,
    /// The topics that have neither entries nor subscriptions, by their last lost position. They are kept
    /// so that a client that resumes is told of a gap only if it missed something.
    remembered: BTreeSet<(u64, TopicKey)>,
    max_remembered: usize,
    /// No topic that is not in the table lost an entry after this position.
    forgotten: u64,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) name: Topic,
    /// The positions of its entries, ascending.
    positions: VecDeque<u64>,
    /// The log has lost no entry of this topic after this position.
    lost: u64,
    subscriptions: u32,
    waiters: Waiters,
    pub(crate) join: Option<Join>,
}

impl State {
    pub(crate) fn events(&self) -> usize {
        self.positions.len()
    }

    /// Returns the number of its entries after `position`. Takes logarithmic time in the number of its entries.
    pub(crate) fn events_after(&self, position: u64) -> usize {
        self.positions.len() - self.positions.partition_point(|other| *other <= position)
    }

    pub(crate) const fn subscriptions(&self) -> usize {
        self.subscriptions as usize
    }

    fn is_used(&self) -> bool {
        self.subscriptions > 0 || !self.positions.is_empty()
    }
}

/// The memory that a topic with entries takes besides its name and the positions, in bytes.
const TOPIC_SIZE: usize = 256;

/// The memory that a position takes, in bytes.
const POSITION_SIZE: usize = 2 * size_of::<u64>();

impl Topics {
    pub(crate) fn new(max_remembered: usize) -> Self {
        Self {
            keys: HashMap::new(),
            states: Slab::new(),
            remembered: BTreeSet::new(),
            max_remembered,
            forgotten: 0,
        }
    }

    /// Returns all topics that are known.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &State> {
        self.states.iter().map(|(_, state)| state)
    }

    /// Returns the key of a topic by its name, if there is such a topic.
    pub(crate) fn find(&self, name: &str) -> Option<TopicKey> {
        self.keys.get(name).copied()
    }

    pub(crate) fn state(&self, key: TopicKey) -> Option<&State> {
        self.states.get(key as usize)
    }

    pub(crate) fn state_mut(&mut self, key: TopicKey) -> Option<&mut State> {
        self.states.get_mut(key as usize)
    }

    /// Adds a subscription to a topic.
    pub(crate) fn subscribe(&mut self, topic: &Topic) -> TopicKey {
        let key = self.key(topic);
        if let Some(state) = self.state_mut(key) {
            state.subscriptions += 1;
        }
        key
    }

    /// Removes a subscription. The waker is returned so that it is dropped where no lock is held.
    pub(crate) fn unsubscribe(
        &mut self,
        key: TopicKey,
        registration: Registration,
    ) -> Option<Waker> {
        let state = self.state_mut(key)?;
        state.subscriptions = state.subscriptions.saturating_sub(1);
        let waker = state.waiters.remove(registration);
        self.put_away(key);
        waker
    }

    pub(crate) fn register(
        &mut self,
        key: TopicKey,
        registration: &mut Registration,
        waker: &Waker,
    ) {
        if let Some(state) = self.state_mut(key) {
            state.waiters.register(registration, waker);
        }
    }

    /// Adds an entry to a topic, and takes the wakers of those who wait for it. Returns the topic's key
    /// and the memory in bytes that this takes.
    pub(crate) fn push(
        &mut self,
        topic: &Topic,
        position: u64,
        woken: &mut Woken,
    ) -> (TopicKey, usize) {
        let key = self.key(topic);
        let Some(state) = self.state_mut(key) else {
            return (key, 0);
        };
        let is_first = state.positions.is_empty();
        state.positions.push_back(position);
        state.waiters.take(woken);
        (
            key,
            if is_first { size_of_topic(state) } else { 0 } + POSITION_SIZE,
        )
    }

    /// Removes the oldest entry of a topic. It `is_lost` if the log does not have it any more. Returns the
    /// memory in bytes that this frees.
    pub(crate) fn pop(&mut self, key: TopicKey, position: u64, is_lost: bool) -> usize {
        let Some(state) = self.state_mut(key) else {
            return 0;
        };
        if is_lost {
            state.lost = position;
        }
        if state.positions.front() != Some(&position) {
            return 0;
        }
        state.positions.pop_front();
        // A topic that once had many entries should not keep their memory.
        if state.positions.len() < state.positions.capacity() / 4 {
            let length = state.positions.len();
            state.positions.shrink_to(2 * length);
        }
        let is_last = state.positions.is_empty();
        let freed = if is_last { size_of_topic(state) } else { 0 } + POSITION_SIZE;
        if is_last {
            state.join = None;
        }
        self.put_away(key);
        freed
    }

    /// Returns the position of a topic's first entry after `after`. Takes logarithmic time in the number
    /// of the topic's entries, and constant time near the newest one.
    pub(crate) fn next(&self, key: TopicKey, after: u64) -> Option<u64> {
        if let Some(newest) = self.only(key, after) {
            return Some(newest);
        }
        let positions = &self.state(key)?.positions;
        if positions.back().is_none_or(|newest| *newest <= after) {
            return None;
        }
        let at = positions.partition_point(|position| *position <= after);
        positions.get(at).copied()
    }

    /// Returns the position of a topic's newest entry, if that is its only one after `after`. Takes constant
    /// time.
    pub(crate) fn only(&self, key: TopicKey, after: u64) -> Option<u64> {
        let mut newest_first = self.state(key)?.positions.iter().rev();
        let newest = newest_first.next().filter(|newest| **newest > after)?;
        let before = newest_first.next();
        before
            .is_none_or(|before| *before <= after)
            .then_some(*newest)
    }

    /// Returns whether the log may have lost an entry of this topic after `after`.
    pub(crate) fn has_lost(&self, key: TopicKey, after: u64) -> bool {
        self.state(key).is_none_or(|state| state.lost > after)
    }

    /// Forgets all entries, since another log has taken the place of theirs. All who wait are woken.
    pub(crate) fn clear(&mut self, woken: &mut Woken) {
        self.forgotten = 0;
        let used: Vec<TopicKey> = self.keys.values().copied().collect();
        for key in used {
            if let Some(state) = self.state_mut(key) {
                state.positions = VecDeque::new();
                state.join = None;
                state.lost = 0;
                state.waiters.take(woken);
                if state.subscriptions == 0 {
                    self.remove(key);
                }
            }
        }
        self.remembered.clear();
    }

    /// Wakes all who wait.
    pub(crate) fn take_all(&mut self, woken: &mut Woken) {
        for (_, state) in &mut self.states {
            state.waiters.take(woken);
        }
    }

    /// Returns the key of a topic that is going to be used.
    fn key(&mut self, topic: &Topic) -> TopicKey {
        if let Some(key) = self.keys.get(topic).copied() {
            if let Some(state) = self.state(key)
                && !state.is_used()
            {
                let lost = state.lost;
                self.remembered.remove(&(lost, key));
            }
            return key;
        }
        let state = State {
            name: topic.clone(),
            positions: VecDeque::new(),
            lost: self.forgotten,
            subscriptions: 0,
            waiters: Waiters::default(),
            join: None,
        };
        // Nobody has memory for more topics than this can count.
        let key = TopicKey::try_from(self.states.insert(state)).unwrap_or(TopicKey::MAX);
        self.keys.insert(topic.clone(), key);
        key
    }

    /// Remembers a topic that is not used any more, if there is anything to remember.
    fn put_away(&mut self, key: TopicKey) {
        let Some(state) = self.state(key) else {
            return;
        };
        if state.is_used() {
            return;
        }
        if state.lost <= self.forgotten {
            self.remove(key);
            return;
        }
        self.remembered.insert((state.lost, key));
        while self.remembered.len() > self.max_remembered
            && let Some((lost, key)) = self.remembered.pop_first()
        {
            self.forgotten = self.forgotten.max(lost);
            self.remove(key);
        }
    }

    fn remove(&mut self, key: TopicKey) {
        if let Some(state) = self.states.try_remove(key as usize) {
            self.keys.remove(&state.name);
        }
    }
}

fn size_of_topic(state: &State) -> usize {
    TOPIC_SIZE + state.name.as_str().len()
}
