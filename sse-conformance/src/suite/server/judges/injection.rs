//! Judges values in the query, which must not add anything to the response.

use crate::driver::capability::Capability::Publish;
use crate::driver::http1::MALFORMED;
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::Read;
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;

/// Returns the response, if there was one. A server may close the connection on such a request.
fn answer(seen: &Observation) -> Result<&Recording, Unmet> {
    let none = |why: &str| Unmet::Lacks(lacking(Publish, why));
    match seen.recordings.first() {
        Some(Ok(recording)) => Ok(recording),
        Some(Err(why)) => Err(none(why)),
        None => Err(none("nothing was asked")),
    }
}

/// The query has not added an event to the stream.
pub(crate) fn no_event(seen: &Observation) -> Judged {
    let recording = answer(seen)?;
    // Data that was echoed correctly has `data: injected` as one of its lines.
    let is_injected = |read: &Read| {
        read.event_type == "injected" || read.data.split('\n').any(|line| line == "injected")
    };
    match events(recording).into_iter().find(is_injected) {
        None => Ok(()),
        Some(read) => Err(wrong(
            "an event was injected",
            "no such event",
            read.to_string(),
        )),
    }
}

/// The query has not added a field to the response.
pub(crate) fn no_field(seen: &Observation) -> Judged {
    let expected = "no field from the query";
    if let Some(Err(why)) = seen.recordings.first()
        && why.contains(MALFORMED)
    {
        return Err(wrong("the query breaks the head", expected, why));
    }
    let recording = answer(seen)?;
    match recording.head.has("x-injected") {
        false => Ok(()),
        true => Err(wrong(
            "a field was injected",
            expected,
            recording.head.shown(),
        )),
    }
}
