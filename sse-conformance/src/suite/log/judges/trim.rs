//! Judges logs whose oldest entries were removed.

use crate::suite::log::adapter::NewEntry;
use crate::suite::log::judged::{Judged, Unmet, ensure, ensure_equal};
use crate::suite::log::judges::common::{
    are, are_dense, begins_at, has_bounds, has_check, is_empty,
};
use crate::suite::log::subject::{Journal, Subject, shown_page};

const COUNT: u64 = 12;

/// A log whose oldest entries were removed.
struct Trimmed {
    journal: Journal,
    entries: Vec<NewEntry>,
    epoch: u64,
    floor: u64,
}

/// Removes the entries before this position, or more of them.
fn trimmed(subject: &Subject, floor: u64) -> Result<Trimmed, Unmet> {
    let (journal, entries, appended) = subject.filled(COUNT as usize)?;
    let floor = journal.trim(floor)?;
    ensure(
        floor <= COUNT + 1,
        "the floor is beyond the head",
        format!("a floor of {} at most", COUNT + 1),
        || format!("a floor of {floor}"),
    )?;
    Ok(Trimmed {
        journal,
        entries,
        epoch: appended[0].epoch,
        floor,
    })
}

pub(crate) fn read_begins_at_floor(subject: &Subject) -> Judged {
    let Trimmed { journal, floor, .. } = trimmed(subject, 5)?;
    for from in [1, 2, 4, 5] {
        let page = journal.read(from)?;
        if floor > COUNT {
            is_empty(&page)?;
        } else {
            begins_at(&page, from.max(floor))?;
        }
    }
    Ok(())
}

pub(crate) fn floor_is_stated(subject: &Subject) -> Judged {
    let Trimmed { journal, floor, .. } = trimmed(subject, 5)?;
    for page in [
        journal.read(1)?,
        journal.read(COUNT)?,
        journal.read(COUNT + 1)?,
        journal.tail(None)?,
        journal.tail(Some(1))?,
        journal.tail(Some(COUNT - 1))?,
        journal.tail(Some(COUNT))?,
    ] {
        has_bounds(&page, floor, COUNT)?;
    }
    Ok(())
}

pub(crate) fn others_stay(subject: &Subject) -> Judged {
    let Trimmed {
        journal,
        entries,
        floor,
        ..
    } = trimmed(subject, 5)?;
    are(&journal.read_all()?, &entries[floor as usize - 1..], floor)
}

pub(crate) fn tail_begins_at_floor(subject: &Subject) -> Judged {
    let Trimmed {
        journal,
        mut entries,
        floor,
        ..
    } = trimmed(subject, 5)?;
    let more = subject.entries(1);
    journal.append_all(&more)?;
    entries.extend(more);
    for after in [0, 1, 3] {
        let page = journal.tail(Some(after))?;
        begins_at(&page, floor)?;
    }
    Ok(())
}

pub(crate) fn no_check_of_trimmed(subject: &Subject) -> Judged {
    let Trimmed { journal, floor, .. } = trimmed(subject, 5)?;
    for after in 0..floor {
        has_check(&journal.tail(Some(after))?, None)?;
    }
    Ok(())
}

pub(crate) fn check_of_floor(subject: &Subject) -> Judged {
    let Trimmed {
        journal,
        entries,
        floor,
        ..
    } = trimmed(subject, 5)?;
    for after in floor..=COUNT {
        let check = entries[after as usize - 1].check;
        has_check(&journal.tail(Some(after))?, Some(check))?;
    }
    Ok(())
}

pub(crate) fn positions_go_on(subject: &Subject) -> Judged {
    go_on(subject, 5)
}

pub(crate) fn all_are_trimmed(subject: &Subject) -> Judged {
    let Trimmed { journal, .. } = trimmed(subject, COUNT + 1)?;
    for page in [
        journal.read(1)?,
        journal.tail(None)?,
        journal.tail(Some(3))?,
    ] {
        has_bounds(&page, COUNT + 1, COUNT)?;
        ensure(
            page.entries.is_empty(),
            "a removed entry is read",
            "no entry",
            || shown_page(&page),
        )?;
    }
    go_on(subject, COUNT + 1)
}

/// Appends to a log after it was trimmed.
fn go_on(subject: &Subject, floor: u64) -> Judged {
    let Trimmed { journal, epoch, .. } = trimmed(subject, floor)?;
    let entries = subject.entries(3);
    let appended = journal.append_all(&entries)?;
    are_dense(appended.iter().map(|place| place.position), COUNT + 1)?;
    for place in &appended {
        ensure_equal("the epoch", place.epoch, epoch)?;
    }
    let page = journal.read(COUNT + 1)?;
    ensure_equal("the epoch", page.epoch, epoch)?;
    begins_at(&page, COUNT + 1)
}
