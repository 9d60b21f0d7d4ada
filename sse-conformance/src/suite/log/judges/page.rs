//! Judges pages: where they begin, what they say of the log, and logs without entries.

use std::thread;

use crate::suite::log::judged::{Judged, ensure_equal};
use crate::suite::log::judges::common::{are, are_dense, begins_at, has_bounds, is_empty, joined};
use crate::suite::log::subject::Subject;

/// The number of entries in most logs of this module.
const COUNT: u64 = 12;

pub(crate) fn is_contiguous(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(300)?;
    for from in [1, 2, 100, 299] {
        let page = journal.read(from)?;
        are_dense(page.entries.iter().map(|entry| entry.position), from)?;
    }
    Ok(())
}

pub(crate) fn begins_at_from(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(COUNT as usize)?;
    for from in 1..=COUNT {
        let page = journal.read(from)?;
        begins_at(&page, from)?;
        let expected = &entries[from as usize - 1..];
        are(
            &page.entries,
            &expected[..page.entries.len().min(expected.len())],
            from,
        )?;
    }
    Ok(())
}

pub(crate) fn states_bounds(subject: &Subject) -> Judged {
    let journal = subject.empty();
    for head in 1..=4 {
        journal.append_all(&subject.entries(1))?;
        for page in [
            journal.read(1)?,
            journal.tail(None)?,
            journal.tail(Some(0))?,
        ] {
            has_bounds(&page, 1, head)?;
        }
    }
    Ok(())
}

pub(crate) fn from_zero(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    begins_at(&journal.read(0)?, 1)
}

pub(crate) fn after_head(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    for from in [4, 5, 100] {
        let page = journal.read(from)?;
        is_empty(&page)?;
        has_bounds(&page, 1, 3)?;
    }
    Ok(())
}

pub(crate) fn far_after_head(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    for from in [1 << 31, 1 << 32, 1 << 53, 1 << 63, u64::MAX - 1, u64::MAX] {
        let page = journal.read(from)?;
        is_empty(&page)?;
        has_bounds(&page, 1, 3)?;
    }
    Ok(())
}

pub(crate) fn states_epoch(subject: &Subject) -> Judged {
    let (journal, _, appended) = subject.filled(3)?;
    let epoch = appended[0].epoch;
    for page in [
        journal.read(1)?,
        journal.read(4)?,
        journal.tail(None)?,
        journal.tail(Some(0))?,
    ] {
        ensure_equal("the epoch", page.epoch, epoch)?;
    }
    Ok(())
}

pub(crate) fn many_readers(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(100)?;
    thread::scope(|scope| {
        let readers: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| are(&journal.read_all()?, &entries, 1)))
            .collect();
        readers.into_iter().try_for_each(joined)
    })
}

pub(crate) fn empty_read(subject: &Subject) -> Judged {
    let page = subject.empty().read(1)?;
    is_empty(&page)?;
    has_bounds(&page, 1, 0)
}

pub(crate) fn empty_tail(subject: &Subject) -> Judged {
    let journal = subject.empty();
    for after in [None, Some(0)] {
        let page = journal.tail(after)?;
        is_empty(&page)?;
        has_bounds(&page, 1, 0)?;
    }
    Ok(())
}

pub(crate) fn empty_epoch(subject: &Subject) -> Judged {
    let journal = subject.empty();
    let epoch = journal.tail(None)?.epoch;
    let appended = journal.append_all(&subject.entries(1))?;
    ensure_equal("the epoch of the first entry", appended[0].epoch, epoch)
}
