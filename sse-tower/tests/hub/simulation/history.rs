//! The model: everything that was ever published, in plain lists.

use std::collections::{HashMap, HashSet};

/// The name of a topic.
pub(crate) fn topic(number: u64) -> String {
    format!("topic{number}")
}

/// An event that was published.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// No two events have the same number.
    pub(crate) number: u64,
    pub(crate) topics: Vec<u64>,
}

impl Entry {
    /// The data of the event. It names the topics, so that a filter can compare them with the topics that it is given.
    pub(crate) fn data(&self, padding: usize) -> String {
        let topics: Vec<_> = self.topics.iter().map(|number| topic(*number)).collect();
        format!(
            "{} {} {}",
            self.number,
            topics.join(","),
            "x".repeat(padding)
        )
    }
}

/// The number of the event with this data.
pub(crate) fn number(data: &str) -> u64 {
    let (number, _) = data.split_once(' ').expect("data of the simulation");
    number.parse().expect("data of the simulation")
}

/// The topics of the event with this data.
pub(crate) fn topics(data: &str) -> Vec<&str> {
    let topics = data.split(' ').nth(1).expect("data of the simulation");
    topics.split(',').collect()
}

/// The topics and the filter of a subscription.
#[derive(Clone, Debug)]
pub(crate) struct Interest {
    /// `None` for all topics.
    pub(crate) topics: Option<Vec<u64>>,
    /// A filter accepts only events whose number this divides.
    pub(crate) divisor: u64,
}

impl Interest {
    pub(crate) fn has_topic_of(&self, entry: &Entry) -> bool {
        let is_named = |topic| self.topics.as_ref().is_none_or(|all| all.contains(topic));
        entry.topics.iter().any(is_named)
    }

    pub(crate) fn accepts(&self, entry: &Entry) -> bool {
        self.has_topic_of(entry) && entry.number.is_multiple_of(self.divisor)
    }
}

/// A position in one of the lives of a log. Position 0 is before the first entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) life: usize,
    pub(crate) position: u64,
}

/// A log from one loss of its newest entries to the next.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) epoch: u64,
    /// The entry at position 1 is the first. Entries that were trimmed stay here.
    entries: Vec<Entry>,
    /// The position of the oldest entry that the log still has.
    pub(crate) floor: u64,
    /// The number of entries from the life before whose IDs are still those of the same entries.
    kept: u64,
}

impl Life {
    pub(crate) fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn entry(&self, position: u64) -> &Entry {
        &self.entries[position as usize - 1]
    }

    /// The topics of the entries that the log has lost.
    pub(crate) fn lost_topics(&self) -> HashSet<u64> {
        let lost = self.between(1, self.floor - 1);
        lost.flat_map(|entry| entry.topics.iter().copied())
            .collect()
    }

    /// The entries at the positions from `first` to `last`.
    pub(crate) fn between(&self, first: u64, last: u64) -> impl Iterator<Item = &Entry> {
        let last = last.min(self.head());
        (first.max(1)..=last).map(|position| self.entry(position))
    }
}

/// All lives of a log, and the IDs that were seen.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) lives: Vec<Life>,
    /// The text of each epoch in IDs.
    epochs: HashMap<u64, String>,
    /// The check bits of an entry in IDs, by epoch and event.
    checks: HashMap<(u64, u64), String>,
}

impl History {
    pub(crate) fn new(epoch: u64) -> Self {
        let mut history = Self {
            lives: Vec::new(),
            epochs: HashMap::new(),
            checks: HashMap::new(),
        };
        history.begin_life(epoch, 0);
        history
    }

    /// The number of the present life.
    pub(crate) fn present(&self) -> usize {
        self.lives.len() - 1
    }

    pub(crate) fn life(&self) -> &Life {
        &self.lives[self.present()]
    }

    pub(crate) fn life_mut(&mut self) -> &mut Life {
        self.lives.last_mut().expect("there is always one")
    }

    /// The log loses all but its first `length` entries.
    pub(crate) fn begin_life(&mut self, epoch: u64, length: u64) {
        let (mut entries, mut floor, mut kept) = (Vec::new(), 1, 0);
        if let Some(last) = self.lives.last() {
            entries.extend_from_slice(&last.entries[..length as usize]);
            floor = last.floor.min(length + 1);
            kept = if epoch == last.epoch { length } else { 0 };
        }
        self.lives.push(Life {
            epoch,
            entries,
            floor,
            kept,
        });
    }

    pub(crate) fn append(&mut self, entry: Entry) -> Place {
        let life = self.present();
        self.life_mut().entries.push(entry);
        let position = self.life().head();
        Place { life, position }
    }

    /// Returns the lives with the epoch of `life`, with their numbers: that life, the later ones, and those from
    /// `oldest` on.
    pub(crate) fn lives_of_epoch(
        &self,
        life: usize,
        oldest: usize,
    ) -> impl Iterator<Item = (usize, &Life)> {
        let lives = self.lives.iter().enumerate().skip(life.min(oldest));
        lives.filter(move |(_, log)| log.epoch == self.lives[life].epoch)
    }

    /// Returns the place of an event with this ID, in the life `oldest` of the log or the next possible one.
    pub(crate) fn place(&self, id: &str, number: u64, oldest: usize) -> Place {
        let (epoch, position, _) = parts(id);
        let is_in = |life: &usize| {
            let log = &self.lives[*life];
            let known = self.epochs.get(&log.epoch);
            known.is_none_or(|known| known == epoch)
                && (1..=log.head()).contains(&position)
                && log.entry(position).number == number
        };
        let life = (oldest..self.lives.len()).find(is_in);
        let life = life.unwrap_or_else(|| panic!("event {number} never was at {id}"));
        Place { life, position }
    }

    /// Returns whether this ID also names the same place in another life of the log.
    pub(crate) fn is_of(&self, place: Place, life: usize) -> bool {
        let (older, newer) = (place.life.min(life), place.life.max(life));
        let lives = &self.lives[older + 1..=newer];
        lives
            .iter()
            .all(|life| place.position <= life.kept && life.epoch == self.lives[older].epoch)
    }

    /// Compares an ID with those of the same place and of the same epoch that were seen before.
    pub(crate) fn check_id(&mut self, id: &str, place: Place) {
        let (epoch, position, check) = parts(id);
        assert_eq!(position, place.position, "the position in {id}");
        let life = &self.lives[place.life];
        let known = self.epochs.entry(life.epoch).or_insert(epoch.to_owned());
        assert_eq!(epoch, known, "the epoch in {id}");
        let same = self.epochs.values().filter(|known| *known == epoch);
        assert_eq!(same.count(), 1, "two epochs are {epoch}");
        if let Some(check) = check {
            let key = (life.epoch, life.entry(position).number);
            let known = self.checks.entry(key).or_insert(check.to_owned());
            assert_eq!(check, known, "the check bits in {id}");
        }
    }

    /// Returns the text of the present epoch in IDs, if an ID was seen.
    pub(crate) fn epoch_text(&self) -> Option<&str> {
        self.epochs.get(&self.life().epoch).map(String::as_str)
    }
}

/// The parts of an ID: epoch, position and check bits.
pub(crate) fn parts(id: &str) -> (&str, u64, Option<&str>) {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(id.chars().all(is_allowed), "{id}");
    assert!((1..=128).contains(&id.len()), "{id}");
    let mut parts = id.split('-');
    let (epoch, position) = (parts.next().unwrap(), parts.next().unwrap());
    let position = position.parse().expect("a position");
    (epoch, position, parts.next())
}
