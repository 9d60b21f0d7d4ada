//! Judges positions: order, holes, results, and writers at the same time.

use crate::suite::log::adapter::{Appended, NewEntry};
use crate::suite::log::judged::{Judged, Unmet, ensure, ensure_equal, wrong};
use crate::suite::log::judges::common::{agree, are, are_dense};
use crate::suite::log::subject::{Journal, Subject, all_appended, shown_positions};

pub(crate) fn begins_at_one(subject: &Subject) -> Judged {
    let (_, _, appended) = subject.filled(1)?;
    ensure_equal("the first position", appended[0].position, 1)
}

pub(crate) fn is_dense(subject: &Subject) -> Judged {
    let journal = subject.empty();
    let mut positions = Vec::new();
    for entry in subject.entries(20) {
        positions.push(journal.append_all(&[entry])?[0].position);
    }
    are_dense(positions, 1)
}

pub(crate) fn batch_is_in_order(subject: &Subject) -> Judged {
    let (journal, mut entries, appended) = subject.filled(10)?;
    are_dense(appended.iter().map(|place| place.position), 1)?;
    let second = subject.entries(7);
    let appended = journal.append_all(&second)?;
    are_dense(appended.iter().map(|place| place.position), 11)?;
    entries.extend(second);
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn one_result_each(subject: &Subject) -> Judged {
    let journal = subject.empty();
    let mut first = 1;
    for count in [1, 2, 5, 33] {
        let entries = subject.entries(count);
        let results = journal.append(&entries)?;
        ensure_equal("the number of results", results.len(), count)?;
        let appended = all_appended(count, results)?;
        let stored = journal.read_all()?;
        let place = |position: u64| stored.iter().find(|entry| entry.position == position);
        for (place, entry) in appended.iter().map(|at| place(at.position)).zip(&entries) {
            ensure(
                place.is_some_and(|stored| stored.text == entry.text),
                "a result is not that of its entry",
                format!("the position of `{}`", entry.text),
                || place.map_or("no entry".to_owned(), |stored| stored.text.clone()),
            )?;
        }
        are_dense(appended.iter().map(|place| place.position), first)?;
        first += count as u64;
    }
    Ok(())
}

pub(crate) fn thousand(subject: &Subject) -> Judged {
    let (journal, entries, appended) = subject.filled(1000)?;
    are_dense(appended.iter().map(|place| place.position), 1)?;
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn empty_batch(subject: &Subject) -> Judged {
    let (journal, entries, _) = subject.filled(1)?;
    journal.append_all(&[])?;
    are(&journal.read_all()?, &entries, 1)?;
    ensure_equal("the head", journal.tail(None)?.head, 1)
}

pub(crate) fn equal_entries(subject: &Subject) -> Judged {
    let journal = subject.empty();
    let entry = subject.entries(1).remove(0);
    let entries = vec![entry.clone(), entry.clone()];
    let mut appended = journal.append_all(&entries)?;
    appended.extend(journal.append_all(std::slice::from_ref(&entry))?);
    are_dense(appended.iter().map(|place| place.position), 1)?;
    are(&journal.read_all()?, &[entries, vec![entry]].concat(), 1)
}

/// Entries that were appended at once, and their places.
type Batch = (Vec<NewEntry>, Vec<Appended>);

/// Has writers append batches at the same time. Returns what each of them appended, batch by batch.
fn written_together(subject: &Subject, batch: usize) -> Result<(Journal, Vec<Batch>), Unmet> {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 12;
    let journal = subject.empty();
    let mut batches = Vec::new();
    for _ in 0..ROUNDS {
        let calls: Vec<_> = (0..WRITERS)
            .map(|_| {
                let entries = subject.entries(batch);
                let call = journal.begin_append(&entries);
                (entries, call)
            })
            .collect();
        for (entries, call) in calls {
            let appended = all_appended(batch, call.end()?.value)?;
            batches.push((entries, appended));
        }
    }
    Ok((journal, batches))
}

pub(crate) fn together(subject: &Subject) -> Judged {
    let (journal, batches) = written_together(subject, 1)?;
    let mut places: Vec<_> = batches
        .into_iter()
        .flat_map(|(entries, appended)| entries.into_iter().zip(appended))
        .collect();
    places.sort_by_key(|(_, place)| place.position);
    let (entries, appended): (Vec<_>, Vec<_>) = places.into_iter().unzip();
    are_dense(appended.iter().map(|place| place.position), 1)?;
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn batches_together(subject: &Subject) -> Judged {
    let (journal, batches) = written_together(subject, 5)?;
    let mut positions = Vec::new();
    let stored = journal.read_all()?;
    for (entries, appended) in &batches {
        ensure(
            appended.is_sorted_by(|a, b| a.position < b.position),
            "the entries of a batch are not in their order",
            "positions that rise",
            || shown_positions(appended.iter().map(|place| place.position)),
        )?;
        let epoch = appended.first().map_or(0, |place| place.epoch);
        agree(appended, entries, &stored, epoch)?;
        positions.extend(appended.iter().map(|place| place.position));
    }
    positions.sort_unstable();
    are_dense(positions, 1)?;
    are_dense(stored.iter().map(|entry| entry.position), 1)
}

pub(crate) fn results_agree(subject: &Subject) -> Judged {
    let (journal, entries, appended) = subject.filled(10)?;
    let epoch = journal.tail(None)?.epoch;
    agree(&appended, &entries, &journal.read_all()?, epoch)
}

pub(crate) fn epoch_stays(subject: &Subject) -> Judged {
    let (journal, _, appended) = subject.filled(1)?;
    let epoch = appended[0].epoch;
    for count in [1, 3, 10] {
        let appended = journal.append_all(&subject.entries(count))?;
        let page = journal.read(1)?;
        let mut epochs = appended.iter().map(|place| place.epoch).chain([page.epoch]);
        if let Some(other) = epochs.find(|other| *other != epoch) {
            return Err(wrong(
                "the epoch changes although nothing is lost",
                format!("epoch {epoch}"),
                format!("epoch {other}"),
            ));
        }
    }
    Ok(())
}
