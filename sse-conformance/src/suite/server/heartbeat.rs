//! What an idle stream sends: whether, how often, in what form.

use std::time::Duration;

use crate::driver::recording::Recording;
use crate::driver::target::Capability::Heartbeat;
use crate::suite::server::blocks::{Block, Line, blocks, blocks_of};
use crate::suite::server::judge::{Judged, Unmet, ensure, wrong};
use crate::suite::server::seen::{Observation, lacking};
use crate::suite::server::stream::{answered, shown};
use crate::text::list;

/// A heartbeat every 15 seconds cannot be seen in less; silence says nothing then.
const LONG_ENOUGH: Duration = Duration::from_secs(18);

/// At how many moments something came, those within a fifth of a second being one.
pub(super) fn signs_of_life(recording: &Recording) -> usize {
    moments(recording).len()
}

fn moments(recording: &Recording) -> Vec<Duration> {
    let mut moments: Vec<Duration> = Vec::new();
    for (_, at) in &recording.arrivals {
        if moments
            .last()
            .is_none_or(|last| *at > *last + Duration::from_millis(200))
        {
            moments.push(*at);
        }
    }
    moments
}

/// Returns the IDs that come with heartbeats: not with an event, nor in a block of their own after
/// one, nor at the start, where they tell a new reader where it is.
pub(super) fn idle_ids(recording: &Recording) -> Vec<String> {
    let early = |block: &Block| {
        let end = block.lines.last().map_or(0, |line| line.end);
        let arrival = recording.arrivals.iter().find(|(length, _)| *length >= end);
        arrival.is_some_and(|(_, at)| *at < recording.head_at + Duration::from_millis(100))
    };
    let mut ids = Vec::new();
    let mut is_after_event = false;
    for block in blocks(&recording.bytes)
        .iter()
        .filter(|block| block.is_ended)
    {
        let is_heartbeat = block.is_heartbeat();
        let is_of_event = !is_heartbeat || is_after_event && !block.has("data");
        let own = block.values("id").map(str::to_owned);
        if !is_of_event && !early(block) {
            ids.extend(own);
        }
        is_after_event = match block.has("id") {
            true => false,
            false => is_after_event || !is_heartbeat,
        };
    }
    ids
}

/// Returns whether something came on the idle stream after the greeting.
pub(super) fn has_come(recording: &Recording) -> bool {
    let greeted = recording.head_at + Duration::from_millis(200);
    moments(recording).into_iter().any(|at| at > greeted)
}

pub(super) fn is_there(seen: &Observation) -> Judged {
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
        let why = format!("the idle stream is silent, but was watched for {watched:.1} s only");
        return Err(Unmet::Lacks(lacking(Heartbeat, why)));
    }
    ensure(
        later,
        "the idle stream is silent",
        "a comment every 15 seconds or so",
        || format!("nothing within {:.1} s", recording.read_for.as_secs_f64()),
    )
}

pub(super) fn period(seen: &Observation) -> Judged {
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

pub(super) fn is_no_event(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    let blocks = blocks(&recording.bytes);
    match blocks
        .iter()
        .find(|block| block.has("data") && block.is_heartbeat())
    {
        None => Ok(()),
        Some(block) => Err(wrong(
            "the page sees an event that says nothing",
            "a comment",
            list(&block.lines),
        )),
    }
}

pub(super) fn has_no_id(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    match idle_ids(recording).first() {
        None => Ok(()),
        Some(id) => Err(wrong(
            "the reader's place moves though nothing happened",
            "no id",
            format!("{id:?}"),
        )),
    }
}

/// Bytes that come later than the line they belong to, on a stream that has nothing else to say.
pub(super) fn ends_its_line(seen: &Observation) -> Judged {
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
        "what comes next is taken for the rest of the line",
        "a line end with each heartbeat",
        || shown(recording),
    )
}

pub(super) fn is_a_bare_line(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    is_there(seen).map_err(|_| no_heartbeat())?;
    let blocks = blocks(&recording.bytes);
    let comment_block =
        |block: &&Block| block.is_ended && block.lines.iter().all(|line| line.name.is_none());
    match blocks.iter().find(comment_block) {
        None => Ok(()),
        Some(_) => Err(wrong(
            "some fetch clients take the blank line for an empty event",
            "a comment line alone",
            shown(recording),
        )),
    }
}

/// A comment between the fields of an event is legal, and some readers trip over it.
pub(super) fn no_comment_inside_event(seen: &Observation) -> Judged {
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
                "a comment stands between the fields of an event",
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
