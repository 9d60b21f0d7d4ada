//! Judges tails: what they return, when they return, and the check bits that they compare.

use std::thread;
use std::time::Duration;

use crate::suite::log::judged::{Judged, ensure};
use crate::suite::log::judges::common::{
    SHORT, are, begins_at, follow, has_bounds, has_check, is_empty, joined,
};
use crate::suite::log::subject::{Subject, shown_page};
use crate::text::seconds;

pub(crate) fn without_position(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    let page = journal.tail(None)?;
    is_empty(&page)?;
    has_bounds(&page, 1, 3)
}

/// It is compared with a tail that waits. The machine may be busy for a while, so the shortest of several counts.
pub(crate) fn is_immediate(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(1)?;
    let quiet = journal.timed_tail(Some(1))?.elapsed;
    let mut shortest = quiet;
    for _ in 0..5 {
        let elapsed = journal.timed_tail(None)?.elapsed;
        shortest = shortest.min(elapsed);
        if shortest < quiet / 2 || quiet < Duration::from_millis(100) {
            return Ok(());
        }
    }
    ensure(
        false,
        "the answer waits for news",
        format!(
            "an answer sooner than that of a quiet log, {}",
            seconds(quiet)
        ),
        || seconds(shortest),
    )
}

pub(crate) fn entries_after(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(8)?;
    for after in 1..8 {
        let page = journal.tail(Some(after))?;
        begins_at(&page, after + 1)?;
        has_bounds(&page, 1, 8)?;
        let expected = &entries[after as usize..];
        are(
            &page.entries,
            &expected[..page.entries.len().min(expected.len())],
            after + 1,
        )?;
    }
    Ok(())
}

pub(crate) fn from_start(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(8)?;
    are(&follow(&journal, 0, 8)?, &entries, 1)
}

pub(crate) fn new_entry_arrives(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(1)?;
    for position in 2..5 {
        let reader = journal.clone();
        let entries = subject.entries(1);
        let read = thread::scope(|scope| {
            let reader = scope.spawn(move || follow(&reader, position - 1, 1));
            thread::sleep(SHORT);
            journal.append_all(&entries)?;
            joined(reader)
        })?;
        are(&read, &entries, position)?;
    }
    Ok(())
}

/// A tail that missed an entry although it ended long after the entry was appended did not wait for it.
pub(crate) fn new_entry_wakes(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(1)?;
    let late = subject.limit() / 10;
    for position in 1..4 {
        let tail = journal.begin_tail(Some(position));
        thread::sleep(SHORT);
        let appended = journal.begin_append(&subject.entries(1)).end()?;
        let page = journal.end_tail(Some(position), tail)?;
        let waited = page.at.saturating_duration_since(appended.at);
        ensure(
            !page.value.entries.is_empty() || waited < late,
            "the new entry does not end the wait",
            "a page with the new entry",
            || {
                let page = shown_page(&page.value);
                format!("{} after the entry was appended: {page}", seconds(waited))
            },
        )?;
    }
    Ok(())
}

pub(crate) fn quiet_ends(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(2)?;
    let page = journal.tail(Some(2))?;
    is_empty(&page)?;
    has_bounds(&page, 1, 2)
}

pub(crate) fn quiet_waits(subject: &Subject) -> Judged {
    const LEAST: Duration = Duration::from_millis(10);
    let (journal, ..) = subject.filled(1)?;
    let elapsed = journal.timed_tail(Some(1))?.elapsed;
    ensure(
        elapsed >= LEAST,
        "the answer does not wait for news",
        format!("{} or more", seconds(LEAST)),
        || seconds(elapsed),
    )
}

pub(crate) fn check_before(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(6)?;
    for (after, entry) in (1..6).zip(&entries) {
        has_check(&journal.tail(Some(after))?, Some(entry.check))?;
    }
    Ok(())
}

pub(crate) fn check_before_quiet(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(3)?;
    has_check(&journal.tail(Some(3))?, Some(entries[2].check))
}

pub(crate) fn no_check_of_nothing(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    has_check(&journal.tail(Some(0))?, None)?;
    has_check(&journal.tail(Some(5))?, None)?;
    has_check(&journal.tail(None)?, None)
}

pub(crate) fn after_head(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(3)?;
    let tail = journal.begin_tail(Some(10));
    thread::sleep(SHORT);
    journal.append_all(&subject.entries(1))?;
    let page = journal.end_tail(Some(10), tail)?.value;
    is_empty(&page)?;
    for after in [1 << 53, u64::MAX - 1, u64::MAX] {
        let page = journal.tail(Some(after))?;
        is_empty(&page)?;
        has_bounds(&page, 1, 4)?;
    }
    Ok(())
}

pub(crate) fn each_once(subject: &Subject) -> Judged {
    readers_and_writer(subject, 1)
}

pub(crate) fn many_readers(subject: &Subject) -> Judged {
    readers_and_writer(subject, 16)
}

/// Has readers follow a log while entries are appended to it.
fn readers_and_writer(subject: &Subject, readers: usize) -> Judged {
    const BATCHES: usize = 20;
    const BATCH: usize = 5;
    let journal = subject.empty();
    let entries = subject.entries(BATCHES * BATCH);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..readers)
            .map(|_| scope.spawn(|| follow(&journal, 0, entries.len())))
            .collect();
        thread::sleep(SHORT);
        for batch in entries.chunks(BATCH) {
            journal.append_all(batch)?;
        }
        readers
            .into_iter()
            .try_for_each(|reader| are(&joined(reader)?, &entries, 1))
    })
}
