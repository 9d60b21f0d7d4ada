//! What stands in a stream: its text, its fields, its heartbeats, its end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Capability::{End as CanEnd, Heartbeat, Publish};
use super::judge::{Judged, Unmet, ensure, wrong};
use super::observe::{Observation, events, lacking};
use crate::driver::message::End;
use crate::driver::reader::Recording;
use crate::suite::report::brief;

/// The first recording, if it is an event stream. If it is none, `server/status/ok` says so.
pub(super) fn answered(seen: &Observation) -> Result<&Recording, Unmet> {
    let none = |why: &str| Unmet::Lacks(lacking(Publish, why));
    match seen.recordings.first() {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(recording),
        Some(Ok(_)) => Err(none("the answer is no event stream")),
        Some(Err(why)) => Err(none(why)),
        None => Err(none("nothing was asked")),
    }
}

/// The bytes of a recording, as text with escapes.
pub(super) fn shown(recording: &Recording) -> String {
    match recording.bytes.as_slice() {
        [] => "nothing".to_owned(),
        bytes => brief(&bytes.escape_ascii().to_string()),
    }
}

/// A line of a stream.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    /// `None` for a comment.
    name: Option<String>,
    value: String,
    /// How many bytes of the stream there are up to its end.
    end: usize,
}

/// The lines up to a blank one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    lines: Vec<Line>,
    /// Whether the blank line is there.
    is_ended: bool,
}

impl Block {
    fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    fn values<'b>(&'b self, name: &str) -> impl Iterator<Item = &'b str> {
        self.lines
            .iter()
            .filter(move |line| line.name.as_deref() == Some(name))
            .map(|line| line.value.as_str())
    }

    /// Whether it says nothing: a comment, or an event that is known not to be one.
    fn is_heartbeat(&self) -> bool {
        const NAMES: [&str; 6] = ["", "ping", "heartbeat", "keepalive", "keep-alive", "hb"];
        let means_nothing = |value: &str| NAMES.contains(&value.to_ascii_lowercase().as_str());
        !self.has("data")
            || self.values("data").all(means_nothing)
            || self
                .values("event")
                .any(|name| !name.is_empty() && means_nothing(name))
    }
}

/// The blocks of a stream, read leniently.
pub(super) fn blocks(bytes: &[u8]) -> Vec<Block> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let offset = bytes.len() - text.len();
    let mut blocks = Vec::new();
    let mut block = Block::default();
    let mut start = 0;
    let mut position = 0;
    while position < text.len() {
        let byte = text[position];
        position += 1;
        if byte != b'\n' && byte != b'\r' {
            continue;
        }
        let line = String::from_utf8_lossy(&text[start..position - 1]).into_owned();
        if byte == b'\r' && text.get(position) == Some(&b'\n') {
            position += 1;
        }
        start = position;
        if line.is_empty() {
            block.is_ended = true;
            blocks.push(std::mem::take(&mut block));
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        block.lines.push(Line {
            name: (!line.starts_with(':')).then(|| name.to_owned()),
            value,
            end: offset + position,
        });
    }
    if start < text.len() {
        block.lines.push(Line {
            name: Some(String::from_utf8_lossy(&text[start..]).into_owned()),
            value: String::new(),
            end: bytes.len(),
        });
    }
    if !block.lines.is_empty() {
        blocks.push(block);
    }
    blocks
}

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

/// The ids that an idle stream sets, other than with the event that tells a new reader where it is.
pub(super) fn idle_ids(recording: &Recording) -> Vec<String> {
    let early = |block: &Block| {
        let end = block.lines.last().map_or(0, |line| line.end);
        let arrival = recording.arrivals.iter().find(|(length, _)| *length >= end);
        arrival.is_some_and(|(_, at)| *at < recording.head_at + Duration::from_millis(100))
    };
    blocks(&recording.bytes)
        .iter()
        .filter(|block| block.is_ended && block.is_heartbeat() && !early(block))
        .flat_map(|block| block.values("id").map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

// The text.

pub(super) fn utf8(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    match std::str::from_utf8(&recording.bytes) {
        Ok(_) => Ok(()),
        // A character may be cut where reading stopped.
        Err(error) if error.error_len().is_none() && recording.end.is_none() => Ok(()),
        Err(error) => {
            let from = error.valid_up_to().saturating_sub(20);
            let part = &recording.bytes[from..recording.bytes.len().min(from + 60)];
            Err(wrong(
                format!("byte {} is not UTF-8", error.valid_up_to()),
                "UTF-8",
                part.escape_ascii().to_string(),
            ))
        }
    }
}

pub(super) fn no_bom(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let has = recording.bytes.starts_with(b"\xEF\xBB\xBF");
    ensure(!has, "there is a BOM", "none", || shown(recording))
}

pub(super) fn no_bom_inside(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks(&recording.bytes);
    let mut names = blocks
        .iter()
        .flat_map(|block| &block.lines)
        .filter_map(|line| line.name.as_ref());
    match names.find(|name| name.starts_with('\u{FEFF}')) {
        None => Ok(()),
        Some(name) => Err(wrong(
            "a BOM makes a field unknown",
            "no BOM but at the start",
            format!("the field {name:?}"),
        )),
    }
}

pub(super) fn known_fields(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let known = ["data", "event", "id", "retry"];
    let complete = blocks(&recording.bytes);
    let complete = complete.iter().filter(|block| block.is_ended);
    let mut names = complete
        .flat_map(|block| &block.lines)
        .filter_map(|line| line.name.as_ref());
    match names.find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(wrong(
            "every reader ignores this field",
            "data, event, id or retry",
            format!("{name:?}"),
        )),
    }
}

/// A block with a type and no data is never dispatched.
pub(super) fn typed_blocks_have_data(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks(&recording.bytes);
    let without = blocks.iter().find(|block| {
        block.is_ended && block.values("event").any(|name| !name.is_empty()) && !block.has("data")
    });
    match without {
        None => Ok(()),
        Some(block) => Err(wrong(
            "no reader dispatches this event",
            "a data field",
            format!("{:?}", block.values("event").collect::<Vec<_>>()),
        )),
    }
}

pub(super) fn retry_is_digits(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks(&recording.bytes);
    let mut values = blocks.iter().flat_map(|block| block.values("retry"));
    let is_wrong =
        |value: &&str| value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit());
    match values.find(is_wrong) {
        None => Ok(()),
        Some(value) => Err(wrong(
            "every reader ignores it",
            "ASCII digits",
            format!("{value:?}"),
        )),
    }
}

pub(super) fn retry_is_milliseconds(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks(&recording.bytes);
    let values = blocks.iter().flat_map(|block| block.values("retry"));
    let mut values = values.filter_map(|value| value.parse::<u64>().ok());
    match values.find(|value| (1..100).contains(value) || *value > 3_600_000) {
        None => Ok(()),
        Some(value) => Err(wrong(
            "the time is improbable",
            "0, or between 100 ms and an hour",
            format!("{value} ms"),
        )),
    }
}

pub(super) fn ids_are_portable(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks(&recording.bytes);
    let mut ids = blocks.iter().flat_map(|block| block.values("id"));
    let is_wrong = |id: &&str| {
        id.len() > 128
            || !id
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    match ids.find(is_wrong) {
        None => Ok(()),
        Some(id) => Err(wrong(
            "a header cannot carry it everywhere",
            "at most 128 printable ASCII characters",
            super::judge::show(id),
        )),
    }
}

pub(super) fn ids_have_no_nul(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks(&recording.bytes);
    let mut ids = blocks.iter().flat_map(|block| block.values("id"));
    match ids.find(|id| id.contains('\0')) {
        None => Ok(()),
        Some(id) => Err(wrong(
            "every reader ignores it",
            "no NUL",
            format!("{id:?}"),
        )),
    }
}

pub(super) fn ids_are_unique(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    let blocks = blocks(&recording.bytes);
    let with_data = blocks.iter().filter(|block| block.has("data"));
    for id in with_data.filter_map(|block| block.values("id").last()) {
        *of.entry(id).or_default() += 1;
    }
    match of.iter().find(|(id, count)| !id.is_empty() && **count > 1) {
        None => Ok(()),
        Some((id, count)) => Err(wrong(
            "a reader that has one of them is taken to have the others",
            "an id for one event",
            format!("{id:?} {count} times"),
        )),
    }
}

/// An id that the server puts into the stream must not be able to add an event to it.
pub(super) fn nothing_injected(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let injected = events(recording)
        .into_iter()
        .find(|read| read.data == "injected");
    match injected {
        None => Ok(()),
        Some(read) => Err(wrong(
            "an event was injected",
            "no such event",
            format!("{read:?}"),
        )),
    }
}

// Heartbeats.

pub(super) fn heartbeat_is_there(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    if recording.end.is_some() {
        return Err(Unmet::Lacks(lacking(
            Heartbeat,
            "the stream ended by itself",
        )));
    }
    // What comes with the head is a greeting.
    let later = moments(recording)
        .into_iter()
        .any(|at| at > recording.head_at + Duration::from_millis(200));
    ensure(
        later,
        "the idle stream is silent",
        "a comment every 15 seconds or so",
        || format!("nothing within {:.1} s", recording.read_for.as_secs_f64()),
    )
}

pub(super) fn heartbeat_period(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    heartbeat_is_there(seen).map_err(|_| no_heartbeat())?;
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

pub(super) fn heartbeat_is_no_event(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    heartbeat_is_there(seen).map_err(|_| no_heartbeat())?;
    let blocks = blocks(&recording.bytes);
    match blocks
        .iter()
        .find(|block| block.has("data") && block.is_heartbeat())
    {
        None => Ok(()),
        Some(block) => Err(wrong(
            "the page sees an event that says nothing",
            "a comment",
            format!("{:?}", block.lines),
        )),
    }
}

pub(super) fn heartbeat_has_no_id(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    heartbeat_is_there(seen).map_err(|_| no_heartbeat())?;
    match idle_ids(recording).first() {
        None => Ok(()),
        Some(id) => Err(wrong(
            "the reader's place moves though nothing happened",
            "no id",
            format!("{id:?}"),
        )),
    }
}

pub(super) fn heartbeat_is_a_bare_line(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    heartbeat_is_there(seen).map_err(|_| no_heartbeat())?;
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
    for block in blocks(&recording.bytes)
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
                brief(&format!("{:?}", block.lines)),
            ));
        }
    }
    Ok(())
}

fn no_heartbeat() -> Unmet {
    Unmet::Lacks(lacking(Heartbeat, "the idle stream is silent"))
}

// The end.

/// The first recording, if its stream has ended.
fn ended(seen: &Observation) -> Result<(&Recording, &End), Unmet> {
    let recording = answered(seen)?;
    match &recording.end {
        Some(end) => Ok((recording, end)),
        None => Err(Unmet::Lacks(lacking(CanEnd, "the stream did not end"))),
    }
}

pub(super) fn end_comes(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    ensure(
        recording.end.is_some(),
        "the stream goes on",
        "an end, once the control hook has said that it was ended",
        || shown(recording),
    )
}

pub(super) fn end_is_well_framed(seen: &Observation) -> Judged {
    match ended(seen)?.1 {
        End::Complete | End::Closed => Ok(()),
        broken => Err(wrong(
            "the response is incomplete",
            "the last chunk",
            broken.shown(),
        )),
    }
}

pub(super) fn end_is_at_a_block(seen: &Observation) -> Judged {
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
            brief(&format!("{:?}", block.lines)),
        )),
    }
}

pub(super) fn nothing_follows_the_end(seen: &Observation) -> Judged {
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
pub(super) fn nothing_is_lost_at_the_end(seen: &Observation) -> Judged {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_parted_by_blank_lines() {
        let blocks = blocks(b"\xEF\xBB\xBF: a\ndata: b\r\n\r\nid\rdata:c");
        let names: Vec<Vec<_>> = blocks
            .iter()
            .map(|block| {
                block
                    .lines
                    .iter()
                    .map(|line| line.name.as_deref())
                    .collect()
            })
            .collect();
        assert_eq!(
            names,
            [vec![None, Some("data")], vec![Some("id"), Some("data:c")]]
        );
        assert_eq!(
            blocks
                .iter()
                .map(|block| block.is_ended)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }

    #[test]
    fn a_heartbeat_says_nothing() {
        for text in [
            ": a\n\n",
            "event: ping\ndata: 12:00\n\n",
            "data:\n\n",
            "data: heartbeat\n\n",
        ] {
            assert!(blocks(text.as_bytes())[0].is_heartbeat(), "{text}");
        }
        assert!(!blocks(b"data: a\n\n")[0].is_heartbeat());
    }
}
