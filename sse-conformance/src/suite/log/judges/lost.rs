//! Judges logs that lost entries: deleted ones, older copies, and restarts.

use std::thread;
use std::time::Instant;

use crate::suite::log::adapter::{Action, Appended, NewEntry, Page};
use crate::suite::log::judged::{Judged, Unmet, ensure, ensure_equal, wrong};
use crate::suite::log::judges::common::{SHORT, are, are_dense, has_bounds, is};
use crate::suite::log::subject::{Journal, Subject, shown_page};

/// A reader's knowledge of a log: the place of the newest entry that it has read.
#[derive(Clone, Copy)]
struct Known(Appended);

impl Known {
    fn newest(appended: &[Appended]) -> Result<Self, Unmet> {
        let newest = appended.last().copied();
        newest
            .map(Self)
            .ok_or_else(|| wrong("nothing was appended", "an entry", "none"))
    }

    /// Returns whether the reader learns from this page that the log has lost the entry.
    fn is_told(&self, page: &Page) -> bool {
        let Self(newest) = self;
        page.epoch != newest.epoch
            || page.head < newest.position
            || page.check_before.is_some_and(|check| check != newest.check)
    }

    /// Checks that a reader who goes on after the entry is told that the log has lost it.
    fn ensure_told(&self, journal: &Journal) -> Judged {
        let Self(newest) = self;
        let page = journal.tail(Some(newest.position))?;
        ensure(
            self.is_told(&page),
            "a reader does not learn that entries were lost",
            format!(
                "another epoch than {}, a head below {}, or other check bits than {:#010x}",
                newest.epoch, newest.position, newest.check
            ),
            || shown_page(&page),
        )
    }
}

fn ensure_other_epoch(seen: u64, old: u64) -> Judged {
    ensure(
        seen != old,
        "the epoch is that from before the loss",
        format!("another epoch than {old}"),
        || format!("epoch {seen}"),
    )
}

// Deleted logs.

pub(crate) fn deleted_epoch_is_read(subject: &Subject) -> Judged {
    let (journal, _, appended) = subject.filled(3)?;
    journal.delete()?;
    for page in [
        journal.tail(None)?,
        journal.read(1)?,
        journal.tail(Some(3))?,
    ] {
        ensure_other_epoch(page.epoch, appended[0].epoch)?;
    }
    Ok(())
}

pub(crate) fn deleted_epoch_is_appended(subject: &Subject) -> Judged {
    let (journal, _, before) = subject.filled(3)?;
    journal.delete()?;
    let after = journal.append_all(&subject.entries(5))?;
    for place in &after {
        ensure_other_epoch(place.epoch, before[0].epoch)?;
    }
    ensure_other_epoch(journal.read(1)?.epoch, before[0].epoch)
}

pub(crate) fn deleted_epoch_each_time(subject: &Subject) -> Judged {
    let journal = subject.empty();
    let mut epochs = Vec::new();
    for _ in 0..5 {
        let epoch = journal.append_all(&subject.entries(1))?[0].epoch;
        ensure(
            !epochs.contains(&epoch),
            "an epoch comes again",
            "another epoch each time",
            || format!("epoch {epoch} twice"),
        )?;
        epochs.push(epoch);
        journal.delete()?;
    }
    Ok(())
}

pub(crate) fn deleted_is_empty(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    journal.delete()?;
    let page = journal.tail(None)?;
    has_bounds(&page, 1, 0)?;
    let entries = subject.entries(2);
    journal.append_all(&entries)?;
    are(&journal.read_all()?, &entries, 1)
}

/// The log is not used after the deletion, so that only the waiting reader can notice it.
pub(crate) fn deleted_ends_tail(subject: &Subject) -> Judged {
    let (journal, _, appended) = subject.filled(3)?;
    let tail = journal.begin_tail(Some(3));
    thread::sleep(SHORT);
    journal.delete()?;
    let deadline = Instant::now() + subject.limit();
    let mut page = journal.end_tail(Some(3), tail)?.value;
    // The wait may have ended before the deletion.
    while page.epoch == appended[0].epoch {
        ensure(
            Instant::now() < deadline,
            "a reader that waits does not learn of the deletion",
            "another epoch",
            || shown_page(&page),
        )?;
        page = journal.tail(Some(3))?;
    }
    Ok(())
}

pub(crate) fn deleted_alone(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    let (other, entries, appended) = subject.filled(4)?;
    journal.delete()?;
    are(&other.read_all()?, &entries, 1)?;
    ensure_equal("the epoch", other.tail(None)?.epoch, appended[0].epoch)
}

// Older copies.

/// A log that came back as it was before its newest entries.
struct Restored {
    journal: Journal,
    kept: Vec<NewEntry>,
    known: Known,
}

fn restored(subject: &Subject) -> Result<Restored, Unmet> {
    let (journal, kept, _) = subject.filled(3)?;
    subject.control(Action::Save)?;
    let appended = journal.append_all(&subject.entries(3))?;
    let known = Known::newest(&appended)?;
    subject.control_and_settle(Action::Restore)?;
    Ok(Restored {
        journal,
        kept,
        known,
    })
}

pub(crate) fn restored_is_told(subject: &Subject) -> Judged {
    let Restored { journal, known, .. } = restored(subject)?;
    known.ensure_told(&journal)
}

/// Nothing is read between the loss and the new entries, which reach beyond the lost ones.
pub(crate) fn restored_is_told_later(subject: &Subject) -> Judged {
    let Restored { journal, known, .. } = restored(subject)?;
    let appended = journal.append_all(&subject.entries(5))?;
    known.ensure_told(&journal)?;
    ids_are_new(&journal, known, &appended)
}

/// Checks that new entries have other IDs than the lost ones: another epoch, or check bits that are compared.
fn ids_are_new(journal: &Journal, known: Known, appended: &[Appended]) -> Judged {
    let Known(newest) = known;
    let page = journal.tail(None)?;
    let is_old =
        |place: &&Appended| place.epoch == newest.epoch && place.position <= newest.position;
    match appended.iter().find(is_old) {
        Some(place) if page.epoch != newest.epoch => Err(wrong(
            "a new entry has the place of a lost one",
            format!("another epoch than {}", newest.epoch),
            format!("position {} in epoch {}", place.position, place.epoch),
        )),
        _ => Ok(()),
    }
}

pub(crate) fn restored_epoch(subject: &Subject) -> Judged {
    let Restored { journal, known, .. } = restored(subject)?;
    ensure_other_epoch(journal.tail(None)?.epoch, known.0.epoch)
}

pub(crate) fn restored_has_no_hole(subject: &Subject) -> Judged {
    let Restored { journal, kept, .. } = restored(subject)?;
    let entries = subject.entries(4);
    journal.append_all(&entries)?;
    let page = journal.tail(None)?;
    let stored = journal.read_all()?;
    are_dense(stored.iter().map(|entry| entry.position), page.floor)?;
    // The newest are the new ones. Those of the copy may be given up.
    let old = stored.len().saturating_sub(entries.len());
    ensure(
        stored.len() >= entries.len() && old <= kept.len(),
        "the number of entries is wrong",
        format!(
            "{} to {} entries",
            entries.len(),
            kept.len() + entries.len()
        ),
        || format!("{} entries", stored.len()),
    )?;
    let expected = kept[kept.len() - old..].iter().chain(&entries);
    stored
        .iter()
        .zip(expected)
        .try_for_each(|(stored, entry)| is(stored, entry))
}

// Restarts.

pub(crate) fn restart_goes_on(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    subject.control_and_settle(Action::Restart)?;
    let entries = subject.entries(3);
    let appended = journal.append_all(&entries)?;
    let page = journal.read(appended[0].position)?;
    for (stored, entry) in page.entries.iter().zip(&entries) {
        is(stored, entry)?;
    }
    ensure(
        !page.entries.is_empty(),
        "the new entries are not read",
        "a page with the first new entry",
        || shown_page(&page),
    )
}

pub(crate) fn restart_loss_is_told(subject: &Subject) -> Judged {
    let (journal, entries, appended) = subject.filled(5)?;
    subject.control_and_settle(Action::Restart)?;
    let known = Known::newest(&appended)?;
    let page = journal.tail(Some(5))?;
    if !known.is_told(&page) {
        return are(&journal.read_all()?, &entries, 1);
    }
    journal.append_all(&subject.entries(7))?;
    known.ensure_told(&journal)
}

pub(crate) fn restart_ids_are_new(subject: &Subject) -> Judged {
    let (journal, _, mut places) = subject.filled(5)?;
    for _ in 0..3 {
        subject.control_and_settle(Action::Restart)?;
        let known = Known::newest(&places)?;
        let appended = journal.append_all(&subject.entries(7))?;
        let is_told = known.is_told(&journal.tail(Some(known.0.position))?);
        for place in appended {
            let same = |old: &&Appended| (old.epoch, old.position) == (place.epoch, place.position);
            ensure(
                !places.iter().any(|old| same(&old))
                    || is_told && place.epoch == journal.tail(None)?.epoch,
                "a position is given out again in its epoch",
                "each position for one entry",
                || format!("position {} in epoch {} twice", place.position, place.epoch),
            )?;
            places.push(place);
        }
    }
    Ok(())
}
