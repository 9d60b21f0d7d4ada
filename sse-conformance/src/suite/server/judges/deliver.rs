//! Judges whether published events arrive: at once, complete, once, in the right order, at every
//! client.

use crate::driver::capability::Capability::{Count, Publish};
use crate::driver::recording::Recording;
use crate::driver::search::position;
use crate::suite::server::judges::judged;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::{answered, shown};
use crate::suite::server::lacking::{lacking, not_judged};
use crate::suite::server::observation::event::{Published, Read};
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::scenes::resume::KEPT;
use crate::text::{numbers, show};

/// Returns the published events that a recording has, in the order in which they arrived.
pub(crate) fn indices(recording: &Recording, published: &[Published]) -> Vec<usize> {
    let find = |read: &Read| published.iter().position(|event| event.is(read));
    events(recording).iter().filter_map(find).collect()
}

fn recordings(seen: &Observation) -> impl Iterator<Item = &Recording> {
    seen.recordings
        .iter()
        .filter_map(|recording| recording.as_ref().ok())
}

/// Returns the first event that did not arrive.
pub(crate) fn missing(published: &[Published]) -> Option<&Published> {
    published
        .iter()
        .find(|event| event.arrived.is_none() && !event.refused)
}

pub(crate) fn each_arrives(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    match missing(&seen.published) {
        None => Ok(()),
        Some(event) => Err(judged::missing(
            seen,
            "an event did not arrive before the next was published",
            format!("an event with the data {}", show(&event.data)),
            shown(recording),
        )),
    }
}

/// The lines of an event arrived, but the blank line that dispatches it did not.
pub(crate) fn blank_line_arrives(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let begun = |event: &&Published| {
        recording
            .responses()
            .any(|response| position(&response.bytes, event.token.as_bytes()).is_some())
    };
    match missing(&seen.published).filter(begun) {
        None => Ok(()),
        Some(_) => Err(wrong(
            "the lines of the event arrived, but clients cannot dispatch it",
            "the blank line together with the event",
            shown(recording),
        )),
    }
}

pub(crate) fn latency(seen: &Observation) -> Judged {
    answered(seen)?;
    if missing(&seen.published).is_some() {
        return Err(Unmet::Lacks(lacking(
            Publish,
            "published events do not arrive",
        )));
    }
    let in_time = seen.published.iter().filter(|event| !event.came_late);
    let times = in_time.filter_map(|event| event.arrived);
    let slowest = times.max().unwrap_or_default();
    ensure(
        slowest.as_millis() < 1000,
        "an event took too long",
        "less than a second",
        || format!("{} ms", slowest.as_millis()),
    )
}

pub(crate) fn once(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let mut had = indices(recording, &seen.published);
    had.sort_unstable();
    let twice = had.windows(2).find(|pair| pair[0] == pair[1]);
    match twice {
        None => Ok(()),
        Some(pair) => Err(wrong(
            "an event arrived twice",
            format!("{} once", show(&seen.published[pair[0]].data)),
            shown(recording),
        )),
    }
}

pub(crate) fn in_order(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let had = indices(recording, &seen.published);
    ensure(
        had.is_sorted(),
        "the order is wrong",
        "the order of publishing",
        || numbers(&had),
    )
}

pub(crate) fn all_arrive(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let had = indices(recording, &seen.published);
    let lost = (0..seen.published.len()).find(|index| !had.contains(index));
    match lost.filter(|index| !seen.published[*index].refused) {
        None => Ok(()),
        Some(_) if may_be_dropped(recording, &seen.published, &had) => {
            let why =
                "the stream ended, and the log may have dropped events before the client came back";
            Err(Unmet::Lacks(not_judged(why)))
        }
        Some(index) => Err(judged::missing(
            seen,
            "an event is missing",
            format!("{} events", seen.published.len()),
            format!("{} events, without number {}", had.len(), index + 1),
        )),
    }
}

/// Returns whether a short log may have dropped the missing events before the client came back.
///
/// Either an event told the client so, or the missing events are consecutive and do not include the
/// newest ones, which every log keeps.
fn may_be_dropped(recording: &Recording, published: &[Published], had: &[usize]) -> bool {
    if recording.earlier.is_empty() {
        return false;
    }
    let is_own = |read: &Read| !published.iter().any(|event| event.is(read));
    if events(recording).iter().any(is_own) {
        return true;
    }
    let lost: Vec<usize> = (0..published.len())
        .filter(|index| !had.contains(index))
        .collect();
    let is_one_row = lost.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let newest = published.len().saturating_sub(KEPT);
    is_one_row && lost.last().is_some_and(|last| *last < newest)
}

/// The data of an event that arrived is the data that was published.
pub(crate) fn whole(seen: &Observation) -> Judged {
    answered(seen)?;
    for recording in recordings(seen) {
        for read in events(recording) {
            let Some(event) = seen.published.iter().find(|event| event.is(&read)) else {
                continue;
            };
            // A server that wraps the data in JSON escapes line breaks.
            let has = |data: &str| position(read.data.as_bytes(), data.as_bytes()).is_some();
            if read.data != event.data
                && !has(&event.data)
                && !has(&event.data.replace('\n', "\\n"))
            {
                return Err(wrong(
                    "an event is cut or mixed up",
                    show(&event.data),
                    show(&read.data),
                ));
            }
        }
    }
    Ok(())
}

/// Long data has no colon, so a colon after the token belongs to a comment inside the line.
pub(crate) fn no_comment_inside_line(seen: &Observation) -> Judged {
    answered(seen)?;
    for recording in recordings(seen).flat_map(Recording::responses) {
        for event in &seen.published {
            let Some(at) = position(&recording.bytes, event.token.as_bytes()) else {
                continue;
            };
            // A server that wraps the data in JSON adds colons.
            let line = recording.bytes[at..]
                .split(|byte| matches!(byte, b'\n' | b'\r'))
                .next();
            let line = line.unwrap_or_default();
            let expected = event.data.lines().next().unwrap_or_default();
            let differs = position(line, expected.as_bytes()).is_none();
            if let Some(colon) = line
                .iter()
                .position(|byte| *byte == b':')
                .filter(|_| differs)
            {
                let part = &line[colon.saturating_sub(40)..];
                return Err(wrong(
                    "a comment is inside a line",
                    "comments on lines of their own",
                    part.escape_ascii().to_string(),
                ));
            }
        }
    }
    Ok(())
}

// Judges a slow client, which has the first recording, beside a fast one.

pub(crate) fn others_are_served(seen: &Observation) -> Judged {
    answered(seen)?;
    // A short event is published only for the slow client.
    let for_both = seen.published.iter();
    let for_both: Vec<Published> = for_both
        .filter(|event| event.data != event.token)
        .cloned()
        .collect();
    match missing(&for_both) {
        None => Ok(()),
        Some(event) => Err(judged::missing(
            seen,
            "a client that stalls delays the others",
            "every event at once for the client that reads",
            format!("not {}", show(&event.data[..event.data.len().min(40)])),
        )),
    }
}

pub(crate) fn loss_is_said(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let had = indices(recording, &seen.published);
    let lost = (0..seen.published.len()).find(|index| !had.contains(index));
    let said = events(recording)
        .iter()
        .any(|read| !seen.published.iter().any(|event| event.is(read)));
    match lost {
        Some(index) if recording.end.is_none() && !said => Err(judged::missing(
            seen,
            "events are missing, and the client is not told",
            "all events, or an event that says that some are missing, or the end of the stream",
            format!("{} events, without number {}", had.len(), index + 1),
        )),
        _ => Ok(()),
    }
}

pub(crate) fn slow_goes_on(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    if recording.end.is_some() {
        return Ok(());
    }
    let came = seen
        .published
        .last()
        .is_some_and(|event| event.arrived.is_some());
    match came {
        true => Ok(()),
        false => Err(judged::missing(
            seen,
            "the stream is open but silent",
            "new events, or the end of the stream",
            format!("{} bytes, then nothing", recording.bytes.len()),
        )),
    }
}

// Judges several clients.

fn group(seen: &Observation, from: usize, what: &str) -> Judged {
    let first = recordings(seen).next();
    if !first.is_some_and(|recording| recording.head.is_event_stream()) {
        answered(seen)?;
    }
    let Some(events) = seen.published.get(from..) else {
        return Ok(());
    };
    match missing(&events[..events.len().min(3)]) {
        None => Ok(()),
        Some(event) => Err(judged::missing(
            seen,
            what,
            "every event for every client",
            format!("a client without {}", show(&event.data)),
        )),
    }
}

pub(crate) fn all_get_it(seen: &Observation) -> Judged {
    group(seen, 0, "a client lacks an event")
}

pub(crate) fn one_leaves(seen: &Observation) -> Judged {
    group(seen, 3, "a client that leaves affects the others")
}

pub(crate) fn one_comes_late(seen: &Observation) -> Judged {
    group(seen, 6, "a client that comes late affects the others")
}

pub(crate) fn same_order(seen: &Observation) -> Judged {
    answered(seen)?;
    let orders: Vec<_> = recordings(seen)
        .map(|recording| indices(recording, &seen.published))
        .collect();
    let longest = orders
        .iter()
        .max_by_key(|order| order.len())
        .cloned()
        .unwrap_or_default();
    // A client may lack events, so only those that both have are compared.
    let common = |order: &[usize], other: &[usize]| {
        let mut order = order.to_vec();
        order.retain(|index| other.contains(index));
        order
    };
    let differs = |order: &&Vec<usize>| common(order, &longest) != common(&longest, order);
    match orders.iter().find(differs) {
        None => Ok(()),
        Some(order) => Err(wrong(
            "the order is not the same",
            numbers(&longest),
            numbers(order),
        )),
    }
}

pub(crate) fn same_event(seen: &Observation) -> Judged {
    answered(seen)?;
    for event in &seen.published {
        let mut copies = recordings(seen)
            .filter_map(|recording| events(recording).into_iter().find(|read| event.is(read)));
        let Some(first) = copies.next() else { continue };
        if let Some(other) = copies.find(|copy| !copy.is_same_as(&first)) {
            return Err(wrong(
                "two clients get different versions of one event",
                first.to_string(),
                other.to_string(),
            ));
        }
    }
    Ok(())
}

pub(crate) fn gzip_is_gzip(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    match recording.broken() {
        Some(why) => Err(wrong("the body cannot be decoded", "gzip", why)),
        None => Ok(()),
    }
}

// Judges the counts of the control hook: before, with three clients, after they have left, and
// after further events.

/// Returns the first `COUNT` counts. A hook that cannot publish gives no count after events.
fn counts<const COUNT: usize>(seen: &Observation) -> Result<[u64; COUNT], Unmet> {
    let counts = seen
        .counts
        .get(..COUNT)
        .and_then(|counts| counts.try_into().ok());
    counts.ok_or_else(|| Unmet::Lacks(lacking(Count, "there is no count")))
}

pub(crate) fn readers_are_counted(seen: &Observation) -> Judged {
    let [before, open] = counts(seen)?;
    ensure(
        open >= before + 3,
        "the count is wrong",
        "three more with three clients",
        || format!("{before}, then {open}"),
    )
}

pub(crate) fn disconnect_is_noticed(seen: &Observation) -> Judged {
    let [before, _, _, after] = counts(seen)?;
    ensure(
        after <= before,
        "clients that are gone are still counted",
        &before.to_string(),
        || after.to_string(),
    )
}

pub(crate) fn disconnect_is_noticed_at_once(seen: &Observation) -> Judged {
    let [before, _, without] = counts(seen)?;
    ensure(
        without <= before,
        "clients that are gone are only noticed with the next event",
        &before.to_string(),
        || without.to_string(),
    )
}
