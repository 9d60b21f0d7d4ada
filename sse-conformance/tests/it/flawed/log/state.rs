//! The stored logs, and what the flaws do to them.

use std::collections::{BTreeSet, HashMap};
use std::mem;

use sse_conformance::suite::log::{Appended, NewEntry, Page, StoredEntry};

use super::flaw::{Flaw, Habits};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) logs: HashMap<String, Stored>,
    pub(super) saved: HashMap<String, Stored>,
    /// The number of epochs. None is given out twice.
    pub(super) epochs: u64,
    /// The number of entries in all logs.
    pub(super) appended: u64,
    /// The newest entry of all logs.
    pub(super) newest: Option<StoredEntry>,
    /// A position that all readers share.
    pub(super) cursor: u64,
    /// The number of calls that append.
    pub(super) writers: usize,
    /// The epochs that readers saw first.
    pub(super) first_epochs: HashMap<String, u64>,
    pub(super) is_stalled: bool,
    pub(super) is_dead: bool,
    /// Entries that were appended during a stall.
    pub(super) held: Vec<(String, NewEntry)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    pub(super) epoch: u64,
    pub(super) floor: u64,
    pub(super) head: u64,
    pub(super) entries: Vec<StoredEntry>,
    pub(super) removed: Vec<StoredEntry>,
    /// The position of the newest entry that a reader was given.
    pub(super) delivered: u64,
    /// The log has lost entries and still has its old epoch.
    pub(super) is_lossy: bool,
}

impl State {
    fn new_epoch(&mut self, flaw: Flaw) -> u64 {
        self.epochs += 1;
        match flaw {
            Flaw::EpochIsConstant => 1,
            Flaw::TwoEpochsInTurn => self.epochs % 2,
            _ => self.epochs,
        }
    }

    /// Returns a log, in a new epoch if it has lost entries.
    pub(super) fn log(&mut self, flaw: Flaw, name: &str) -> &mut Stored {
        let keeps_epoch = matches!(
            flaw,
            Flaw::NewEpochOnlyWhenAppending | Flaw::NewEpochOnlyAfterAppending
        );
        let is_lossy = self.logs.get(name).map(|stored| stored.is_lossy);
        if is_lossy.is_none() || is_lossy == Some(true) && !keeps_epoch {
            let epoch = self.new_epoch(flaw);
            let stored = self.logs.entry(name.to_owned()).or_default();
            stored.epoch = epoch;
            stored.floor = stored.floor.max(1);
            stored.is_lossy = false;
        }
        self.logs.entry(name.to_owned()).or_default()
    }

    pub(super) fn append(&mut self, flaw: Flaw, name: &str, entry: &NewEntry) -> Appended {
        if flaw == Flaw::NewEpochOnlyWhenAppending {
            self.log(Flaw::None, name);
        }
        self.appended += 1;
        let in_all_logs = self.appended;
        let stored = self.log(flaw, name);
        if flaw == Flaw::NewEpochWithTheFirstEntry && stored.head == 0 {
            stored.epoch += 1_000_000;
        }
        let epoch = stored.epoch;
        let is_twin = |stored: &&StoredEntry| match flaw {
            Flaw::DropsEqualEntries => stored.text == entry.text,
            Flaw::DropsEqualCheckBits => stored.check == entry.check,
            _ => false,
        };
        if let Some(twin) = stored.entries.iter().find(is_twin) {
            let (position, check) = (twin.position, twin.check);
            return Appended {
                epoch,
                position,
                check,
            };
        }
        let position = match flaw {
            Flaw::BeginsAtZero => stored.entries.len() as u64,
            Flaw::SkipsEverySeventh if stored.head % 7 == 6 => stored.head + 2,
            Flaw::OneCounterForAllLogs => in_all_logs,
            _ => stored.head + 1,
        };
        stored.head = position;
        if flaw == Flaw::ChangesOldEntries && position > 8 {
            let old = position - 8;
            stored.entries[old as usize - 1].text.push('!');
        }
        let kept = kept(flaw, position, entry);
        let check = kept.check;
        let is_dropped = flaw == Flaw::DropsEmptyText && entry.text.is_empty();
        if !is_dropped {
            stored.entries.push(kept.clone());
        }
        if mem::take(&mut stored.is_lossy) {
            let new = self.new_epoch(flaw);
            self.log(flaw, name).epoch = new;
        }
        self.newest = Some(kept);
        Appended {
            epoch,
            position,
            check,
        }
    }

    /// Returns the entries from a position on.
    pub(super) fn page(&mut self, flaw: Flaw, habits: &Habits, name: &str, from: u64) -> Page {
        let stored = self.log(flaw, name);
        let is_in = |entry: &&StoredEntry| entry.position >= from;
        let entries = stored.entries.iter().filter(is_in).take(habits.page);
        let mut entries: Vec<StoredEntry> = entries.cloned().collect();
        if flaw == Flaw::HolesInPages && entries.len() > 200 {
            entries.remove(150);
        }
        let head = match (flaw, stored.head) {
            (Flaw::HeadOfNothingIsOne, 0) => 1,
            (_, head) => head,
        };
        Page {
            epoch: stored.epoch,
            floor: stored.floor,
            head,
            check_before: None,
            entries,
        }
    }

    pub(super) fn trim(&mut self, flaw: Flaw, habits: &Habits, name: &str, floor: u64) {
        let epoch = self.epochs + 1;
        let stored = self.log(flaw, name);
        // Groups are counted from the first position on.
        let floor = (floor - 1).div_ceil(habits.group) * habits.group + 1;
        stored.floor = floor.min(stored.head + 1).max(stored.floor);
        let floor = stored.floor;
        let (removed, left) = mem::take(&mut stored.entries)
            .into_iter()
            .partition(|entry| entry.position < floor);
        (stored.removed, stored.entries) = (removed, left);
        match flaw {
            Flaw::RemovesOthers => stored.entries.retain(|entry| entry.position != floor + 3),
            Flaw::RestartsPositionsWhenTrimmed => stored.head = stored.entries.len() as u64,
            Flaw::ForgetsTheHeadWhenEmpty if stored.entries.is_empty() => {
                (stored.floor, stored.head) = (1, 0);
            }
            Flaw::NewEpochWhenTrimmed => (stored.epoch, self.epochs) = (epoch, epoch),
            _ => {}
        }
    }

    pub(super) fn delete(&mut self, flaw: Flaw, name: &str) {
        if flaw == Flaw::DeletesAllLogs {
            let names: Vec<_> = self.logs.keys().cloned().collect();
            for name in names {
                self.delete(Flaw::None, &name);
            }
        }
        let stored = self.log(flaw, name);
        let old = mem::take(stored);
        (stored.epoch, stored.floor, stored.is_lossy) = (old.epoch, 1, true);
        if flaw == Flaw::KeepsEntriesOfDeleted {
            (stored.head, stored.entries) = (old.head, old.entries);
        }
    }

    /// Brings back the logs of another time.
    pub(super) fn restore(&mut self, flaw: Flaw, habits: &Habits, older: HashMap<String, Stored>) {
        let newer = mem::replace(&mut self.logs, older);
        for (name, newer) in newer {
            let stored = self.logs.entry(name).or_default();
            let keeps_epoch = habits.keeps_epoch
                || matches!(flaw, Flaw::RestoresTheOldHead | Flaw::RestoresWithoutChecks);
            stored.floor = stored.floor.max(1);
            stored.is_lossy = !keeps_epoch;
            stored.epoch = newer.epoch;
            if flaw == Flaw::RestoresTheOldHead {
                stored.head = newer.head;
            }
        }
    }

    pub(super) fn restart(&mut self, flaw: Flaw, habits: &Habits) {
        if habits.forgets {
            self.restore(flaw, habits, HashMap::new());
        }
        match flaw {
            Flaw::DiesAtRestart => self.is_dead = true,
            Flaw::LosesTheNewestAtRestart => self.lose_newest(),
            _ => {}
        }
    }

    pub(super) fn resume(&mut self, flaw: Flaw) {
        self.is_stalled = false;
        let held = mem::take(&mut self.held);
        match flaw {
            Flaw::DiesInAStall => self.is_dead = true,
            Flaw::LosesEntriesInAStall => self.lose_newest(),
            _ => {}
        }
        let rounds = match flaw {
            Flaw::RetriesAfterAStall => 2,
            Flaw::CallsEverythingAppended => 0,
            _ => 1,
        };
        for _ in 0..rounds {
            for (name, entry) in &held {
                self.append(flaw, name, entry);
            }
        }
    }

    /// Each log loses its newest entry in the same epoch.
    fn lose_newest(&mut self) {
        for stored in self.logs.values_mut() {
            if stored.entries.pop().is_some() {
                stored.head -= 1;
            }
        }
    }
}

/// Returns the entry as it is stored.
fn kept(flaw: Flaw, position: u64, entry: &NewEntry) -> StoredEntry {
    let NewEntry {
        topics,
        text,
        check,
        ..
    } = entry.clone();
    let text = match flaw {
        Flaw::TrimsText => text.trim_matches(' ').to_owned(),
        Flaw::JoinsLines => text.lines().collect::<Vec<_>>().join("\n"),
        Flaw::CutsAtNul => text.split('\0').next().unwrap_or_default().to_owned(),
        Flaw::WritesLatin1 => text.chars().map(|c| char::from(c as u8)).collect(),
        Flaw::CutsLongText => text.chars().take(65_535).collect(),
        _ => text,
    };
    let topics = match flaw {
        Flaw::JoinsTopicsWithCommas => topics.join(",").split(',').map(str::to_owned).collect(),
        Flaw::KeepsTenTopics => topics.into_iter().take(10).collect(),
        Flaw::SortsTopics => BTreeSet::from_iter(topics).into_iter().collect(),
        _ => topics,
    };
    let check = match flaw {
        Flaw::SignedCheckBits => i32::try_from(check).map_or(0, i32::cast_unsigned),
        _ => check,
    };
    StoredEntry {
        position,
        check,
        topics,
        text,
    }
}
