//! Judges how a stream ends.

use crate::driver::capability::Capability::End as CanEnd;
use crate::driver::message::End;
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::{answered, shown};
use crate::suite::server::lacking::{lacking, not_judged};
use crate::suite::server::observation::blocks::{Line, blocks};
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;
use crate::text::list;

/// Returns the first recording, if its stream has ended.
fn ended(seen: &Observation) -> Result<(&Recording, &End), Unmet> {
    let recording = answered(seen)?;
    match &recording.end {
        Some(end) => Ok((recording, end)),
        None => Err(Unmet::Lacks(lacking(CanEnd, "the stream did not end"))),
    }
}

pub(crate) fn comes(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    if recording.is_full {
        let why = seen.excuse().unwrap_or_default();
        return Err(Unmet::Lacks(not_judged(why)));
    }
    ensure(
        recording.end.is_some(),
        "the stream goes on",
        "the end, after the control hook has said that it is done",
        || shown(recording),
    )
}

pub(crate) fn is_well_framed(seen: &Observation) -> Judged {
    match ended(seen)?.1 {
        End::Complete | End::Closed => Ok(()),
        broken => Err(wrong(
            "the response is incomplete",
            "the last chunk",
            broken.shown(),
        )),
    }
}

pub(crate) fn is_at_a_block(seen: &Observation) -> Judged {
    let (recording, end) = ended(seen)?;
    if matches!(end, End::Broken(_)) {
        return Err(Unmet::Lacks(lacking(
            CanEnd,
            "the stream was cut, which another case judges",
        )));
    }
    ends_at_a_block(recording)
}

fn ends_at_a_block(recording: &Recording) -> Judged {
    let blocks = blocks(&recording.bytes);
    let is_cut = !matches!(recording.bytes.last(), Some(b'\n' | b'\r'));
    let is_lost = |line: &Line| match line.name.as_deref() {
        Some("data" | "event" | "id") => true,
        // A comment carries no data, and a reconnection time needs no blank line.
        Some(name) => is_cut && line.end == recording.bytes.len() && !name.starts_with(':'),
        None => false,
    };
    let half = blocks
        .last()
        .filter(|block| !block.is_ended && block.lines.iter().any(is_lost));
    match half {
        None => Ok(()),
        Some(block) => Err(wrong(
            "clients discard the last event",
            "a blank line after it",
            list(&block.lines),
        )),
    }
}

pub(crate) fn nothing_follows(seen: &Observation) -> Judged {
    ended(seen)?;
    match &seen.after_end {
        None => Ok(()),
        Some(bytes) => Err(wrong(
            "bytes follow the response",
            "nothing, since nothing else was requested",
            bytes,
        )),
    }
}

pub(crate) fn who_comes_back_is_served(seen: &Observation) -> Judged {
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

/// Everything that was published before the end has arrived.
pub(crate) fn nothing_is_lost(seen: &Observation) -> Judged {
    let (recording, _) = ended(seen)?;
    let read = events(recording);
    if let Some(why) = seen.excuse() {
        return Err(Unmet::Lacks(not_judged(why)));
    }
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

// Judges streams that end by themselves and are opened again.

/// Judges each response that ended before the client came back.
fn each_ended(seen: &Observation, judge: impl Fn(&Recording) -> Judged) -> Judged {
    let recording = answered(seen)?;
    let is_clean =
        |response: &&Recording| matches!(response.end, Some(End::Complete | End::Closed));
    let mut ended = recording.responses().filter(is_clean).peekable();
    if ended.peek().is_none() {
        return Err(Unmet::Lacks(not_judged("no stream ended by itself")));
    }
    ended.try_for_each(judge)
}

pub(crate) fn each_is_at_a_block(seen: &Observation) -> Judged {
    each_ended(seen, ends_at_a_block)
}

pub(crate) fn nothing_follows_each(seen: &Observation) -> Judged {
    each_ended(seen, |response| match &response.after_end {
        None => Ok(()),
        Some(bytes) => Err(wrong(
            "bytes follow the response",
            "nothing, since nothing else was requested",
            bytes,
        )),
    })
}

/// An event source stops for good at an error.
pub(crate) fn reader_is_let_in_again(seen: &Observation) -> Judged {
    each_ended(seen, |_| Ok(()))?;
    match &answered(seen)?.turned_away {
        None => Ok(()),
        Some(answer) => Err(wrong(
            "an event source that comes back gives up",
            "an event stream, or 204 to stop it",
            answer,
        )),
    }
}

/// Parts of the errors about a connection that was closed before the server got the request.
const CLOSED: [&str; 3] = [
    "closed without",
    "could not be sent",
    "the connection broke",
];

pub(crate) fn kept_connection_serves(seen: &Observation) -> Judged {
    match &seen.kept {
        None => Err(Unmet::Lacks(not_judged(
            "no stream ended by itself and left its connection open",
        ))),
        Some(Ok(recording)) if (200..600).contains(&recording.head.status) => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "the next answer is not a valid response",
            "a response",
            recording.head.shown(),
        )),
        // A server may close an idle connection without notice.
        Some(Err(why)) if CLOSED.iter().any(|closed| why.contains(closed)) => Ok(()),
        Some(Err(why)) => Err(wrong(
            "the next request on the connection is not answered correctly",
            "a response",
            why,
        )),
    }
}
