//! Judges calls while the backend does not answer, and the log after it.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::suite::log::adapter::{Action, AppendError, Appended, NewEntry, Page, StoredEntry};
use crate::suite::log::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::log::judges::common::{SHORT, are_dense, is};
use crate::suite::log::subject::{
    Journal, Results, Subject, shown_error, shown_page, shown_positions,
};

/// The observation of a stall. It is played once, because it takes as long as the calls take to fail.
#[derive(Debug, Default)]
pub(crate) struct Stall(OnceLock<(Result<Seen, Unmet>, String)>);

impl Stall {
    /// Returns the observation, and the calls for the reports.
    pub(crate) fn seen(&self, subject: &Subject) -> (Result<&Seen, Unmet>, String) {
        let (seen, given) = self.0.get_or_init(|| (play(subject), subject.given()));
        (seen.as_ref().map_err(Clone::clone), given.clone())
    }
}

/// The observation of a stall.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The entries before the stall, and their places.
    before: (Vec<NewEntry>, Vec<Appended>),
    /// The entries that were appended during the stall, and their results.
    during: (Vec<NewEntry>, Result<Results, Unmet>),
    read: Result<Result<Page, String>, Unmet>,
    /// A tail that had begun before the stall, and one that began during it.
    waiting: Result<Result<Page, String>, Unmet>,
    tail: Result<Result<Page, String>, Unmet>,
    /// The first entry that was appended after the stall, or the last error.
    after: Result<(NewEntry, Appended), String>,
    /// The result of waiting until all kinds of calls succeed again.
    settled: Judged,
    /// All entries, some time after the stall.
    stored: Result<Vec<StoredEntry>, Unmet>,
    epoch: Option<u64>,
}

fn play(subject: &Subject) -> Result<Seen, Unmet> {
    let (journal, entries, appended) = subject.filled(3)?;
    let waiting = journal.begin_tail(Some(3));
    thread::sleep(SHORT);
    subject.control(Action::Stall)?;
    let during = subject.entries(2);
    let append = journal.begin_append(&during);
    let read = journal.begin_read(1);
    let tail = journal.begin_tail(Some(3));
    let read = read.end().map(|ended| ended.value);
    let tail = tail.end().map(|ended| ended.value);
    let waiting = waiting.end().map(|ended| ended.value);
    let results = append.end().map(|ended| ended.value);
    // The stall ends whatever was seen, or the other cases would fail.
    subject.control(Action::Resume)?;
    let after = goes_on(subject, &journal);
    let settled = subject.settle(Action::Resume.name());
    // An entry whose write was only held back may come later than the next one.
    thread::sleep(Duration::from_millis(200));
    Ok(Seen {
        before: (entries, appended),
        during: (during, results),
        read,
        waiting,
        tail,
        after,
        settled,
        stored: journal.read_all(),
        epoch: journal.tail(None).ok().map(|page| page.epoch),
    })
}

/// Appends entries until one is appended.
fn goes_on(subject: &Subject, journal: &Journal) -> Result<(NewEntry, Appended), String> {
    // A client may wait before it connects again.
    let deadline = Instant::now() + 2 * subject.limit();
    loop {
        let entry = subject.entries(1).remove(0);
        let results = journal.append_all(std::slice::from_ref(&entry));
        let error = match results.as_deref() {
            Ok([place]) => return Ok((entry, *place)),
            Err(Unmet::Wrong(wrong)) => wrong.seen.clone(),
            _ => "no result".to_owned(),
        };
        if Instant::now() >= deadline {
            return Err(error);
        }
        thread::sleep(SHORT);
    }
}

impl Seen {
    fn stored(&self) -> Result<&[StoredEntry], Unmet> {
        self.stored.as_deref().map_err(Clone::clone)
    }

    /// Returns the positions at which an entry is stored.
    fn positions(&self, entry: &NewEntry) -> Result<Vec<u64>, Unmet> {
        let same = |stored: &&StoredEntry| stored.text == entry.text;
        let stored = self.stored()?.iter().filter(same);
        Ok(stored.map(|stored| stored.position).collect())
    }
}

pub(crate) fn append_ends(seen: &Seen) -> Judged {
    let (entries, results) = &seen.during;
    let results = results.as_ref().map_err(Clone::clone)?;
    ensure(
        results.len() == entries.len(),
        "there is not one result for each entry",
        format!("{} results", entries.len()),
        || format!("{} results", results.len()),
    )
}

/// A store may have the entries in a cache.
pub(crate) fn read_ends(seen: &Seen) -> Judged {
    match &seen.read {
        Ok(Ok(page)) => page
            .entries
            .iter()
            .zip(&seen.before.0)
            .try_for_each(|(stored, entry)| is(stored, entry)),
        Ok(Err(_)) => Ok(()),
        Err(unmet) => Err(unmet.clone()),
    }
}

pub(crate) fn tail_ends(seen: &Seen) -> Judged {
    match &seen.tail {
        Ok(Ok(page)) => Err(wrong(
            "an answer comes although the backend gave none",
            "an error",
            shown_page(page),
        )),
        Ok(Err(_)) => Ok(()),
        Err(unmet) => Err(unmet.clone()),
    }
}

/// The wait may have ended just before the stall began, so an answer is accepted.
pub(crate) fn waiting_tail_ends(seen: &Seen) -> Judged {
    seen.waiting.as_ref().map(drop).map_err(Clone::clone)
}

pub(crate) fn errors_are_true(seen: &Seen) -> Judged {
    let (entries, results) = &seen.during;
    let Ok(results) = results else {
        // Another case reports it.
        return Ok(());
    };
    for (entry, result) in entries.iter().zip(results) {
        let positions = seen.positions(entry)?;
        match result {
            Err(error @ AppendError::NotAppended(_)) => ensure(
                positions.is_empty(),
                "an entry that was called `not appended` is in the log",
                "no such entry, or an unknown result",
                || format!("{}; {}", shown_error(error), shown_positions(positions)),
            )?,
            Ok(place) => ensure(
                positions.contains(&place.position),
                "an entry that was called appended is not in the log",
                format!("an entry at {}", place.position),
                || shown_positions(positions),
            )?,
            Err(AppendError::Unknown(_)) => {}
        }
    }
    Ok(())
}

pub(crate) fn nothing_is_doubled(seen: &Seen) -> Judged {
    let stored = seen.stored()?;
    are_dense(
        stored.iter().map(|entry| entry.position),
        stored.first().map_or(1, |entry| entry.position),
    )?;
    for entry in seen.before.0.iter().chain(&seen.during.0) {
        let positions = seen.positions(entry)?;
        ensure(
            positions.len() <= 1,
            "an entry is in the log twice",
            "each entry once",
            || shown_positions(positions),
        )?;
    }
    Ok(())
}

pub(crate) fn nothing_is_lost(seen: &Seen) -> Judged {
    let (entries, appended) = &seen.before;
    if appended.iter().any(|place| Some(place.epoch) != seen.epoch) {
        // The log says that it may have lost entries.
        return Ok(());
    }
    let stored = seen.stored()?;
    for (entry, place) in entries.iter().zip(appended) {
        let found = stored.iter().find(|found| found.position == place.position);
        let Some(found) = found else {
            return Err(wrong(
                "an entry from before the stall is lost",
                format!("an entry at {}", place.position),
                shown_positions(stored.iter().map(|entry| entry.position)),
            ));
        };
        is(found, entry)?;
    }
    Ok(())
}

pub(crate) fn log_goes_on(seen: &Seen) -> Judged {
    let (entry, place) = seen.after.as_ref().map_err(|error| {
        wrong(
            "no entry can be appended after the stall",
            "an appended entry",
            error,
        )
    })?;
    seen.settled.clone()?;
    let positions = seen.positions(entry)?;
    ensure(
        positions == [place.position],
        "the entry after the stall is not where its result says",
        format!("an entry at {}", place.position),
        || shown_positions(positions),
    )
}
