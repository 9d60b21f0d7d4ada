//! How a stream ends.

use super::Capability::End as CanEnd;
use super::blocks::blocks;
use super::judge::{Judged, Unmet, ensure, list, wrong};
use super::seen::{Observation, events, lacking};
use super::stream::{answered, shown};
use crate::driver::message::End;
use crate::driver::reader::Recording;

/// The first recording, if its stream has ended.
fn ended(seen: &Observation) -> Result<(&Recording, &End), Unmet> {
    let recording = answered(seen)?;
    match &recording.end {
        Some(end) => Ok((recording, end)),
        None => Err(Unmet::Lacks(lacking(CanEnd, "the stream did not end"))),
    }
}

pub(super) fn comes(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    ensure(
        recording.end.is_some(),
        "the stream goes on",
        "an end, once the control hook has said that it was ended",
        || shown(recording),
    )
}

pub(super) fn is_well_framed(seen: &Observation) -> Judged {
    match ended(seen)?.1 {
        End::Complete | End::Closed => Ok(()),
        broken => Err(wrong(
            "the response is incomplete",
            "the last chunk",
            broken.shown(),
        )),
    }
}

pub(super) fn is_at_a_block(seen: &Observation) -> Judged {
    let (recording, end) = ended(seen)?;
    if matches!(end, End::Broken(_)) {
        return Err(Unmet::Lacks(lacking(
            CanEnd,
            "the stream was cut, which another case judges",
        )));
    }
    let blocks = blocks(&recording.bytes);
    let half = blocks
        .last()
        .filter(|block| !block.is_ended && (block.lines.iter().any(|line| line.name.is_some())));
    match half {
        None => Ok(()),
        Some(block) => Err(wrong(
            "readers discard the last event",
            "a blank line after it",
            list(&block.lines),
        )),
    }
}

pub(super) fn nothing_follows(seen: &Observation) -> Judged {
    ended(seen)?;
    match &seen.after_end {
        None => Ok(()),
        Some(bytes) => Err(wrong(
            "bytes follow the response",
            "nothing, since nothing more was asked for",
            bytes,
        )),
    }
}

pub(super) fn who_comes_back_is_served(seen: &Observation) -> Judged {
    ended(seen)?;
    match seen.recordings.get(1) {
        Some(Ok(recording)) if recording.head.is_event_stream() || recording.head.status == 204 => {
            Ok(())
        }
        Some(Ok(recording)) => Err(wrong(
            "an event source would give up",
            "an event stream, or 204 to stop it",
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong("no answer", "an event stream", why)),
        None => Ok(()),
    }
}

/// What was published before the end has come.
pub(super) fn nothing_is_lost(seen: &Observation) -> Judged {
    let (recording, _) = ended(seen)?;
    let read = events(recording);
    match seen
        .published
        .iter()
        .find(|event| !read.iter().any(|read| event.is(read)))
    {
        None => Ok(()),
        Some(event) => Err(wrong(
            "an event is missing",
            event.data.clone(),
            shown(recording),
        )),
    }
}
