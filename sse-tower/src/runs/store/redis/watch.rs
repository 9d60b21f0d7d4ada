//! A run that followers of this node watch: its newest entries, as messages and reads tell them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::runs::{
    run_id::RunId,
    store::{MAX_PAGE_BYTES, Page, RunState, StoreError, redis::message::Message},
};

/// A run that is watched. All followers of the node share it.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) id: RunId,
    news: Mutex<News>,
    /// Wakes the followers.
    pub(super) changed: Notify,
    /// Wakes the watcher, which has to read.
    pub(super) lagging: Notify,
}

#[derive(Debug)]
struct News {
    /// The state, once it was read.
    state: Option<RunState>,
    /// The position after which the next read begins.
    position: u64,
    /// The newest entries. The last one is at the head.
    entries: VecDeque<Arc<str>>,
    bytes: usize,
    /// The number of messages so far.
    messages: u64,
    followers: usize,
    was_followed: bool,
    /// True if the last read has told the server that the run is watched.
    is_marked: bool,
    ended: Option<Ended>,
}

/// Why nothing more is known of a run.
#[derive(Clone, Debug)]
enum Ended {
    /// The run does not exist.
    Gone,
    /// Until the next read that succeeds.
    Failed(StoreError),
}

/// The answer to a follower.
#[derive(Debug)]
pub(super) enum Look {
    Page(Page),
    /// The follower has to read.
    Read,
    /// The follower has everything. The page has the state, if it is known.
    Wait(Option<Page>),
    Gone,
    Failed(StoreError),
}

/// A read of the watcher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) after: u64,
    pub(super) is_followed: bool,
    messages: u64,
}

impl Watch {
    pub(super) fn new(id: RunId, position: u64) -> Self {
        Self {
            id,
            news: Mutex::new(News {
                state: None,
                position,
                entries: VecDeque::new(),
                bytes: 0,
                messages: 0,
                followers: 0,
                was_followed: true,
                is_marked: true,
                ended: None,
            }),
            changed: Notify::new(),
            lagging: Notify::new(),
        }
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what a follower gets that has everything up to a position.
    pub(super) fn look(&self, after: u64) -> Look {
        self.news().look(after)
    }

    /// Counts a follower until the result is dropped.
    pub(super) fn followed(self: &Arc<Self>) -> Followed {
        let mut news = self.news();
        news.followers += 1;
        news.was_followed = true;
        if !news.is_marked {
            self.lagging.notify_one();
        }
        drop(news);
        Followed(self.clone())
    }

    /// Returns whether nobody has followed since the last call.
    pub(super) fn take_unused(&self) -> bool {
        let mut news = self.news();
        let was_followed = news.was_followed;
        news.was_followed = news.followers > 0;
        !was_followed && news.followers == 0
    }

    pub(super) fn begin_read(&self) -> Reading {
        let mut news = self.news();
        news.is_marked = news.followers > 0;
        Reading {
            after: news.position,
            is_followed: news.is_marked,
            messages: news.messages,
        }
    }

    /// Takes the result of a read.
    pub(super) fn end_read(&self, reading: Reading, page: Option<&Page>) {
        let mut news = self.news();
        match page {
            None => news.ended = Some(Ended::Gone),
            Some(page) => news.end_read(reading, page),
        }
        drop(news);
        self.changed.notify_waiters();
    }

    pub(super) fn fail(&self, error: StoreError) {
        self.news().ended = Some(Ended::Failed(error));
        self.changed.notify_waiters();
    }

    pub(super) fn take(&self, message: Message) {
        let is_next = self.news().take(message);
        match is_next {
            true => self.changed.notify_waiters(),
            false => self.lagging.notify_one(),
        }
    }
}

impl News {
    fn look(&self, after: u64) -> Look {
        match (&self.ended, &self.state) {
            (Some(Ended::Gone), _) => Look::Gone,
            (Some(Ended::Failed(error)), _) => Look::Failed(error.clone()),
            (None, None) => Look::Wait(None),
            (None, Some(state)) => {
                let first = state.head.saturating_sub(self.entries.len() as u64);
                let entries = match after.checked_sub(first) {
                    None => return Look::Read,
                    Some(known) => usize::try_from(known).unwrap_or(usize::MAX),
                };
                let page = Page {
                    state: state.clone(),
                    entries: self.entries.iter().skip(entries).cloned().collect(),
                };
                match page.entries.is_empty() {
                    false => Look::Page(page),
                    true if state.seal.is_some() => Look::Page(page),
                    // Only the server knows whether the run was sealed meanwhile.
                    true if state.lease_is_over => Look::Read,
                    true => Look::Wait(Some(page)),
                }
            }
        }
    }

    fn end_read(&mut self, reading: Reading, page: &Page) {
        self.ended = None;
        let had_messages = self.messages != reading.messages;
        let is_old = self.state.as_ref().is_some_and(|known| {
            page.state.head < known.head || known.seal.is_some() && page.state.seal.is_none()
        });
        // Messages that came meanwhile may be newer than the answer. Without any, the log has lost its end.
        if is_old && had_messages {
            return;
        }
        let head = page.state.head;
        let known_head = self.state.as_ref().map(|state| state.head);
        if known_head != Some(reading.after) || page.entries.is_empty() {
            // A quiet run keeps no entries.
            self.entries.clear();
            self.bytes = 0;
        }
        if reading.after.saturating_add(page.entries.len() as u64) == head {
            self.push(&page.entries);
        } else {
            self.entries.clear();
            self.bytes = 0;
        }
        self.position = head;
        self.state = Some(page.state.clone());
    }

    /// Takes a message. Returns false if an earlier one is missing.
    fn take(&mut self, message: Message) -> bool {
        self.messages += 1;
        let Some(state) = &mut self.state else {
            return false;
        };
        if message.head - message.entries.len() as u64 != state.head {
            return false;
        }
        state.head = message.head;
        state.seal = message.seal;
        state.lease_is_over = false;
        self.position = message.head;
        self.push(&message.entries);
        true
    }

    /// Adds the newest entries, and forgets the oldest ones.
    fn push(&mut self, entries: &[Arc<str>]) {
        self.bytes += entries.iter().map(|entry| entry.len()).sum::<usize>();
        self.entries.extend(entries.iter().cloned());
        while self.bytes > MAX_PAGE_BYTES && self.entries.len() > 1 {
            let oldest = self.entries.pop_front();
            self.bytes -= oldest.map_or(0, |entry| entry.len());
        }
        if self.entries.is_empty() {
            self.entries.shrink_to_fit();
        }
    }
}

/// A follower that is counted.
#[derive(Debug)]
pub(super) struct Followed(pub(super) Arc<Watch>);

impl Drop for Followed {
    fn drop(&mut self) {
        self.0.news().followers -= 1;
    }
}
