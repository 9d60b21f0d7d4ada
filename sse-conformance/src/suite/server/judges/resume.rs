//! Judges what a resumed stream carries: the missed events, once and in the right order, and then
//! new ones.

use crate::driver::capability::Capability::Resume;
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::judges::{judged, stream};
use crate::suite::server::lacking::{lacking, not_judged};
use crate::suite::server::observation::event::Read;
use crate::suite::server::observation::places::{events, last_event_id};
use crate::suite::server::observation::resumption::{Resumption, missed};
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::observation::{places, resumption};
use crate::text::{numbers, show};

/// # Errors
///
/// Fails if no missed event was sent again, so that the server does not resume.
fn replays(seen: &Observation) -> Judged {
    match resumption::replays(&seen.resumptions, &seen.published) {
        true => Ok(()),
        false => Err(Unmet::Lacks(lacking(
            Resume,
            "no missed event is sent again",
        ))),
    }
}

fn each(
    seen: &Observation,
    what: &str,
    is_wrong: impl Fn(&Resumption, &[usize]) -> bool,
) -> Judged {
    for resumption in &seen.resumptions {
        let had = resumption.indices(&seen.published);
        if is_wrong(resumption, &had) {
            let place = format!("after event {}: ", resumption.after);
            let (expected, instead) = (numbers(&resumption.expected()), numbers(&had));
            return Err(judged::missing(
                seen,
                what,
                place.clone() + &expected,
                place + &instead,
            ));
        }
    }
    was_let_in(seen)
}

/// Fails if the server refused a client that came back with an ID that the server had given out.
fn was_let_in(seen: &Observation) -> Judged {
    match seen.turned_away.first() {
        None => Ok(()),
        Some((id, answer)) => Err(wrong(
            format!(
                "the server refuses a client that comes back with {id:?}, an ID that it gave out"
            ),
            "an event stream",
            answer,
        )),
    }
}

pub(crate) fn own_id_is_answered(seen: &Observation) -> Judged {
    was_let_in(seen)?;
    let is_empty = |recording: &Recording| {
        recording.end.is_some()
            && recording
                .responses()
                .all(|response| response.bytes.is_empty())
    };
    let empty = seen
        .resumptions
        .iter()
        .find(|resumption| is_empty(&resumption.recording));
    match empty {
        None => Ok(()),
        Some(resumption) => Err(judged::missing(
            seen,
            "the answer to an ID that the server gave out is empty",
            "an event stream with the missed events",
            resumption.recording.head.shown(),
        )),
    }
}

/// The field is read in this letter case, if it is read in the other one.
pub(crate) fn letter_case(seen: &Observation, index: usize) -> Judged {
    was_let_in(seen)?;
    let had: Vec<bool> = seen
        .resumptions
        .iter()
        .map(|resumption| {
            let had = resumption.indices(&seen.published);
            missed(resumption).all(|index| had.contains(&index))
        })
        .collect();
    match had.get(index) {
        Some(true) => Ok(()),
        Some(false) if had.contains(&true) => Err(wrong(
            "the server reads the field only in another letter case",
            "the missed events",
            numbers(&seen.resumptions[index].indices(&seen.published)),
        )),
        _ => Err(Unmet::Lacks(lacking(
            Resume,
            "no missed event is sent again",
        ))),
    }
}

/// Judges the scene that finds out whether the server resumes at all.
pub(crate) fn if_it_resumes(seen: &Observation, judge: fn(&Observation) -> Judged) -> Judged {
    replays(seen)?;
    if seen.turned_away.is_empty() {
        return judge(seen);
    }
    let why = "a client that comes back is refused, which another case judges";
    Err(Unmet::Lacks(not_judged(why)))
}

pub(crate) fn no_gap(seen: &Observation) -> Judged {
    no_gap_where(seen, |_| true)
}

/// Does the same for some of the clients that came back.
pub(crate) fn no_gap_where(seen: &Observation, is_judged: impl Fn(&Resumption) -> bool) -> Judged {
    each(seen, "an event is missing", |resumption, had| {
        let is_lost =
            |index| !had.contains(&index) && !may_be_dropped(seen, resumption, had, index);
        is_judged(resumption) && missed(resumption).any(is_lost)
    })
}

/// Returns whether the log may have dropped an event before the client came back. A server that
/// publishes by itself keeps as many as it likes. But if a later client got the event, the log
/// still had it.
fn may_be_dropped(
    seen: &Observation,
    resumption: &Resumption,
    had: &[usize],
    index: usize,
) -> bool {
    let has_older = had.iter().any(|had| *had < index);
    let is_this = |other: &&Resumption| std::ptr::eq(*other, resumption);
    let mut later = seen
        .resumptions
        .iter()
        .rev()
        .take_while(|other| !is_this(other));
    let came_later = later.any(|other| other.indices(&seen.published).contains(&index));
    publishes_by_itself(seen) && !has_older && !came_later
}

fn publishes_by_itself(seen: &Observation) -> bool {
    seen.published.iter().all(|event| event.token.is_empty())
}

pub(crate) fn no_duplicate(seen: &Observation) -> Judged {
    // A server that sends events from before the ID again is wrong, whether or not it sends the
    // others.
    for resumption in &seen.resumptions {
        let mut had = resumption.indices(&seen.published);
        let all = had.clone();
        had.sort_unstable();
        let before = had.iter().any(|index| *index < resumption.after);
        if before || had.windows(2).any(|pair| pair[0] == pair[1]) {
            let place = format!("after event {}: ", resumption.after);
            return Err(wrong(
                "an event arrived twice",
                place.clone() + &numbers(&resumption.expected()),
                place + &numbers(&all),
            ));
        }
    }
    was_let_in(seen)
}

/// Does the same, but a server that resumes nothing does not pass only because it sends nothing
/// twice.
pub(crate) fn no_duplicate_if_it_resumes(seen: &Observation) -> Judged {
    if seen.turned_away.is_empty() {
        no_duplicate(seen)?;
    }
    if_it_resumes(seen, no_duplicate)
}

pub(crate) fn in_order(seen: &Observation) -> Judged {
    each(seen, "the order is wrong", |_, had| !had.is_sorted())
}

/// Returns whether a server that publishes by itself has sent an event that is newer than those to
/// resume from.
fn has_newer(seen: &Observation, resumption: &Resumption) -> bool {
    let is_new =
        |read: &Read| read.has_own_id && !seen.published.iter().any(|event| event.is(read));
    publishes_by_itself(seen) && events(&resumption.recording).iter().any(is_new)
}

pub(crate) fn then_live(seen: &Observation) -> Judged {
    each(seen, "a new event does not arrive", |resumption, had| {
        !had.contains(&(resumption.upto - 1)) && !has_newer(seen, resumption)
    })
}

/// Returns whether an ID comes before the last event, which is published for this client. Without
/// one, a client that loses its connection would come back to the same place.
fn has_ids(resumption: &Resumption) -> bool {
    let (events, places) = places::read(&resumption.recording);
    places.iter().any(|place| place.events < events.len())
}

/// Events that are sent again are equal to those that were sent the first time.
pub(crate) fn same_again(seen: &Observation) -> Judged {
    let first = seen
        .recordings
        .first()
        .and_then(|first| first.as_ref().ok());
    let first = first.map(events).unwrap_or_default();
    for resumption in &seen.resumptions {
        for again in events(&resumption.recording) {
            let event = seen.published.iter().find(|event| event.is(&again));
            let live = event.and_then(|event| first.iter().find(|live| event.is(live)));
            if let Some(live) = live.filter(|live| live.has_own_id && !has_ids(resumption)) {
                return Err(wrong(
                    "events that are sent again have lost their IDs",
                    live.to_string(),
                    again.to_string(),
                ));
            }
            if let Some(live) = live.filter(|live| !live.is_same_as(&again)) {
                return Err(wrong(
                    "an event that is sent again differs",
                    live.to_string(),
                    again.to_string(),
                ));
            }
        }
    }
    Ok(())
}

/// An event that was cut is sent again completely.
pub(crate) fn whole_again(seen: &Observation) -> Judged {
    was_let_in(seen)?;
    let large = seen.published.iter().max_by_key(|event| event.data.len());
    let (Some(large), Some(resumption)) = (large, seen.resumptions.first()) else {
        return Ok(());
    };
    let again = events(&resumption.recording);
    let again = again.iter().find(|read| large.is(read));
    match again {
        Some(again) if again.data.contains(&large.data) => Ok(()),
        Some(again) => Err(wrong(
            "the event is not complete",
            show(&large.data),
            show(&again.data),
        )),
        None => Err(judged::missing(
            seen,
            "the event is missing",
            show(&large.data),
            "no such event",
        )),
    }
}

pub(crate) fn ids_are_there(seen: &Observation) -> Judged {
    let first = stream::answered(seen)?;
    let read = events(first);
    // A server may send an ID only with some of its events.
    match read.iter().any(|read| !read.id.is_empty()) || last_event_id(first).is_some() {
        true => Ok(()),
        false => Err(wrong(
            "the events have no IDs",
            "an ID",
            stream::shown(first),
        )),
    }
}

/// IDs promise that the client can resume from them.
pub(crate) fn ids_are_honoured(seen: &Observation) -> Judged {
    match replays(seen) {
        Ok(()) => Ok(()),
        Err(unmet) if !seen.turned_away.is_empty() => Err(unmet),
        Err(_) => Err(judged::missing(
            seen,
            "the last event ID has no effect",
            "the events since are sent again",
            "only new events",
        )),
    }
}
