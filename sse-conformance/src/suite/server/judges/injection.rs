//! Values of the query that must not add anything to the response.

use crate::driver::capability::Capability::Publish;
use crate::driver::http1::MALFORMED;
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::Read;
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;

/// The response, unless there was none: a server may close the connection on such a request.
fn answer(seen: &Observation) -> Result<&Recording, Unmet> {
    let none = |why: &str| Unmet::Lacks(lacking(Publish, why));
    match seen.recordings.first() {
        Some(Ok(recording)) => Ok(recording),
        Some(Err(why)) => Err(none(why)),
        None => Err(none("nothing was asked")),
    }
}

/// No event of the stream was made by the query.
pub(crate) fn no_event(seen: &Observation) -> Judged {
    let recording = answer(seen)?;
    // Data that was echoed as it should be has `data: injected` as one of its lines.
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

/// No field of the response was made by the query.
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
