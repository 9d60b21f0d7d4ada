//! What a resumed stream carries: what was missed, once, in order, and then what is new.

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
/// Where nothing that was missed has been sent again: the server does not resume.
fn replays(seen: &Observation) -> Judged {
    match resumption::replays(&seen.resumptions, &seen.published) {
        true => Ok(()),
        false => Err(Unmet::Lacks(lacking(
            Resume,
            "nothing is sent again to who asks for it",
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

/// Fails if the server turned away a reader that came back with one of its own IDs.
fn was_let_in(seen: &Observation) -> Judged {
    match seen.turned_away.first() {
        None => Ok(()),
        Some((id, answer)) => Err(wrong(
            format!(
                "the server turns away a reader that comes back with {id:?}, which is its own ID"
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
            "the answer to an ID of the server's own is empty",
            "an event stream with what was missed",
            resumption.recording.head.shown(),
        )),
    }
}

/// The field is read in this letter case, if it is in the other one.
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
            "the letter case of the field's name matters to the server",
            "what was missed",
            numbers(&seen.resumptions[index].indices(&seen.published)),
        )),
        _ => Err(Unmet::Lacks(lacking(
            Resume,
            "nothing is sent again to who asks for it",
        ))),
    }
}

/// For the scene in which it is found out whether the server resumes at all.
pub(crate) fn if_it_resumes(seen: &Observation, judge: fn(&Observation) -> Judged) -> Judged {
    replays(seen)?;
    if seen.turned_away.is_empty() {
        return judge(seen);
    }
    let why = "a reader that comes back is turned away, which another case judges";
    Err(Unmet::Lacks(not_judged(why)))
}

pub(crate) fn no_gap(seen: &Observation) -> Judged {
    no_gap_where(seen, |_| true)
}

/// The same for some of the readers that came back.
pub(crate) fn no_gap_where(seen: &Observation, is_judged: impl Fn(&Resumption) -> bool) -> Judged {
    each(seen, "an event is missing", |resumption, had| {
        let is_lost =
            |index| !had.contains(&index) && !may_be_dropped(seen, resumption, had, index);
        is_judged(resumption) && missed(resumption).any(is_lost)
    })
}

/// Returns whether the log may have dropped an event before the reader came back: a server that publishes
/// by itself keeps as much as it likes. It had not dropped it if a reader got it that came later.
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
    // A server that sends events before the place again is wrong, whether or not it sends the others.
    for resumption in &seen.resumptions {
        let mut had = resumption.indices(&seen.published);
        let all = had.clone();
        had.sort_unstable();
        let before = had.iter().any(|index| *index < resumption.after);
        if before || had.windows(2).any(|pair| pair[0] == pair[1]) {
            let place = format!("after event {}: ", resumption.after);
            return Err(wrong(
                "an event came twice",
                place.clone() + &numbers(&resumption.expected()),
                place + &numbers(&all),
            ));
        }
    }
    was_let_in(seen)
}

/// The same; a server that resumes is not wrong for lack of duplicates only.
pub(crate) fn no_duplicate_if_it_resumes(seen: &Observation) -> Judged {
    if seen.turned_away.is_empty() {
        no_duplicate(seen)?;
    }
    if_it_resumes(seen, no_duplicate)
}

pub(crate) fn in_order(seen: &Observation) -> Judged {
    each(seen, "the order is another", |_, had| !had.is_sorted())
}

/// Returns whether a server that publishes by itself has sent something newer than the events to resume from.
fn has_newer(seen: &Observation, resumption: &Resumption) -> bool {
    let is_new =
        |read: &Read| read.has_own_id && !seen.published.iter().any(|event| event.is(read));
    publishes_by_itself(seen) && events(&resumption.recording).iter().any(is_new)
}

pub(crate) fn then_live(seen: &Observation) -> Judged {
    each(
        seen,
        "what is published afterwards does not come",
        |resumption, had| !had.contains(&(resumption.upto - 1)) && !has_newer(seen, resumption),
    )
}

/// Returns whether an ID comes before the last event, which is published for this reader. Without one,
/// a reader that loses its connection would come back to the same place.
fn has_ids(resumption: &Resumption) -> bool {
    let (events, places) = places::read(&resumption.recording);
    places.iter().any(|place| place.events < events.len())
}

/// What is sent again is what was sent the first time.
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

/// The whole of an event that was cut.
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
            "the event is not whole",
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
    // A server may send an ID only now and then.
    match read.iter().any(|read| !read.id.is_empty()) || last_event_id(first).is_some() {
        true => Ok(()),
        false => Err(wrong(
            "the events have no ids",
            "an id",
            stream::shown(first),
        )),
    }
}

/// Ids promise that the reader can come back with them.
pub(crate) fn ids_are_honoured(seen: &Observation) -> Judged {
    match replays(seen) {
        Ok(()) => Ok(()),
        Err(unmet) if !seen.turned_away.is_empty() => Err(unmet),
        Err(_) => Err(judged::missing(
            seen,
            "the last event ID changes nothing",
            "what was published since is sent again",
            "only what is published from then on",
        )),
    }
}
