//! A log in memory with a selectable flaw, or with habits that are unusual but correct.

mod flaw;
mod state;

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sse_conformance::suite::log::{
    Action, Answer, AppendError, Appended, Log, NewEntry, Page, StoredEntry,
};

pub(crate) use flaw::{Flaw, Habits};
use state::State;

#[derive(Debug)]
pub(crate) struct Flawed {
    flaw: Flaw,
    habits: Habits,
    state: Mutex<State>,
    news: Condvar,
}

type Guard<'s> = MutexGuard<'s, State>;

impl Flawed {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let habits = Habits::of(flaw);
        Self {
            flaw,
            habits,
            state: Mutex::default(),
            news: Condvar::new(),
        }
    }

    pub(crate) fn with_habits(habits: Habits) -> Self {
        Self {
            habits,
            ..Self::new(Flaw::None)
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn name(&self, log: &str) -> String {
        match self.flaw {
            Flaw::IgnoresCaseOfNames => log.to_lowercase(),
            _ => log.to_owned(),
        }
    }

    fn state(&self) -> Guard<'_> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state for a call, or an error during a stall.
    fn answering(&self) -> Result<Guard<'_>, String> {
        thread::sleep(self.habits.delay);
        let state = self.state();
        match state.is_stalled || state.is_dead {
            true => Err("the backend does not answer".to_owned()),
            false => Ok(state),
        }
    }

    /// Waits until long after the call should have ended.
    fn hang(&self) {
        thread::sleep(self.habits.max_call_time + Duration::from_secs(2));
    }

    fn append_one<'s>(&'s self, mut state: Guard<'s>, name: &str, entry: &NewEntry) -> Appended {
        if self.has(Flaw::RacesForPositions) {
            let head = state.log(self.flaw, name).head;
            drop(state);
            thread::sleep(Duration::from_millis(2));
            state = self.state();
            state.log(self.flaw, name).head = head;
        }
        let mut place = state.append(self.flaw, name, entry);
        match self.flaw {
            Flaw::ResultsOfAnotherEpoch => place.epoch += 1,
            Flaw::ResultsWithoutCheckBits => place.check = 0,
            _ => {}
        }
        place
    }

    /// Answers an append during a stall.
    fn append_stalled(&self, name: &str, entries: &[NewEntry], why: &str) -> Results {
        if self.has(Flaw::HangsInAStall) {
            self.hang();
        }
        let mut state = self.state();
        let held = entries.iter().map(|entry| (name.to_owned(), entry.clone()));
        state.held.extend(held);
        let head = state.log(self.flaw, name).head;
        let result = |position| match self.flaw {
            Flaw::CallsEverythingNotAppended => Err(AppendError::NotAppended(why.to_owned())),
            Flaw::CallsEverythingAppended => Ok(Appended {
                epoch: 1,
                position,
                check: 0,
            }),
            _ => Err(AppendError::Unknown(why.to_owned())),
        };
        (head + 1..).map(result).take(entries.len()).collect()
    }

    /// Adds what only tails have to a page.
    fn tail_page(&self, state: &mut State, name: &str, after: u64, mut page: Page) -> Page {
        let stored = state.log(self.flaw, name);
        let check = |position: u64| {
            let removed = stored.removed.iter();
            let removed = removed.filter(|_| self.has(Flaw::ChecksOfRemovedEntries));
            let mut all = stored.entries.iter().chain(removed);
            all.find(|entry| entry.position == position)
                .map(|entry| entry.check)
        };
        page.check_before = match self.flaw {
            Flaw::CheckOfTheNextEntry => check(after.saturating_add(1)),
            Flaw::CheckOfTheNewest => check(stored.head),
            Flaw::NoCheckWhenQuiet if page.entries.is_empty() => None,
            Flaw::ForgetsChecksWhenTrimmed if stored.floor > 1 => None,
            Flaw::RestoresWithoutChecks | Flaw::LosesTheNewestAtRestart => None,
            _ => check(after),
        };
        let is_at_floor = after.saturating_add(1) < stored.floor;
        match self.flaw {
            Flaw::TailSkipsAtFloor if is_at_floor && !page.entries.is_empty() => {
                page.entries.remove(0);
            }
            Flaw::OnlyNewsInTails => {
                page.entries.drain(..page.entries.len().saturating_sub(1));
            }
            Flaw::OneReaderForEachEntry => {
                let delivered = mem::replace(&mut stored.delivered, stored.head);
                page.entries.retain(|entry| entry.position > delivered);
            }
            Flaw::TailKeepsTheOldEpoch => {
                page.epoch = state.first_epochs.get(name).copied().unwrap_or(page.epoch);
            }
            _ => {}
        }
        page
    }

    /// Returns the position after which a tail looks for entries.
    fn start(&self, after: u64) -> u64 {
        match self.flaw {
            Flaw::RepeatsTheEntryBefore => after.saturating_sub(1),
            Flaw::WrapsFarPositions => after & 0xFFFF_FFFF,
            _ => after,
        }
    }
}

type Results = Vec<Result<Appended, AppendError>>;

impl Log for Flawed {
    fn append(&self, log: &str, entries: &[NewEntry]) -> Results {
        let name = &self.name(log);
        assert!(!self.has(Flaw::Panics), "a log that panics");
        let mut state = match self.answering() {
            Ok(state) => state,
            Err(why) => return self.append_stalled(name, entries, &why),
        };
        if entries.is_empty() && self.has(Flaw::EmptyBatchTakesAPosition) {
            state.log(self.flaw, name).head += 1;
        }
        if self.has(Flaw::NewEpochForEachBatch) {
            state.log(self.flaw, name).epoch += 1000;
        }
        state.writers += 1;
        drop(state);
        if self.has(Flaw::MixesBatches) {
            thread::sleep(Duration::from_millis(5));
        }
        let mut state = self.state();
        let is_reversed = match self.flaw {
            Flaw::ReversesBatches => true,
            Flaw::MixesBatches => state.writers > 1,
            _ => false,
        };
        state.writers -= 1;
        let mut results = Vec::new();
        for index in 0..entries.len() {
            let entry = match is_reversed {
                true => &entries[entries.len() - 1 - index],
                false => &entries[index],
            };
            let is_refused = match self.flaw {
                Flaw::LimitsBatches => index >= 500,
                Flaw::RefusesLongText => entry.text.len() > 100_000,
                _ => false,
            };
            results.push(match is_refused {
                true => {
                    drop(state);
                    Err(AppendError::NotAppended("it is too large".to_owned()))
                }
                false => Ok(self.append_one(state, name, entry)),
            });
            state = self.state();
        }
        if is_reversed || self.has(Flaw::ReversesResults) {
            results.reverse();
        }
        if self.has(Flaw::OneResultForABatch) {
            results.truncate(1);
        }
        drop(state);
        self.news.notify_all();
        results
    }

    fn read(&self, log: &str, from: u64) -> Result<Page, String> {
        let name = &self.name(log);
        let mut state = match self.answering() {
            Ok(state) => state,
            Err(why) => {
                if self.has(Flaw::HangsReadingInAStall) {
                    self.hang();
                }
                return Err(why);
            }
        };
        let mut start = from;
        if self.has(Flaw::SharesOneCursor) {
            state.cursor = from;
            drop(state);
            thread::sleep(Duration::from_millis(2));
            state = self.state();
            start = state.cursor;
        }
        if self.has(Flaw::BeginsPagesAtGroups) {
            start = from - from % 4;
        }
        if self.has(Flaw::OverflowsFarAfterHead) {
            assert!(from.checked_add(1000).is_some(), "an overflow");
        }
        let mut page = state.page(self.flaw, &self.habits, name, start);
        let is_error = match self.flaw {
            Flaw::FailsAtZero => from == 0,
            Flaw::FailsAfterHead => from > page.head,
            Flaw::FailsWithoutEntries => page.head == 0,
            Flaw::FailsBelowFloor => from < page.floor,
            _ => false,
        };
        match self.flaw {
            _ if is_error => return Err("no such position".to_owned()),
            Flaw::OldHeadInPages => page.head = page.head.saturating_sub(1),
            Flaw::EpochOfPagesDiffers => page.epoch += 1,
            Flaw::FloorOnlyInTails => page.floor = 1,
            _ => {}
        }
        Ok(page)
    }

    fn tail(&self, log: &str, after: Option<u64>) -> Result<Page, String> {
        let name = &self.name(log);
        let begun = Instant::now();
        let mut state = match self.answering() {
            Ok(state) => state,
            Err(_) if self.has(Flaw::QuietInAStall) => {
                let mut state = self.state();
                return Ok(state.page(self.flaw, &self.habits, name, u64::MAX));
            }
            Err(why) => return Err(why),
        };
        let bounds = state.page(self.flaw, &self.habits, name, u64::MAX);
        if self.has(Flaw::FailsWithoutEntries) && bounds.head == 0 {
            return Err("no such log".to_owned());
        }
        let first_epoch = state.first_epochs.entry(name.clone());
        first_epoch.or_insert(bounds.epoch);
        let after = match after {
            Some(0) if self.has(Flaw::IgnoresPositionZero) => None,
            after => after,
        };
        let Some(after) = after else {
            if self.has(Flaw::WaitsWithoutPosition) {
                drop(state);
                thread::sleep(self.habits.quiet);
                state = self.state();
            }
            let from = match self.flaw {
                Flaw::EntriesWithoutPosition => 1,
                _ => u64::MAX,
            };
            return Ok(state.page(self.flaw, &self.habits, name, from));
        };
        let start = self.start(after);
        let appended = state.appended;
        loop {
            let page = match start.checked_add(1) {
                Some(from) => state.page(self.flaw, &self.habits, name, from),
                None => bounds.clone(),
            };
            let has_news = match self.flaw {
                Flaw::HoldsBackTheNewest => page.entries.len() > 1,
                Flaw::Polls if begun.elapsed() < self.habits.quiet => {
                    !page.entries.is_empty() && state.appended == appended
                }
                Flaw::Polls => false,
                _ => !page.entries.is_empty(),
            };
            if has_news || page.epoch != bounds.epoch {
                return Ok(self.tail_page(&mut state, name, after, page));
            }
            let left = self.habits.quiet.saturating_sub(begun.elapsed());
            if left.is_zero() || self.has(Flaw::Spins) {
                let entries = Vec::new();
                let page = Page { entries, ..page };
                let page = self.tail_page(&mut state, name, after, page);
                drop(state);
                match self.flaw {
                    Flaw::HangsWhenQuiet => self.hang(),
                    Flaw::FailsWhenQuiet => return Err("a timeout".to_owned()),
                    _ => {}
                }
                return Ok(page);
            }
            let waited = self.news.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if state.is_stalled {
                drop(state);
                if self.has(Flaw::WaitingTailHangsInAStall) {
                    self.hang();
                }
                return Err("the backend does not answer".to_owned());
            }
            if self.has(Flaw::WakesReadersOfOtherLogs)
                && state.appended != appended
                && let Some(newest) = state.newest.clone()
            {
                let position = after + 1;
                let entries = vec![StoredEntry { position, ..newest }];
                return Ok(Page { entries, ..page });
            }
        }
    }

    fn control(&self, action: &Action<'_>) -> Result<Answer, String> {
        let mut state = self.state();
        match *action {
            Action::Trim { log, floor } => {
                state.trim(self.flaw, &self.habits, &self.name(log), floor);
            }
            Action::Delete { log } => state.delete(self.flaw, &self.name(log)),
            Action::Save => state.saved = state.logs.clone(),
            Action::Restore => {
                let saved = state.saved.clone();
                state.restore(self.flaw, &self.habits, saved);
            }
            Action::Stall => state.is_stalled = true,
            Action::Resume => state.resume(self.flaw),
            Action::Restart => state.restart(self.flaw, &self.habits),
            _ => return Ok(Answer::Unsupported),
        }
        drop(state);
        self.news.notify_all();
        Ok(Answer::Done)
    }

    fn max_call_time(&self) -> Duration {
        self.habits.max_call_time
    }
}
