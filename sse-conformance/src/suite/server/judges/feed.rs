//! Judges a server that publishes by itself: whether two clients see the same, and whether
//! heartbeats are inside lines.

use std::collections::BTreeMap;

use crate::driver::capability::Capability::{Heartbeat, Publish, Resume};
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::judges::resume;
use crate::suite::server::judges::stream::answered;
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::blocks::{Line, blocks};
use crate::suite::server::observation::feed::{Entry, entries};
use crate::suite::server::observation::resumption::Resumption;
use crate::suite::server::observation::seen::Observation;
use crate::text::show;

/// The number of events that both clients must have for the suite to believe that they read the
/// same feed.
const SHARED: usize = 3;

/// Returns the entries of the two clients, if they read the same feed.
fn both(seen: &Observation) -> Result<[Vec<Entry>; 2], Unmet> {
    let lacks = |why: &str| Unmet::Lacks(lacking(Publish, why));
    answered(seen)?;
    let [Some(Ok(first)), Some(Ok(second))] = [0, 1].map(|index| seen.recordings.get(index)) else {
        return Err(lacks(
            "no second client got events that the server sends by itself",
        ));
    };
    let both = [entries(first).0, entries(second).0];
    let shared = both[0]
        .iter()
        .filter(|entry| both[1].contains(entry))
        .count();
    match shared >= SHARED {
        true => Ok(both),
        false => Err(lacks(
            "the two clients have fewer than three events in common: each has its own feed",
        )),
    }
}

/// Returns the entries between the first and the last one that the other client has as well.
fn shared<'e>(entries: &'e [Entry], others: &[Entry]) -> &'e [Entry] {
    let has = |entry: &Entry| others.iter().any(|other| other.id == entry.id);
    let first = entries.iter().position(has);
    let last = entries.iter().rposition(has);
    match (first, last) {
        (Some(first), Some(last)) => &entries[first..=last],
        _ => &[],
    }
}

/// Between two events that both clients have, each has the same events.
pub(crate) fn readers_have_the_same(seen: &Observation) -> Judged {
    let [first, second] = both(seen)?;
    for (entries, others) in [(&first, &second), (&second, &first)] {
        let lost = shared(entries, others)
            .iter()
            .find(|entry| !others.iter().any(|other| other.id == entry.id));
        if let Some(lost) = lost {
            return Err(wrong(
                "one of two clients lacks an event",
                format!("the event with the ID {}", show(&lost.id)),
                format!("the IDs {}", show(&ids(others))),
            ));
        }
    }
    Ok(())
}

pub(crate) fn readers_have_one_order(seen: &Observation) -> Judged {
    let [first, second] = both(seen)?;
    let places: Vec<usize> = first
        .iter()
        .filter_map(|entry| second.iter().position(|other| other.id == entry.id))
        .collect();
    match places.is_sorted() {
        true => Ok(()),
        false => Err(wrong(
            "two clients get events in a different order",
            show(&ids(&first)),
            show(&ids(&second)),
        )),
    }
}

fn ids(entries: &[Entry]) -> String {
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
    ids.join(", ")
}

/// Judges the places at which a heartbeat had set the ID.
pub(crate) fn heartbeat_keeps_place(seen: &Observation) -> Judged {
    if !seen
        .resumptions
        .iter()
        .any(|resumption| resumption.of_heartbeat)
    {
        let why = "no heartbeat between the events has an ID";
        return Err(Unmet::Lacks(lacking(Heartbeat, why)));
    }
    let is_of_heartbeat = |resumption: &Resumption| resumption.of_heartbeat;
    resume::no_gap_where(seen, is_of_heartbeat)
}

// Judges heartbeats inside lines.

/// Returns a line of a stream as it was sent.
fn raw<'b>(bytes: &'b [u8], line: &Line) -> &'b [u8] {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let text = &bytes[..line.end.min(bytes.len())];
    let text = text.strip_suffix(b"\r\n").unwrap_or(text);
    let text = text
        .strip_suffix(b"\n")
        .or(text.strip_suffix(b"\r"))
        .unwrap_or(text);
    let start = text.iter().rposition(is_end).map_or(0, |end| end + 1);
    &text[start..]
}

/// Returns the two halves of each line that a comment seems to split: a field's line ends in a
/// comment, and the next line is not a field.
fn torn(recording: &Recording) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut torn = Vec::new();
    for response in recording.responses() {
        let blocks = blocks(&response.bytes);
        let lines: Vec<&Line> = blocks.iter().flat_map(|block| &block.lines).collect();
        let raw = |line: &Line| raw(&response.bytes, line);
        let mut comments: Vec<&[u8]> = lines
            .iter()
            .filter(|line| line.name.is_none())
            .map(|line| raw(line))
            .collect();
        comments.push(b":");
        for pair in lines.windows(2) {
            let [line, next] = [raw(pair[0]), raw(pair[1])];
            if pair[0].name.is_none() || pair[0].value.is_empty() || is_field(pair[1]) {
                continue;
            }
            let longest = comments
                .iter()
                .filter_map(|comment| line.strip_suffix(*comment))
                .min_by_key(|before| before.len());
            if let Some(before) = longest {
                torn.push((before.to_vec(), next.to_vec()));
            }
        }
    }
    torn
}

/// Returns whether a line may be a comment or a field, known or unknown.
fn is_field(line: &Line) -> bool {
    let Some(name) = &line.name else {
        return true;
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_known = ["data", "event", "id", "retry"].contains(&name.as_str());
    is_known || !line.value.is_empty() && !name.is_empty() && name.bytes().all(is_word)
}

fn comment_in_line(before: &[u8], after: &[u8]) -> Unmet {
    wrong(
        "a comment is inside a line",
        "comments on lines of their own",
        format!("{} | {}", before.escape_ascii(), after.escape_ascii()),
    )
}

/// Judges one client: a line is split if the next line is not a field.
pub(crate) fn no_comment_inside_line(seen: &Observation) -> Judged {
    let torn = torn(answered(seen)?);
    match torn.first() {
        None => Ok(()),
        Some((before, after)) => Err(comment_in_line(before, after)),
    }
}

/// Judges lines that another client has in one piece.
pub(crate) fn no_comment_inside_line_of_others(seen: &Observation) -> Judged {
    let recordings: Vec<&Recording> = seen
        .recordings
        .iter()
        .flatten()
        .chain(
            seen.resumptions
                .iter()
                .map(|resumption| &resumption.recording),
        )
        .collect();
    if recordings.len() < 2 {
        return Err(Unmet::Lacks(lacking(Resume, "there is no other client")));
    }
    let mut whole: BTreeMap<&[u8], ()> = BTreeMap::new();
    for response in recordings
        .iter()
        .flat_map(|recording| recording.responses())
    {
        for line in blocks(&response.bytes)
            .iter()
            .flat_map(|block| &block.lines)
        {
            whole.insert(raw(&response.bytes, line), ());
        }
    }
    for recording in &recordings {
        for (before, after) in torn(recording) {
            if whole.contains_key([before.as_slice(), &after].concat().as_slice()) {
                return Err(comment_in_line(&before, &after));
            }
        }
    }
    Ok(())
}
