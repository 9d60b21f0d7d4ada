//! Comparisons that several judges share.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::suite::log::adapter::{Appended, NewEntry, Page, StoredEntry};
use crate::suite::log::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::log::subject::{Journal, shown_page, shown_positions};
use crate::text::brief;

/// The time in which a call that has begun on another thread reaches the log, usually.
pub(crate) const SHORT: Duration = Duration::from_millis(30);

/// Checks that positions follow one another from `first` on.
pub(crate) fn are_dense(positions: impl IntoIterator<Item = u64>, first: u64) -> Judged {
    let positions: Vec<u64> = positions.into_iter().collect();
    let holds = (first..)
        .zip(&positions)
        .all(|(expected, seen)| expected == *seen);
    ensure(
        holds,
        "the positions do not follow one another",
        match positions.len() {
            0 => "no entry".to_owned(),
            count => shown_positions(first..first.saturating_add(count as u64)),
        },
        || shown_positions(positions),
    )
}

/// Checks that these are the entries, at positions from `first` on.
pub(crate) fn are(stored: &[StoredEntry], entries: &[NewEntry], first: u64) -> Judged {
    let positions = || stored.iter().map(|entry| entry.position);
    are_dense(positions(), first)?;
    ensure(
        stored.len() == entries.len(),
        "the number of entries is wrong",
        format!("{} entries", entries.len()),
        || format!("{} entries: {}", stored.len(), shown_positions(positions())),
    )?;
    stored
        .iter()
        .zip(entries)
        .try_for_each(|(stored, entry)| is(stored, entry))
}

/// Checks that this is the entry that was appended. The order of its topics does not count.
pub(crate) fn is(stored: &StoredEntry, entry: &NewEntry) -> Judged {
    let at = format!("of the entry at {}", stored.position);
    let text = |text: &str| format!("{} bytes: {}", text.len(), brief(&format!("{text:?}")));
    ensure(
        stored.text == entry.text,
        &format!("the text {at} differs"),
        text(&entry.text),
        || text(&stored.text),
    )?;
    let is_same_set = stored.topics.len() == entry.topics.len()
        && stored.topics.iter().collect::<BTreeSet<_>>()
            == entry.topics.iter().collect::<BTreeSet<_>>();
    ensure(
        is_same_set,
        &format!("the topics {at} differ"),
        shown_topics(&entry.topics),
        || shown_topics(&stored.topics),
    )?;
    ensure(
        stored.check == entry.check,
        &format!("the check bits {at} differ"),
        format!("{:#010x}", entry.check),
        || format!("{:#010x}", stored.check),
    )
}

pub(crate) fn shown_topics(topics: &[String]) -> String {
    let topics: Vec<String> = topics.iter().map(|topic| format!("{topic:?}")).collect();
    brief(&topics.join(", "))
}

/// Checks that each result names the entry that is read there.
pub(crate) fn agree(
    appended: &[Appended],
    entries: &[NewEntry],
    stored: &[StoredEntry],
    epoch: u64,
) -> Judged {
    for (place, entry) in appended.iter().zip(entries) {
        let Some(found) = stored.iter().find(|found| found.position == place.position) else {
            return Err(wrong(
                "an entry is not where its result says",
                format!("an entry at {}", place.position),
                shown_positions(stored.iter().map(|entry| entry.position)),
            ));
        };
        is(found, entry)?;
        ensure(
            place.check == found.check,
            &format!(
                "the check bits of the result at {} are wrong",
                place.position
            ),
            format!("{:#010x}", found.check),
            || format!("{:#010x}", place.check),
        )?;
        ensure(
            place.epoch == epoch,
            &format!("the epoch of the result at {} is wrong", place.position),
            format!("epoch {epoch}"),
            || format!("epoch {}", place.epoch),
        )?;
    }
    Ok(())
}

/// Checks the bounds that a page states.
pub(crate) fn has_bounds(page: &Page, floor: u64, head: u64) -> Judged {
    ensure(
        (page.floor, page.head) == (floor, head),
        "the bounds of the log are wrong",
        format!("floor {floor}, head {head}"),
        || shown_page(page),
    )
}

/// Checks that a page has no entries.
pub(crate) fn is_empty(page: &Page) -> Judged {
    ensure(
        page.entries.is_empty(),
        "the page has entries",
        "a page without entries",
        || shown_page(page),
    )
}

/// Checks that a page has entries that follow one another, from the position `first` on.
pub(crate) fn begins_at(page: &Page, first: u64) -> Judged {
    ensure(
        page.entries.first().map(|entry| entry.position) == Some(first),
        "the page begins elsewhere",
        format!("a page that begins at {first}"),
        || shown_page(page),
    )?;
    are_dense(page.entries.iter().map(|entry| entry.position), first)
}

/// Checks the check bits of the entry before a page.
pub(crate) fn has_check(page: &Page, check: Option<u32>) -> Judged {
    let shown = |check: Option<u32>| match check {
        Some(check) => format!("the check bits {check:#010x}"),
        None => "no check bits".to_owned(),
    };
    ensure(
        page.check_before == check,
        "the check bits of the entry before the page are wrong",
        shown(check),
        || shown(page.check_before),
    )
}

/// Waits for a thread of a judge.
pub(crate) fn joined<T>(
    thread: thread::ScopedJoinHandle<'_, Result<T, Unmet>>,
) -> Result<T, Unmet> {
    let failed = |_| Err(wrong("the suite failed: please report it", "", "a panic"));
    thread.join().unwrap_or_else(failed)
}

/// Reads the entries after a position until there are `count`, as a node of a hub does.
pub(crate) fn follow(
    journal: &Journal,
    mut after: u64,
    count: usize,
) -> Result<Vec<StoredEntry>, Unmet> {
    let mut entries = Vec::new();
    let mut empty_since = None;
    while entries.len() < count {
        let page = journal.timed_tail(Some(after))?;
        let Some(last) = page.value.entries.last() else {
            // The whole wait is limited, however short each single one is.
            let since = *empty_since.get_or_insert(page.at - page.elapsed);
            let limit = journal.limit();
            ensure(
                page.at - since <= limit,
                "entries do not arrive",
                format!("{count} entries"),
                || format!("{} entries", entries.len()),
            )?;
            continue;
        };
        empty_since = None;
        ensure(
            last.position > after,
            "earlier entries come again",
            format!("entries after {after}"),
            || shown_positions(page.value.entries.iter().map(|entry| entry.position)),
        )?;
        after = last.position;
        entries.extend(page.value.entries);
    }
    Ok(entries)
}
