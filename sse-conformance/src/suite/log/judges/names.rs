//! Judges that logs with different names have nothing in common.

use std::thread;

use crate::suite::log::judged::{Judged, ensure};
use crate::suite::log::judges::common::{SHORT, are, are_dense, is};
use crate::suite::log::subject::{Subject, shown_page};

pub(crate) fn are_apart(subject: &Subject) -> Judged {
    let (one, other) = (subject.empty(), subject.empty());
    let (mut in_one, mut in_other) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        for (journal, entries, count) in [(&one, &mut in_one, 2), (&other, &mut in_other, 3)] {
            let new = subject.entries(count);
            let first = entries.len() as u64 + 1;
            let appended = journal.append_all(&new)?;
            are_dense(appended.iter().map(|place| place.position), first)?;
            entries.extend(new);
        }
    }
    are(&one.read_all()?, &in_one, 1)?;
    are(&other.read_all()?, &in_other, 1)
}

pub(crate) fn are_alike(subject: &Subject) -> Judged {
    let names = [
        "a", "A", "a ", "a:", "a:b", "a/b", "a-1", "ä", "a\u{308}", "*",
    ];
    let logs: Vec<_> = names
        .iter()
        .map(|name| (subject.named(name), subject.entries(1)))
        .collect();
    for (journal, entries) in &logs {
        journal.append_all(entries)?;
    }
    for (journal, entries) in &logs {
        are(&journal.read_all()?, entries, 1)?;
    }
    Ok(())
}

pub(crate) fn tails_are_apart(subject: &Subject) -> Judged {
    let (journal, ..) = subject.filled(1)?;
    let (other, ..) = subject.filled(1)?;
    let tail = journal.begin_tail(Some(1));
    thread::sleep(SHORT);
    other.append_all(&subject.entries(1))?;
    // It does not end the wait, or it ends it without an entry.
    let page = journal.end_tail(Some(1), tail)?.value;
    ensure(
        page.entries.is_empty(),
        "an entry of another log arrives",
        "no entry",
        || shown_page(&page),
    )?;
    let entries = subject.entries(1);
    journal.append_all(&entries)?;
    let page = journal.tail(Some(1))?;
    page.entries
        .iter()
        .zip(&entries)
        .try_for_each(|(stored, entry)| is(stored, entry))
}
