//! The events that an event source reads, and the IDs from which it can resume.
//!
//! Only an ID line sets a last event ID. The events after it carry the same ID, but a client that
//! resumes from it gets them again, because a server may send an ID only with some events.

use crate::driver::recording::Recording;
use crate::model::{Due, Item};
use crate::suite::server::observation::blocks;
use crate::suite::server::observation::event::{Published, Read};

/// An ID that the stream set, and the number of events before it. An event in the block of the ID
/// counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) id: String,
    pub(crate) events: usize,
}

/// Returns the events and the places of an event source, over all responses.
///
/// A server may repeat what it sent after the last ID of a stream that has ended, because it cannot
/// know that the client has it. Such repetitions are left out.
pub(crate) fn read(recording: &Recording) -> (Vec<Read>, Vec<Place>) {
    let mut events: Vec<Read> = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    let mut confirmed = 0;
    for response in recording.responses() {
        let unconfirmed = confirmed..events.len();
        let mut is_repeated = vec![false; unconfirmed.len()];
        let mut id = response.resumed_from.clone();
        // A stream that was requested without an ID begins at the newest event.
        let mut at = match id.is_empty() {
            true => events.len(),
            false => confirmed,
        };
        let decoded = response.decoded();
        let mut items = decoded.items.iter().filter_map(event);
        for block in blocks(&response.bytes) {
            if let Some(new) = &block.id {
                id.clone_from(new);
            }
            if block.has_data {
                let Some((event_type, data)) = items.next() else {
                    break;
                };
                let read = Read {
                    event_type: event_type.to_owned(),
                    data: data.to_owned(),
                    id: id.clone(),
                    has_own_id: block.id.is_some(),
                };
                let again = unconfirmed
                    .clone()
                    .zip(&mut is_repeated)
                    .find(|(index, done)| {
                        !**done
                            && events[*index].event_type == read.event_type
                            && events[*index].data == read.data
                    });
                at = match again {
                    Some((index, done)) => {
                        *done = true;
                        index + 1
                    }
                    None => {
                        events.push(read);
                        events.len()
                    }
                };
            }
            if let Some(id) = block.id {
                places.push(Place { id, events: at });
                confirmed = at;
            }
        }
    }
    (events, places)
}

/// Returns the places from which a client can resume, each with the number of published events
/// before it. After an event, a client uses the last of several IDs.
pub(crate) fn of_published(recording: &Recording, published: &[Published]) -> Vec<Place> {
    let (events, places) = read(recording);
    let mut found: Vec<Place> = Vec::new();
    for place in places {
        let before = &events[..place.events];
        let is_before = |event: &&Published| before.iter().any(|read| event.is(read));
        let events = published.iter().filter(is_before).count();
        found.retain(|other| other.events != events);
        found.push(Place { events, ..place });
    }
    found.retain(|place| !place.id.is_empty());
    found
}

/// Returns the last event ID that this response set. An empty one is a reset.
pub(crate) fn last_event_id(response: &Recording) -> Option<String> {
    blocks(&response.bytes)
        .into_iter()
        .filter_map(|block| block.id)
        .next_back()
}

fn event(due: &Due) -> Option<(&str, &str)> {
    match &due.item {
        Item::Event {
            event_type, data, ..
        } => Some((event_type, data)),
        _ => None,
    }
}

/// A block that ended with a blank line.
#[derive(Default)]
struct Ended {
    has_data: bool,
    id: Option<String>,
}

fn blocks(bytes: &[u8]) -> Vec<Ended> {
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut blocks = Vec::new();
    let mut block = Ended::default();
    while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
        let (line, after) = rest.split_at(end);
        rest = after.strip_prefix(b"\r\n").unwrap_or(&after[1..]);
        if line.is_empty() {
            blocks.push(std::mem::take(&mut block));
            continue;
        }
        let colon = memchr::memchr(b':', line);
        let (name, value) = colon.map_or((line, &b""[..]), |at| (&line[..at], &line[at + 1..]));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => block.has_data = true,
            b"id" if !value.contains(&0) => {
                block.id = Some(String::from_utf8_lossy(value).into_owned());
            }
            _ => {}
        }
    }
    blocks
}

/// Returns the events that an event source reads.
pub(crate) fn events(recording: &Recording) -> Vec<Read> {
    read(recording).0
}

/// Returns the ID in the block of an event.
pub(crate) fn own_id(recording: &Recording, event: &Published) -> Option<String> {
    let blocks = blocks::blocks(&recording.bytes);
    let has_token = |value: &str| value.contains(&event.token);
    let block = blocks
        .iter()
        .find(|block| block.is_ended && block.values("data").any(has_token))?;
    let id = block.values("id").last()?;
    (!id.is_empty() && !id.contains('\0')).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::driver::message::{Head, Version};

    /// The responses, the events with their IDs (`!` marks an event's own ID), and the places.
    type Row<'r> = (&'r [(&'r str, &'r str)], &'r str, &'r [(&'r str, usize)]);

    fn recording(responses: &[(&str, &str)]) -> Recording {
        let response = |(resumed_from, bytes): &(&str, &str)| {
            let head = Head {
                version: Version::Http11,
                status: 200,
                fields: Vec::new(),
            };
            let mut response = Recording::begun(String::new(), head, Duration::ZERO);
            response.bytes = bytes.as_bytes().to_vec();
            response.resumed_from = (*resumed_from).to_owned();
            response
        };
        let mut earlier: Vec<Recording> = responses.iter().map(response).collect();
        let mut last = earlier.pop().expect("a response");
        last.earlier = earlier;
        last
    }

    #[test]
    fn only_id_lines_are_places() {
        #[rustfmt::skip]
        let table: &[Row<'_>] = &[
            (&[("", "data: a\n\nid: 1\ndata: b\n\ndata: c\n\n")], "a b1! c1", &[("1", 2)]),
            (&[("5", "data: a\n\ndata: b\nid: 6\n\n")], "a5 b6!", &[("6", 2)]),
            (&[("", "id: 0\n\ndata: a\n\nid: 1\n\n")], "a0", &[("0", 0), ("1", 1)]),
            (&[("", "id: 1\ndata: a\n\nid\ndata: b\n\n")], "a1! b!", &[("1", 1), ("", 2)]),
            (&[("", "id: 1\0\ndata: a\n\ndata: b\nid: 2\n")], "a", &[]),
            (&[("", "\u{feff}id: 1\rdata: a\r\r"), ("1", "id: 2\r\ndata: b\r\n\r\n")], "a1! b2!", &[("1", 1), ("2", 2)]),
            // The second stream repeats the event after the last ID.
            (&[("", "id: 1\ndata: a\n\ndata: b\n\n"), ("1", "data: b\n\nid: 3\ndata: c\n\n")], "a1! b1 c3!", &[("1", 1), ("3", 3)]),
            (&[("", "id: 1\ndata: a\n\n"), ("1", "id: 1\ndata: a\n\n")], "a1! a1!", &[("1", 1), ("1", 2)]),
            (&[("", "data: a\n\n"), ("", "data: a\n\ndata: a\n\n")], "a a", &[]),
        ];
        for (responses, events, places) in table {
            let (read, found) = read(&recording(responses));
            let shown: Vec<String> = read
                .iter()
                .map(|read| {
                    let own = if read.has_own_id { "!" } else { "" };
                    format!("{}{}{own}", read.data, read.id)
                })
                .collect();
            assert_eq!(shown.join(" "), *events, "{responses:?}");
            let found: Vec<_> = found
                .iter()
                .map(|place| (place.id.as_str(), place.events))
                .collect();
            assert_eq!(found, *places, "{responses:?}");
        }
    }
}
