//! A node's part of a log: the newest entries, encoded, and the positions of each topic's entries.
//!
//! In a hub in memory this is the log itself. Over a log elsewhere it is a part of that, filled by the
//! node's [driver](crate::hub::driver).

use std::{collections::VecDeque, sync::Arc, task::Waker, time::Duration};

use crate::{
    frame::EventFrame,
    hub::{
        entry::frame,
        entry_id::{EntryId, Epoch},
        filter::Candidate,
        gap::Extent,
        pages::EncodedPage,
        topic::Topic,
    },
    rt::moment::Moment,
};

mod follow;
pub(crate) mod join;
pub(crate) mod members;
mod overview;
pub(crate) mod selection;
pub(crate) mod topics;
pub(crate) mod waiters;

use join::Join;
use members::{MemberNumber, Members};
use selection::{Selected, Selection};
use topics::{TopicKey, Topics};
use waiters::{Registration, Waiters, Woken};

/// The most that a node keeps of a log.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    pub(crate) events: usize,
    pub(crate) age: Option<Duration>,
    /// The number of topics that are remembered although they have neither entries nor subscriptions.
    pub(crate) remembered_topics: usize,
    pub(crate) publish_id_window: Duration,
}

/// The newest entries of a log.
#[derive(Debug)]
pub(crate) struct Node {
    epoch: Epoch,
    /// The number of times that another log took the place of this one.
    generation: u32,
    /// Entries that follow one another, up to the head. The oldest ones may be without their frame.
    entries: VecDeque<KeptEntry>,
    /// The position of the first entry here. If `entries` is empty, it is one more than the head's.
    first: u64,
    /// The position of the first entry whose frame is here.
    first_framed: u64,
    /// The position of the oldest entry that the log has.
    floor: u64,
    /// The position of the newest entry, or 0.
    head: u64,
    head_check: Option<u32>,
    /// The memory that the entries with a frame take, in bytes. If the node is the log, that of the topics
    /// is included.
    bytes: usize,
    /// The topics of all entries after this position are known, also of those that the log has lost.
    known_after: u64,
    topics: Topics,
    members: Members,
    subscriptions: usize,
    /// Those who wait for any entry.
    waiters: Waiters,
    /// The newest join of entries of all topics.
    join: Option<Join>,
    bounds: Bounds,
    keeps: Keeps,
}

/// The consequence when an entry leaves the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    /// The entry itself: the node is the log.
    TheLog,
    /// Only a copy of it.
    Copies {
        /// The number of entries whose topics are known.
        max_indexed: usize,
    },
}

#[derive(Debug)]
struct KeptEntry {
    /// `None` if the frame has to be read from the log.
    frame: Option<EventFrame>,
    topics: Keys,
    check: u32,
    /// When it was added, if the node bounds the age of its entries.
    added: Option<Moment>,
}

/// The keys of an entry's topics.
#[derive(Debug)]
enum Keys {
    One([TopicKey; 1]),
    Many(Box<[TopicKey]>),
}

impl Keys {
    fn as_slice(&self) -> &[TopicKey] {
        match self {
            Self::One(key) => key,
            Self::Many(keys) => keys,
        }
    }
}

/// The next action of a subscription.
#[derive(Debug)]
pub(crate) enum Next {
    /// It sends these events. The last one is at the position `last`.
    Send {
        frame: EventFrame,
        last: u64,
        /// False if its topics have no entry after `last`.
        has_more: bool,
    },
    /// It asks its filter about these entries.
    Filter(Vec<Candidate>),
    /// It reads the log from this position on.
    Read(u64),
    /// The log has lost entries that it should have sent.
    Gap,
    /// It waits: its topics have no entry up to the head.
    Nothing,
}

/// The check bits of an entry, as far as a node knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Is(u32),
    /// The log has lost the entry, or there was never one.
    Gone,
    /// The entry has to be read from the log.
    InLog,
    /// The node has not seen the entry yet.
    Ahead,
}

/// The memory that an entry takes besides its frame and its place in its topics, in bytes. Half of a
/// growing queue may be empty.
const ENTRY_SIZE: usize = 2 * size_of::<KeptEntry>();

/// The number of entries that a filter is asked about at a time.
const MAX_CANDIDATES: usize = 64;

impl Node {
    /// Makes the node of a log in memory.
    pub(crate) fn in_memory(epoch: Epoch, bounds: Bounds) -> Self {
        Self::new(epoch, bounds, Keeps::TheLog)
    }

    fn new(epoch: Epoch, bounds: Bounds, keeps: Keeps) -> Self {
        Self {
            epoch,
            generation: 0,
            entries: VecDeque::new(),
            first: 1,
            first_framed: 1,
            floor: 1,
            head: 0,
            head_check: None,
            bytes: 0,
            known_after: 0,
            topics: Topics::new(bounds.remembered_topics),
            members: Members::default(),
            subscriptions: 0,
            waiters: Waiters::default(),
            join: None,
            bounds,
            keeps,
        }
    }

    /// Makes the node of a log outside the process, which begins and ends like this page.
    pub(crate) fn of_log(page: &EncodedPage, bounds: Bounds, max_indexed: usize) -> Self {
        let mut node = Self::new(page.epoch, bounds, Keeps::Copies { max_indexed });
        node.floor = page.floor;
        node.skip_to(page.head + 1);
        node
    }

    pub(crate) const fn generation(&self) -> u32 {
        self.generation
    }

    /// Returns the ID of the newest entry.
    pub(crate) const fn head(&self) -> EntryId {
        EntryId {
            epoch: self.epoch,
            position: self.head,
            check: self.head_check,
        }
    }

    /// Returns the ID of the newest entry, and the generation of the log that has it.
    pub(crate) const fn head_and_generation(&self) -> (EntryId, u32) {
        (self.head(), self.generation)
    }

    /// Returns what the log holds.
    pub(crate) const fn extent(&self) -> Extent {
        Extent {
            epoch: self.epoch,
            floor: self.floor,
            head: self.head(),
        }
    }

    /// Returns the ID of the entry at a position, with check bits if they are known here.
    pub(crate) fn id_at(&self, position: u64) -> EntryId {
        EntryId {
            epoch: self.epoch,
            position,
            check: match self.check(position) {
                Check::Is(check) => Some(check),
                Check::Gone | Check::InLog | Check::Ahead => None,
            },
        }
    }

    pub(crate) fn check(&self, position: u64) -> Check {
        if position > self.head {
            return Check::Ahead;
        }
        if position == self.head
            && let Some(check) = self.head_check
        {
            return Check::Is(check);
        }
        if position < self.floor {
            return Check::Gone;
        }
        match self.entry(position) {
            Some(entry) => Check::Is(entry.check),
            None => Check::InLog,
        }
    }

    /// Adds a subscription to topics, or to all topics.
    pub(crate) fn subscribe(
        &mut self,
        topics: Option<&[Topic]>,
        key: Option<Arc<str>>,
    ) -> Selection {
        let mut subscribe = |topic| (self.topics.subscribe(topic), Registration::NONE);
        let selected = match topics {
            None => Selected::All(Registration::NONE),
            Some(topics) => Selected::Topics(topics.iter().map(&mut subscribe).collect()),
        };
        let mut selection = Selection {
            selected,
            member: MemberNumber::NONE,
        };
        if let Some(key) = key {
            let keys = selection.topics().iter().map(|(key, _)| *key);
            let topics = (!selection.is_all()).then(|| keys.collect());
            selection.member = self.members.insert(key, topics);
        }
        self.subscriptions += 1;
        selection
    }

    /// Removes a subscription. Its wakers are returned so that they are dropped where no lock is held.
    pub(crate) fn unsubscribe(&mut self, selection: &Selection) -> Vec<Waker> {
        if !selection.is_nothing() {
            self.subscriptions -= 1;
        }
        let all = match &selection.selected {
            Selected::All(registration) => self.waiters.remove(*registration),
            Selected::Topics(_) => None,
        };
        let member = self.members.remove(selection.member);
        let topics = selection.topics().iter();
        let topics = topics.filter_map(|(key, at)| self.topics.unsubscribe(*key, *at));
        member.into_iter().chain(all).chain(topics).collect()
    }

    /// Returns whether the subscription has to end.
    pub(crate) fn is_kicked(&self, selection: &Selection) -> bool {
        self.members.is_kicked(selection.member)
    }

    /// Registers the waker of a subscription that has sent all there is.
    pub(crate) fn register(&mut self, selection: &mut Selection, waker: &Waker) {
        self.members.register(selection.member, waker);
        match &mut selection.selected {
            Selected::All(registration) => self.waiters.register(registration, waker),
            Selected::Topics(topics) => {
                for (key, registration) in topics {
                    self.topics.register(*key, registration, waker);
                }
            }
        }
    }

    /// Returns what a subscription at `position` does next.
    pub(crate) fn next(&mut self, selection: &Selection, is_filtered: bool, position: u64) -> Next {
        if self.has_lost(selection, position) {
            return Next::Gap;
        }
        // None of the entries that the log has lost was of its topics.
        let after = position.max(self.floor - 1);
        if after + 1 < self.first {
            return Next::Read(after + 1);
        }
        if !is_filtered && let Some((frame, last)) = self.only_entry(selection, after) {
            let (frame, has_more) = (frame.clone(), false);
            return Next::Send {
                frame,
                last,
                has_more,
            };
        }
        match self.next_position(selection, after) {
            None => Next::Nothing,
            Some(position) if position < self.first_framed => Next::Read(position),
            Some(position) if is_filtered => self.candidates(selection, position),
            Some(position) => self.joined(selection, position),
        }
    }

    /// Returns whether there is an entry of these topics after `after`.
    pub(crate) fn has_news(&self, selection: &Selection, after: u64) -> bool {
        self.next_position(selection, after).is_some()
    }

    /// Returns the position after which the oldest entry of these topics that the log still has is the
    /// next one, as far as that is known here.
    pub(crate) fn before_oldest(&self, selection: &Selection) -> u64 {
        let after = self.floor - 1;
        if after + 1 < self.first {
            return after;
        }
        let oldest = self.next_position(selection, after);
        oldest.map_or(self.head, |position| position - 1)
    }

    /// Returns whether the log has lost entries of these topics after `after`, or may have.
    fn has_lost(&self, selection: &Selection, after: u64) -> bool {
        if after >= self.floor - 1 {
            return false;
        }
        let mut topics = selection.topics().iter();
        selection.is_all()
            || after < self.known_after
            || topics.any(|(key, _)| self.topics.has_lost(*key, after))
    }

    fn next_position(&self, selection: &Selection, after: u64) -> Option<u64> {
        match &selection.selected {
            Selected::All(_) => (after < self.head).then(|| after + 1),
            Selected::Topics(topics) => {
                let next = topics.iter().map(|(key, _)| self.topics.next(*key, after));
                next.flatten().min()
            }
        }
    }

    fn candidates(&self, selection: &Selection, position: u64) -> Next {
        let positions = std::iter::successors(Some(position), |position| {
            self.next_position(selection, *position)
        });
        let candidate = |position| {
            let entry = self.entry(position)?;
            let names = entry.topics.as_slice().iter();
            let names = names.filter_map(|key| Some(self.topics.state(*key)?.name.clone()));
            Some(Candidate {
                position,
                frame: entry.frame.clone()?,
                topics: names.collect(),
            })
        };
        Next::Filter(
            positions
                .take(MAX_CANDIDATES)
                .map_while(candidate)
                .collect(),
        )
    }

    /// Returns the names of these topics. `None` for all topics.
    pub(crate) fn names(&self, selection: &Selection) -> Option<Vec<Topic>> {
        let name = |(key, _): &(TopicKey, _)| Some(self.topics.state(*key)?.name.clone());
        match &selection.selected {
            Selected::All(_) => None,
            Selected::Topics(topics) => Some(topics.iter().filter_map(name).collect()),
        }
    }

    /// Returns the frame of the entry at `position`, unless it has to be read from the log.
    fn frame(&self, position: u64) -> Option<&EventFrame> {
        self.entry(position)?.frame.as_ref()
    }

    fn entry(&self, position: u64) -> Option<&KeptEntry> {
        let at = position.checked_sub(self.first)?;
        self.entries.get(usize::try_from(at).ok()?)
    }

    /// Appends an entry to a log in memory. `lines` are the event's lines without its ID and without the
    /// blank line.
    pub(crate) fn append(
        &mut self,
        lines: String,
        topics: &[Topic],
        check: u32,
        now: Option<Moment>,
        woken: &mut Woken,
    ) -> EntryId {
        let id = EntryId {
            epoch: self.epoch,
            position: self.head + 1,
            check: Some(check),
        };
        self.push(frame(lines, id), topics, check, now, woken);
        self.enforce(now);
        id
    }

    fn push(
        &mut self,
        frame: EventFrame,
        topics: &[Topic],
        check: u32,
        now: Option<Moment>,
        woken: &mut Woken,
    ) {
        self.head += 1;
        self.head_check = Some(check);
        let mut topics_size = 0;
        let head = self.head;
        let mut push = |topic: &Topic| {
            let (key, size) = self.topics.push(topic, head, woken);
            topics_size += size;
            key
        };
        let topics = match topics {
            [topic] => Keys::One([push(topic)]),
            topics => Keys::Many(topics.iter().map(push).collect()),
        };
        self.waiters.take(woken);
        self.bytes += size_of_frame(&frame);
        if self.keeps == Keeps::TheLog {
            self.bytes += topics_size;
        }
        self.entries.push_back(KeptEntry {
            frame: Some(frame),
            topics,
            check,
            added: now.filter(|_| self.bounds.age.is_some()),
        });
    }

    /// Removes what is more than the bounds allow.
    pub(crate) fn enforce(&mut self, now: Option<Moment>) {
        while self.exceeds_bounds(now) {
            match self.keeps {
                Keeps::TheLog => self.raise_floor(self.floor + 1),
                Keeps::Copies { .. } => self.drop_frame(),
            }
        }
        if let Keeps::Copies { max_indexed } = self.keeps {
            while self.entries.len() > max_indexed {
                self.pop(false);
                self.known_after = self.known_after.max(self.first - 1);
            }
        }
    }

    fn exceeds_bounds(&self, now: Option<Moment>) -> bool {
        let Some(oldest) = self.entry(self.first_framed) else {
            return false;
        };
        let count = self.head - self.first_framed + 1;
        let age = now.zip(oldest.added).zip(self.bounds.age);
        self.bytes > self.bounds.bytes
            || count > self.bounds.events as u64
            || age.is_some_and(|((now, added), max)| now.since(added) > max)
    }

    /// Drops the oldest frame, which can be read from the log again.
    fn drop_frame(&mut self) {
        let Some(at) = self.first_framed.checked_sub(self.first) else {
            return;
        };
        let entry = usize::try_from(at)
            .ok()
            .and_then(|at| self.entries.get_mut(at));
        if let Some(entry) = entry
            && let Some(frame) = entry.frame.take()
        {
            self.bytes = self.bytes.saturating_sub(size_of_frame(&frame));
        }
        self.first_framed += 1;
        self.join = None;
    }

    /// Removes the entries before `floor`, which the log does not have any more.
    pub(crate) fn raise_floor(&mut self, floor: u64) {
        while self.first < floor && !self.entries.is_empty() {
            self.pop(true);
        }
        self.floor = self.floor.max(floor);
    }

    /// Removes the oldest entry.
    fn pop(&mut self, is_lost: bool) {
        let Some(entry) = self.entries.pop_front() else {
            return;
        };
        let mut freed = 0;
        for key in entry.topics.as_slice() {
            freed += self.topics.pop(*key, self.first, is_lost);
        }
        if self.keeps != Keeps::TheLog {
            freed = 0;
        }
        freed += entry.frame.as_ref().map_or(0, size_of_frame);
        self.bytes = self.bytes.saturating_sub(freed);
        self.first += 1;
        self.first_framed = self.first_framed.max(self.first);
    }

    /// Takes the wakers of all who wait, because the hub ends.
    pub(crate) fn take_all(&mut self, woken: &mut Woken) {
        self.waiters.take(woken);
        self.topics.take_all(woken);
    }
}

fn size_of_frame(frame: &EventFrame) -> usize {
    ENTRY_SIZE + frame.as_bytes().len()
}
