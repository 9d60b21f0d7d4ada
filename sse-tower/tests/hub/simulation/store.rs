//! A log outside the process, whose answers come late, in parts, out of order, or not at all.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use sse_tower::hub::{
    PublishError, Topic,
    log::{Appended, Log, LogError, LogFuture, LogName, NewEntry, Page, StoredEntry},
};

use super::{
    Random,
    expected::View,
    history::{Entry, History, Place, number, topic, topics},
};

/// A log, as one node reaches it.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) node: usize,
    pub(crate) state: Arc<Mutex<State>>,
}

pub(crate) struct State {
    pub(crate) history: History,
    /// The entries of the present life. The one at position 1 is the first.
    stored: Vec<StoredEntry>,
    calls: Vec<Pending>,
    call_count: u64,
    pub(crate) nodes: Vec<Known>,
    random: Random,
    /// The number of entries that an answer has at most.
    part: usize,
    entry_of: EntryOf,
}

/// Finds the history's entry for an appended one.
type EntryOf = fn(&NewEntry) -> Entry;

/// A node's knowledge, from the answers to its driver.
pub(crate) struct Known {
    pub(crate) view: View,
    head_check: Option<u32>,
}

impl Known {
    /// Returns whether the node has read this life of the log up to this position and knows the check bits there.
    ///
    /// It does not know them yet if it is about to learn of this life: then it skips to the head.
    pub(crate) fn has_check(&self, life: usize, head: u64) -> bool {
        self.view.life == life && self.view.head == head && self.head_check.is_some()
    }
}

/// A call that has no answer yet, or whose answer has not been taken.
struct Pending {
    id: u64,
    node: usize,
    call: Call,
    answer: Option<Answer>,
    waker: Option<Waker>,
}

enum Call {
    Append(Vec<NewEntry>),
    Read(u64),
    Tail(Option<u64>),
}

enum Answer {
    Appended(Vec<Result<Appended, PublishError>>),
    /// A page, and the life of the log that it is of.
    Page(Result<Page, LogError>, usize),
}

impl Store {
    /// Makes a log that has lost all of its first `trimmed` entries.
    pub(crate) fn new(mut random: Random, part: usize, trimmed: u64, entry_of: EntryOf) -> Self {
        let mut history = History::new(random.below(100));
        let mut stored = Vec::new();
        for position in 1..=trimmed {
            let number = u64::MAX - position;
            let topics = Vec::new();
            history.append(Entry { number, topics });
            stored.push(StoredEntry {
                position,
                check: 0,
                topics: Vec::new(),
                text: String::new(),
            });
        }
        history.life_mut().floor = trimmed + 1;
        let state = State {
            history,
            stored,
            calls: Vec::new(),
            call_count: 0,
            nodes: Vec::new(),
            random,
            part,
            entry_of,
        };
        let state = Arc::new(Mutex::new(state));
        Self { node: 0, state }
    }

    /// Returns the log as another node reaches it.
    pub(crate) fn of_new_node(&self, remembered_topics: usize) -> Self {
        let mut state = self.state();
        let view = View {
            life: state.history.present(),
            head: state.history.life().head(),
            floor: state.history.life().floor,
            known_after: state.history.life().head(),
            is_log: false,
            remembered_topics,
        };
        let head_check = None;
        state.nodes.push(Known { view, head_check });
        let node = state.nodes.len() - 1;
        let state = self.state.clone();
        Self { node, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn call(&self, call: Call) -> Waiting {
        let mut state = self.state();
        state.call_count += 1;
        let (id, node) = (state.call_count, self.node);
        state.calls.push(Pending {
            id,
            node,
            call,
            answer: None,
            waker: None,
        });
        let state = self.state.clone();
        Waiting { id, state }
    }

    async fn page(waiting: Waiting) -> Result<Page, LogError> {
        match waiting.await {
            Answer::Page(page, _) => page,
            Answer::Appended(_) => unreachable!("a page was asked for"),
        }
    }

    /// Answers one of the calls, in any order. `faults` is the percentage of answers that are wrong.
    /// Returns what was done, if there is a call.
    pub(crate) fn answer(&self, faults: u64) -> Option<String> {
        let (waker, done) = {
            let mut state = self.state();
            let open = (0..state.calls.len()).filter(|at| state.calls[*at].answer.is_none());
            let open: Vec<_> = open.collect();
            let count = open.len() as u64;
            let at = open[state.random.below(count.max(1)) as usize..]
                .first()
                .copied()?;
            (state.calls[at].waker.take(), state.answer(at, faults))
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Some(done)
    }

    /// Answers all calls that are not waiting for news. Returns whether there was one. `note` is told what was done.
    pub(crate) fn answer_all(&self, note: impl FnMut(String)) -> bool {
        self.answer_if(note, State::is_due)
    }

    /// Answers the calls that are waiting for news: no log lets them wait for long.
    pub(crate) fn answer_waiting(&self, note: impl FnMut(String)) {
        self.answer_if(note, |_, pending| pending.answer.is_none());
    }

    fn answer_if(
        &self,
        mut note: impl FnMut(String),
        is_meant: impl Fn(&State, &Pending) -> bool,
    ) -> bool {
        let wakers: Vec<_> = {
            let mut state = self.state();
            let is_due = |at: &usize| is_meant(&state, &state.calls[*at]);
            let due: Vec<_> = (0..state.calls.len()).filter(is_due).collect();
            let answer = |at: usize| {
                note(state.answer(at, 0));
                state.calls[at].waker.take()
            };
            due.into_iter().map(answer).collect()
        };
        let is_any = !wakers.is_empty();
        for waker in wakers.into_iter().flatten() {
            waker.wake();
        }
        is_any
    }
}

impl State {
    fn is_due(&self, pending: &Pending) -> bool {
        let (present, head) = (self.history.present(), self.history.life().head());
        pending.answer.is_none()
            && match pending.call {
                Call::Tail(Some(after)) => {
                    after < head || self.nodes[pending.node].view.life != present
                }
                _ => true,
            }
    }

    fn answer(&mut self, at: usize, faults: u64) -> String {
        let is_fault = self.random.percent(faults);
        let life = self.history.present();
        let node = self.calls[at].node;
        let (done, answer) = match &mut self.calls[at].call {
            Call::Append(entries) => {
                let entries = std::mem::take(entries);
                let done = format!("{} entries of node {node} are appended", entries.len());
                let results = entries
                    .into_iter()
                    .map(|entry| self.append(entry, is_fault));
                (done, Answer::Appended(results.collect()))
            }
            Call::Read(from) => {
                let from = *from;
                let mut page = self.page(from, None, is_fault);
                if page.as_ref().is_ok_and(|page| self.looks_old(node, page)) {
                    page = Err(LogError::new("a fault"));
                }
                (
                    format!("node {node} reads from {from}: {}", text(&page)),
                    Answer::Page(page, life),
                )
            }
            Call::Tail(after) => {
                let after = *after;
                let from = after.map_or(u64::MAX, |after| after.saturating_add(1));
                let page = self.page(from, after, is_fault);
                (
                    format!(
                        "node {node} reads the news after {after:?}: {}",
                        text(&page)
                    ),
                    Answer::Page(page, life),
                )
            }
        };
        self.calls[at].answer = Some(answer);
        done
    }

    fn append(&mut self, entry: NewEntry, is_fault: bool) -> Result<Appended, PublishError> {
        let case = self.random.below(3);
        if is_fault && case == 0 {
            return Err(PublishError::not_published("a fault"));
        }
        if is_fault && case == 1 {
            return Err(PublishError::unknown("a fault"));
        }
        let place = self.history.append((self.entry_of)(&entry));
        let (position, check) = (place.position, entry.check);
        self.stored.push(StoredEntry {
            position,
            check,
            topics: entry.topics,
            text: entry.text,
        });
        if is_fault {
            return Err(PublishError::unknown("a fault"));
        }
        let epoch = self.history.life().epoch;
        Ok(Appended {
            epoch,
            position,
            check,
        })
    }

    pub(crate) fn page(
        &mut self,
        from: u64,
        after: Option<u64>,
        is_fault: bool,
    ) -> Result<Page, LogError> {
        if is_fault && self.random.percent(60) {
            return Err(LogError::new("a fault"));
        }
        let life = self.history.life();
        let (floor, head) = (life.floor, life.head());
        let stored = |position: u64| &self.stored[position as usize - 1];
        let first = from.max(floor);
        let length = 1 + self.random.below(self.part as u64);
        let last = head.min(first.saturating_add(length - 1));
        let mut entries: Vec<_> = (first..=last).map(|at| stored(at).clone()).collect();
        let check_before = after.filter(|after| (floor..=head).contains(after));
        let check_before = check_before.map(|after| stored(after).check);
        if is_fault && !entries.is_empty() {
            // The page has a hole.
            entries.remove(self.random.below(entries.len() as u64) as usize);
        }
        let epoch = self.history.life().epoch;
        Ok(Page {
            epoch,
            floor,
            head,
            check_before,
            entries,
        })
    }

    /// Returns whether nothing shows the node that these entries have replaced others: the epoch is the same, and the
    /// node does not know the check bits of the others. A log that gives such a page has broken its promise, and no
    /// hub can notice it.
    fn looks_old(&self, node: usize, page: &Page) -> bool {
        let view = &self.nodes[node].view;
        let Some(last) = page.entries.last().map(|entry| entry.position) else {
            return false;
        };
        let (life, position) = (view.life, last);
        let has_epoch = page.epoch == self.history.lives[life].epoch;
        let is_same = self
            .history
            .is_of(Place { life, position }, self.history.present());
        has_epoch && !is_same && page.head >= view.head && last <= view.known_after
    }

    /// The log loses its oldest entries, as seen by the nodes that run.
    ///
    /// It keeps all of them as long as a node may not have noticed that it lost newer entries in the same epoch.
    /// Without old entries nothing could show that loss.
    pub(crate) fn trim(&mut self, count: u64, mut nodes: impl Iterator<Item = usize>) {
        let (present, epoch) = (self.history.present(), self.history.life().epoch);
        let mut before = self.history.lives[..present].iter();
        let was_shortened = before.any(|life| life.epoch == epoch);
        if was_shortened && nodes.any(|node| self.nodes[node].view.life != present) {
            return;
        }
        let life = self.history.life_mut();
        life.floor = (life.floor + count).min(life.head() + 1);
    }

    /// The log loses its newest entries.
    pub(crate) fn shrink(&mut self, length: u64, is_noticed: bool) {
        let epoch = self.history.life().epoch + u64::from(is_noticed);
        self.history.begin_life(epoch, length);
        self.stored.truncate(length as usize);
    }

    /// A driver was told this.
    fn note(&mut self, node: usize, page: &Page, life: usize, is_first: bool) {
        let Known { view, head_check } = &mut self.nodes[node];
        let epoch = |life: usize| self.history.lives[life].epoch;
        let is_another_entry = |(was, is): (u32, u32)| was != is;
        let is_another = head_check
            .zip(page.check_before)
            .is_some_and(is_another_entry);
        if is_first || epoch(life) != epoch(view.life) || page.head < view.head || is_another {
            (view.head, view.known_after, view.floor) = (page.head, page.head, page.floor);
            *head_check = None;
        } else {
            *head_check = head_check.or(page.check_before);
            view.floor = view.floor.max(page.floor);
            if page.floor > view.head + 1 {
                (view.head, view.known_after) = (page.floor - 1, page.floor - 1);
                *head_check = None;
            }
            for entry in &page.entries {
                if entry.position == view.head + 1 {
                    view.head += 1;
                    *head_check = Some(entry.check);
                }
            }
        }
        view.life = life;
    }
}

fn text(page: &Result<Page, LogError>) -> String {
    match page {
        Ok(page) => {
            let positions: Vec<_> = page.entries.iter().map(|entry| entry.position).collect();
            let Page {
                epoch, floor, head, ..
            } = page;
            format!("{positions:?} of epoch {epoch}, {floor} to {head}")
        }
        Err(_) => "an error".to_owned(),
    }
}

impl Log for Store {
    fn append(
        &self,
        _log: &LogName,
        entries: Vec<NewEntry>,
    ) -> LogFuture<Vec<Result<Appended, PublishError>>> {
        let waiting = self.call(Call::Append(entries));
        Box::pin(async move {
            match waiting.await {
                Answer::Appended(results) => results,
                Answer::Page(..) => unreachable!("no page was asked for"),
            }
        })
    }

    fn read(&self, _log: &LogName, from: u64) -> LogFuture<Result<Page, LogError>> {
        Box::pin(Self::page(self.call(Call::Read(from))))
    }

    fn tail(&self, _log: &LogName, after: Option<u64>) -> LogFuture<Result<Page, LogError>> {
        Box::pin(Self::page(self.call(Call::Tail(after))))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// Waits for the answer to a call.
struct Waiting {
    id: u64,
    state: Arc<Mutex<State>>,
}

impl Future for Waiting {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let mut state = self.state.lock().unwrap();
        let mut calls = state.calls.iter_mut();
        let call = calls.find(|call| call.id == self.id);
        let call = call.expect("a call stays until its future is dropped");
        let Some(answer) = call.answer.take() else {
            call.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let node = call.node;
        if let (Call::Tail(after), Answer::Page(Ok(page), life)) = (&call.call, &answer) {
            let (is_first, life) = (after.is_none(), *life);
            state.note(node, page, life, is_first);
        }
        Poll::Ready(answer)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Ok(mut state) = self.state.lock() {
            state.calls.retain(|call| call.id != self.id);
        }
    }
}

/// Returns the names of an event's topics.
pub(crate) fn names(entry: &Entry) -> Vec<String> {
    entry.topics.iter().map(|number| topic(*number)).collect()
}

/// Finds the history's entry for an event of the simulation.
pub(crate) fn simulated(entry: &NewEntry) -> Entry {
    let mut lines = entry.text.split('\n');
    let data = lines.find_map(|line| line.strip_prefix("data: "));
    let data = data.expect("each event has data");
    let names = topics(data);
    let appended = entry.topics.iter().map(Topic::as_str);
    assert!(appended.eq(names.iter().copied()), "topics of {data}");
    let topic = |name: &&str| {
        let number = name.strip_prefix("topic");
        let number = number.expect("a topic of the simulation");
        number.parse().expect("a topic of the simulation")
    };
    Entry {
        number: number(data),
        topics: names.iter().map(topic).collect(),
    }
}
