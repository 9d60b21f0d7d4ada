//! Judges the answer to a last event ID that the server did not give out, or not in this form.

use crate::driver::capability::Capability::Publish;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::judges::lost::{is_of_suite, says_gap};
use crate::suite::server::judges::{judged, stream};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::{Published, Read};
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;

pub(crate) fn is_answered(seen: &Observation) -> Judged {
    let expected = "200 with an event stream, or 204";
    match seen.recordings.first() {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(()),
        Some(Ok(recording)) if recording.head.status == 204 => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "an event source would give up",
            expected,
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong("no answer", expected, why)),
        None => Ok(()),
    }
}

pub(crate) fn then_live(seen: &Observation) -> Judged {
    let recording = stream::answered(seen)?;
    let Some(event) = seen.published.last() else {
        return Err(Unmet::Lacks(lacking(Publish, "there is no control hook")));
    };
    match events(recording).iter().any(|read| event.is(read)) {
        true => Ok(()),
        false => Err(judged::missing(
            seen,
            "a new event does not arrive",
            "the event that was published",
            stream::shown(recording),
        )),
    }
}

pub(crate) fn oversized_is_answered(seen: &Observation) -> Judged {
    match seen.recordings.first() {
        Some(Ok(recording)) if matches!(recording.head.status, 200 | 204 | 400..500) => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "the answer is not a refusal",
            "200, or a client error such as 431",
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong(
            "no answer",
            "200, or a client error such as 431",
            why,
        )),
        None => Ok(()),
    }
}

pub(crate) fn oversized_is_survived(seen: &Observation) -> Judged {
    match seen.recordings.get(1) {
        // Another case judges whether an ordinary answer is an event stream.
        Some(Ok(recording)) if recording.head.status < 500 => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "the next request is answered by an error",
            "the ordinary answer",
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong(
            "the next request is not answered",
            "the ordinary answer",
            why,
        )),
        None => Ok(()),
    }
}

/// Something must tell the client that it may have missed events: an event unlike the others, or
/// all events that the server still has.
pub(crate) fn gap_is_said(seen: &Observation) -> Judged {
    let recording = stream::answered(seen)?;
    let read = events(recording);
    let is_sent_again =
        |read: &Read| is_of_suite(&read.data) && !seen.published.iter().any(|event| event.is(read));
    let said = match seen.published.is_empty() {
        // Without a hook, the suite does not know what ordinary events look like.
        true => !read.is_empty(),
        false => {
            let fresh = seen.recordings.get(1).and_then(|fresh| fresh.as_ref().ok());
            says_gap(recording, fresh, &seen.published) || read.iter().any(is_sent_again)
        }
    };
    match said {
        true => Ok(()),
        false => Err(wrong(
            "the client is not told about the gap",
            "an event of its own type that says that events may be missing, or the events that \
             are left",
            stream::shown(recording),
        )),
    }
}

pub(crate) fn query_resumes(seen: &Observation) -> Judged {
    let recording = stream::answered(seen)?;
    let missed = seen.published.get(1);
    let had = |event: &Published| events(recording).iter().any(|read| event.is(read));
    match missed.is_some_and(had) {
        true => Ok(()),
        false => Err(judged::missing(
            seen,
            "the query is not read",
            "the missed event",
            stream::shown(recording),
        )),
    }
}
