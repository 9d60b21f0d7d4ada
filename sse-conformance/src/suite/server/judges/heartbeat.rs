//! Judges an idle stream: whether there are heartbeats, how often, and in what form.

use std::time::Duration;

use crate::driver::capability::Capability::Heartbeat;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::{answered, shown};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::blocks::{Block, Line, blocks, blocks_of};
use crate::suite::server::observation::idle::{has_come, idle_ids, moments};
use crate::suite::server::observation::seen::Observation;
use crate::text::list;

/// A heartbeat every 15 seconds is not seen in less time, so a shorter silence proves nothing.
const LONG_ENOUGH: Duration = Duration::from_secs(18);

pub(crate) fn is_there(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    if recording.end.is_some() {
        return Err(Unmet::Lacks(lacking(
            Heartbeat,
            "the stream ended by itself",
        )));
    }
    let later = has_come(recording);
    if !later && recording.read_for < LONG_ENOUGH {
        let watched = recording.read_for.as_secs_f64();
        let why = format!("the idle stream is silent, but was watched for only {watched:.1} s");
        return Err(Unmet::Lacks(lacking(Heartbeat, why)));
    }
    ensure(
        later,
        "the idle stream is silent",
        "a comment every 15 seconds or so",
        || format!("nothing within {:.1} s", recording.read_for.as_secs_f64()),
    )
}

pub(crate) fn period(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    let mut moments = moments(recording);
    moments.insert(0, recording.head_at);
    let longest = moments
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .max()
        .unwrap_or_default();
    ensure(
        longest <= Duration::from_secs(30),
        "the silence is too long",
        "at most 30 s",
        || format!("{:.1} s", longest.as_secs_f64()),
    )
}

pub(crate) fn is_no_event(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    let blocks = blocks(&recording.bytes);
    match blocks
        .iter()
        .find(|block| block.has("data") && block.is_heartbeat())
    {
        None => Ok(()),
        Some(block) => Err(wrong(
            "the page gets an event without content",
            "a comment",
            list(&block.lines),
        )),
    }
}

pub(crate) fn has_no_id(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    match idle_ids(recording).first() {
        None => Ok(()),
        Some(id) => Err(wrong(
            "the client's place moves although nothing happened",
            "no ID",
            format!("{id:?}"),
        )),
    }
}

/// Finds bytes that arrive later than the rest of their line, on a stream where nothing else is
/// sent.
pub(crate) fn ends_its_line(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let pause = Duration::from_millis(200);
    let unended = recording.arrivals.windows(2).any(|pair| {
        let [(length, at), (_, next)] = [pair[0], pair[1]];
        let bytes = &recording.bytes[..length.min(recording.bytes.len())];
        at > recording.head_at + pause && next > at + pause && !bytes.last().is_none_or(is_end)
    });
    ensure(
        !unended,
        "clients take the next line for the rest of this one",
        "a line end with each heartbeat",
        || shown(recording),
    )
}

pub(crate) fn is_a_bare_line(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    let blocks = blocks(&recording.bytes);
    let comment_block =
        |block: &&Block| block.is_ended && block.lines.iter().all(|line| line.name.is_none());
    match blocks.iter().find(comment_block) {
        None => Ok(()),
        Some(_) => Err(wrong(
            "some fetch clients take the blank line for an empty event",
            "only a comment line",
            shown(recording),
        )),
    }
}

/// A comment between the fields of an event is legal, but some clients fail on it.
pub(crate) fn no_comment_inside_event(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    for block in blocks_of(recording)
        .iter()
        .filter(|block| block.has("data"))
    {
        let is_comment = |line: &Line| line.name.is_none();
        let first_field = block.lines.iter().position(|line| !is_comment(line));
        let rest = &block.lines[first_field.unwrap_or_default()..];
        if rest.iter().any(is_comment) {
            return Err(wrong(
                "a comment is between the fields of an event",
                "comments between events",
                list(&block.lines),
            ));
        }
    }
    Ok(())
}

fn no_heartbeat() -> Unmet {
    Unmet::Lacks(lacking(Heartbeat, "the idle stream is silent"))
}
