//! Judges what a server tells a client that comes back after the server has lost events or was
//! restarted.

use std::ops::Range;

use crate::driver::capability::Capability::{Publish, Resume};
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::shown;
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::{Published, Read};
use crate::suite::server::observation::places::{events, own_id};
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::scenes::lost::{AFTER, BEFORE};
use crate::text::show;

/// Returns whether a client can tell from the stream that events may be missing: by an event with a
/// type that no other event has, or with another kind of data. An event that begins every stream,
/// such as a greeting, does not count.
pub(crate) fn says_gap(
    recording: &Recording,
    fresh: Option<&Recording>,
    published: &[Published],
) -> bool {
    let everyday = fresh.map(events).unwrap_or_default();
    let read = events(recording);
    let (ordinary, others): (Vec<_>, Vec<_>) = read
        .iter()
        .partition(|read| published.iter().any(|event| event.is(read)) || is_of_suite(&read.data));
    let is_known_type = |read: &Read| {
        let is_same = |other: &Read| other.event_type == read.event_type;
        read.event_type == "message"
            || ordinary.iter().any(|other| is_same(other))
            || everyday.iter().any(is_same)
    };
    let is_object = |read: &Read| read.data.trim_start().starts_with('{');
    let is_everyday = |read: &Read| everyday.iter().any(|other| other.data == read.data);
    others
        .into_iter()
        .any(|read| !is_known_type(read) || is_object(read) && !is_everyday(read))
}

/// Returns whether the data contains a token of the suite, from any run. See `Observer::token`.
pub(crate) fn is_of_suite(data: &str) -> bool {
    data.match_indices('t').any(|(start, _)| {
        let rest = &data[start + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &rest.as_bytes()[digits..];
        digits > 0
            && rest.first() == Some(&b'x')
            && rest.get(9) == Some(&b'z')
            && rest[1..9].iter().all(u8::is_ascii_hexdigit)
    })
}

/// Returns the answer to a client that came back, if it is a stream.
fn stream(answer: Option<&Result<Recording, String>>) -> Result<&Recording, Unmet> {
    let lacks = |why: &str| Unmet::Lacks(lacking(Resume, why));
    match answer {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(recording),
        Some(Ok(_)) => Err(lacks("the answer is not an event stream")),
        Some(Err(why)) => Err(lacks(why)),
        None => Err(lacks("no missed event is sent again")),
    }
}

fn answered(seen: &Observation, answer: Option<&Result<Recording, String>>) -> Judged {
    let expected = "200 with an event stream, or 204";
    if let Some((id, answer)) = seen.turned_away.first() {
        return Err(wrong(
            "an event source is stopped for good, but the stream goes on",
            "200 with an event stream",
            format!("{answer} to the ID {}", show(id)),
        ));
    }
    match answer {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(()),
        Some(Ok(recording)) if recording.head.status == 204 => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "an event source would give up",
            expected,
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong("no answer", expected, why)),
        None => stream(None).map(drop),
    }
}

fn live(answer: Option<&Result<Recording, String>>, published: &[Published]) -> Judged {
    let recording = stream(answer)?;
    let has_come = published.last().is_some_and(|live| live.arrived.is_some());
    ensure(
        has_come,
        "a new event does not arrive",
        "the event that was published",
        || shown(recording),
    )
}

/// Returns the events of this range that the recording has, by their number.
fn had(recording: &Recording, published: &[Published], range: Range<usize>) -> Vec<usize> {
    let read = events(recording);
    let has_come = |index: &usize| read.iter().any(|read| published[*index].is(read));
    range.filter(has_come).collect()
}

fn silent(recording: &Recording, range: &Range<usize>, had: &[usize]) -> Unmet {
    wrong(
        "the client is not told about the gap",
        "the missed events, or an event of its own type that says that some are missing",
        format!("{} of {}: {}", had.len(), range.len(), shown(recording)),
    )
}

// Judges an ID from before the start of the log. The recordings are the answer, and the stream of
// another client.

pub(crate) fn old_is_answered(seen: &Observation) -> Judged {
    answered(seen, seen.recordings.first())
}

pub(crate) fn old_then_live(seen: &Observation) -> Judged {
    live(seen.recordings.first(), &seen.published)
}

pub(crate) fn old_gap_is_said(seen: &Observation) -> Judged {
    let recording = stream(seen.recordings.first())?;
    let missed = 1..seen.published.len() - 1;
    let had = had(recording, &seen.published, missed.clone());
    if had.len() == missed.len() {
        let why = "the log still has every event: the control hook cannot drop it";
        return Err(Unmet::Lacks(lacking(Resume, why)));
    }
    let fresh = seen.recordings.get(1).and_then(|fresh| fresh.as_ref().ok());
    match says_gap(recording, fresh, &seen.published) {
        true => Ok(()),
        false => Err(silent(recording, &missed, &had)),
    }
}

// Judges a restart. The recordings are a stream after it, the answer to a client that comes back,
// and the stream before it.

const SINCE: Range<usize> = BEFORE..BEFORE + AFTER;

pub(crate) fn serves(seen: &Observation) -> Judged {
    let expected = "an event stream with the published events";
    match seen.recordings.first() {
        Some(Err(why)) => Err(wrong("there is no stream after the restart", expected, why)),
        Some(Ok(recording)) if recording.end.is_some() && recording.head.is_event_stream() => {
            Err(Unmet::Lacks(lacking(Publish, "the stream ended by itself")))
        }
        Some(Ok(recording)) => ensure(
            seen.published.len() >= SINCE.end
                && seen.published.iter().all(|event| event.arrived.is_some()),
            "an event does not arrive after the restart",
            expected,
            || shown(recording),
        ),
        None => Ok(()),
    }
}

pub(crate) fn restart_is_answered(seen: &Observation) -> Judged {
    answered(seen, seen.recordings.get(1))
}

pub(crate) fn restart_then_live(seen: &Observation) -> Judged {
    live(seen.recordings.get(1), &seen.published)
}

fn since_restart(seen: &Observation) -> Result<(&Recording, Vec<usize>, bool), Unmet> {
    let recording = stream(seen.recordings.get(1))?;
    let had = had(recording, &seen.published, SINCE);
    let fresh = seen
        .recordings
        .first()
        .and_then(|fresh| fresh.as_ref().ok());
    let is_said = says_gap(recording, fresh, &seen.published);
    Ok((recording, had, is_said))
}

/// A server that mistakes an old ID for a new one sends only some of the events since the restart.
pub(crate) fn ids_are_not_mixed_up(seen: &Observation) -> Judged {
    let (recording, had, is_said) = since_restart(seen)?;
    match had.len() {
        0 | AFTER => Ok(()),
        _ if is_said => Ok(()),
        _ => Err(wrong(
            "the ID is confused with a new one, and the events before that are lost",
            "all events since the restart, or none and an event that says so",
            format!("{} of {AFTER}: {}", had.len(), shown(recording)),
        )),
    }
}

pub(crate) fn restart_gap_is_said(seen: &Observation) -> Judged {
    let (recording, had, is_said) = since_restart(seen)?;
    match is_said || had.len() == AFTER {
        true => Ok(()),
        false => Err(silent(recording, &SINCE, &had)),
    }
}

pub(crate) fn ids_are_new(seen: &Observation) -> Judged {
    let [Some(Ok(after)), Some(Ok(before))] = [0, 2].map(|index| seen.recordings.get(index)) else {
        return stream(None).map(drop);
    };
    let ids = |recording: &Recording, range: Range<usize>| -> Vec<String> {
        let own = |event| own_id(recording, event);
        seen.published[range].iter().filter_map(own).collect()
    };
    let old = ids(before, 0..BEFORE);
    match ids(after, SINCE).into_iter().find(|id| old.contains(id)) {
        None => Ok(()),
        Some(id) => Err(wrong(
            "an ID is given out again after a restart",
            "each ID for one event",
            format!("{id:?} twice"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_suite;

    #[test]
    fn tokens_are_distinguished_from_other_text() {
        for data in [
            "t0x00c0ffeez",
            "at t12x12345678z.",
            "{\"t\":\"t1x0000000az\"}",
        ] {
            assert!(is_of_suite(data), "{data}");
        }
        for data in [
            "",
            "t",
            "t1",
            "tx00c0ffeez",
            "t1x00c0ffee",
            "t1x00c0ffegz",
            "t1é",
        ] {
            assert!(!is_of_suite(data), "{data}");
        }
    }
}
