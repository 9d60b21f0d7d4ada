//! Judges HTTP/2 streams that nobody read for a while, that were open at a GOAWAY, and that the
//! server ended.

use crate::driver::capability::Capability::{End as CanEnd, Publish};
use crate::driver::message::End;
use crate::driver::recording::Recording;
use crate::suite::server::judges::deliver::{indices, missing};
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::shown;
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::scenes::stalled::EVENTS;
use crate::text::show;

/// Returns the streams that were not read. The last recording is of the stream that was read.
fn slow(seen: &Observation) -> Result<Vec<&Recording>, Unmet> {
    let mut all: Vec<_> = seen.recordings.iter().flatten().collect();
    all.pop();
    match all.iter().all(|recording| recording.head.is_event_stream()) {
        true => Ok(all),
        false => Err(Unmet::Lacks(lacking(
            Publish,
            "the answer is not an event stream",
        ))),
    }
}

/// Judges the streams that were not read, one at a time.
pub(crate) fn each(seen: &Observation, judge: fn(&Observation) -> Judged) -> Judged {
    for recording in slow(seen)? {
        judge(&Observation {
            recordings: vec![Ok(recording.clone())],
            published: seen.published.clone(),
            ..Observation::default()
        })?;
    }
    Ok(())
}

pub(crate) fn others_are_served(seen: &Observation) -> Judged {
    slow(seen)?;
    let for_all = &seen.published[..seen.published.len().min(EVENTS)];
    match missing(for_all) {
        None => Ok(()),
        Some(event) => Err(wrong(
            "a stream whose window is full blocks another one of its connection",
            "every event at once on the stream that is read",
            format!("not {}", show(&event.data[..event.data.len().min(40)])),
        )),
    }
}

/// There are new events, or the stream ends. A server may reset a stream that is too slow.
pub(crate) fn goes_on(seen: &Observation) -> Judged {
    let newest = seen.published.len().saturating_sub(1);
    if seen.published.len() <= EVENTS {
        let why = "the control hook does not publish any more";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    let silent = slow(seen)?.into_iter().find(|recording| {
        recording.end.is_none() && !indices(recording, &seen.published).contains(&newest)
    });
    match silent {
        None => Ok(()),
        Some(recording) => Err(wrong(
            "a stream is open but silent after its window was full",
            "new events, or the end of the stream",
            format!("{} bytes, then nothing", recording.bytes.len()),
        )),
    }
}

/// The first event shows that the stream works. The others were published after the GOAWAY.
pub(crate) fn survives_goaway(seen: &Observation) -> Judged {
    let Some(Ok(recording)) = seen.recordings.first() else {
        return Err(Unmet::Lacks(lacking(Publish, "there is no stream")));
    };
    if seen.published.len() < 2 {
        let why = "published events do not arrive";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    let has_ended = matches!(recording.end, Some(End::Complete));
    ensure(
        has_ended || missing(&seen.published).is_none(),
        "the open stream is lost",
        "the later events, or a clean end",
        || match &recording.end {
            Some(end) => end.shown(),
            None => shown(recording),
        },
    )
}

pub(crate) fn end_of_stream(seen: &Observation) -> Judged {
    let recordings = || seen.recordings.iter().flatten();
    if recordings().any(|recording| recording.end.is_none()) {
        return Err(Unmet::Lacks(lacking(CanEnd, "a stream did not end")));
    }
    for recording in recordings() {
        if let Some(End::Broken(why)) = &recording.end {
            return Err(wrong(
                "a stream is cut",
                "END_STREAM on its last frame",
                why,
            ));
        }
        let read = events(recording);
        let has_come = |event| read.iter().any(|read| Published::is(event, read));
        if !seen.published.iter().all(has_come) {
            return Err(wrong(
                "an event that was published before the end is missing",
                "the event, then the end",
                shown(recording),
            ));
        }
    }
    Ok(())
}
