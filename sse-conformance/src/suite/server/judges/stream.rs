//! Judges the contents of a stream: its text, its fields and its IDs.

use std::collections::BTreeMap;

use crate::driver::capability::Capability::Publish;
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::blocks::blocks_of;
use crate::suite::server::observation::seen::Observation;
use crate::text::{brief, list, show};

/// Returns the first recording, if it is an event stream. If it is not, `server/status/ok` reports
/// that.
pub(crate) fn answered(seen: &Observation) -> Result<&Recording, Unmet> {
    let none = |why: &str| Unmet::Lacks(lacking(Publish, why));
    match seen.recordings.first() {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(recording),
        Some(Ok(_)) => Err(none("the answer is not an event stream")),
        Some(Err(why)) => Err(none(why)),
        None => Err(none("nothing was asked")),
    }
}

/// Returns the bytes of a recording as text with escapes, and the answer to a client that came
/// back.
pub(crate) fn shown(recording: &Recording) -> String {
    let bytes: Vec<String> = recording
        .responses()
        .map(|response| match response.bytes.as_slice() {
            [] => "nothing".to_owned(),
            bytes => brief(&bytes.escape_ascii().to_string()),
        })
        .collect();
    let all = match bytes.as_slice() {
        // The last streams are the most useful.
        [first, .., before, last] if bytes.len() > 3 => {
            format!("{first}, the end, …, {before}, the end, {last}")
        }
        bytes => bytes.join(", the end, "),
    };
    match &recording.turned_away {
        Some(answer) => format!("{all}, the end, and then {answer}"),
        None => all,
    }
}

pub(crate) fn utf8(seen: &Observation) -> Judged {
    answered(seen)?.responses().try_for_each(is_utf8)
}

fn is_utf8(recording: &Recording) -> Judged {
    match std::str::from_utf8(&recording.bytes) {
        Ok(_) => Ok(()),
        // The end of the recording may cut a character.
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

pub(crate) fn no_bom(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let has = recording.bytes.starts_with(b"\xEF\xBB\xBF");
    ensure(!has, "there is a BOM", "none", || shown(recording))
}

pub(crate) fn no_bom_inside(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks_of(recording);
    let mut names = blocks
        .iter()
        .flat_map(|block| &block.lines)
        .filter_map(|line| line.name.as_ref());
    match names.find(|name| name.starts_with('\u{FEFF}')) {
        None => Ok(()),
        Some(name) => Err(wrong(
            "a BOM makes a field unknown",
            "no BOM except at the start",
            format!("the field {name:?}"),
        )),
    }
}

pub(crate) fn known_fields(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let known = ["data", "event", "id", "retry"];
    let complete = blocks_of(recording);
    let complete = complete.iter().filter(|block| block.is_ended);
    let mut names = complete
        .flat_map(|block| &block.lines)
        .filter_map(|line| line.name.as_ref());
    match names.find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(wrong(
            "clients ignore this field",
            "data, event, id or retry",
            format!("{name:?}"),
        )),
    }
}

/// A block with a type but no data is never dispatched.
pub(crate) fn typed_blocks_have_data(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks_of(recording);
    let without = blocks.iter().find(|block| {
        block.is_ended && block.values("event").any(|name| !name.is_empty()) && !block.has("data")
    });
    match without {
        None => Ok(()),
        Some(block) => Err(wrong(
            "clients do not dispatch this event",
            "a data field",
            list(&block.lines),
        )),
    }
}

pub(crate) fn retry_is_digits(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks_of(recording);
    let mut values = blocks.iter().flat_map(|block| block.values("retry"));
    let is_wrong =
        |value: &&str| value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit());
    match values.find(is_wrong) {
        None => Ok(()),
        Some(value) => Err(wrong(
            "clients ignore it",
            "ASCII digits",
            format!("{value:?}"),
        )),
    }
}

pub(crate) fn retry_is_milliseconds(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks_of(recording);
    let values = blocks.iter().flat_map(|block| block.values("retry"));
    let mut values = values.filter_map(|value| value.parse::<u64>().ok());
    match values.find(|value| (1..100).contains(value) || *value > 3_600_000) {
        None => Ok(()),
        Some(value) => Err(wrong(
            "the time is implausible",
            "0, or between 100 ms and an hour",
            format!("{value} ms"),
        )),
    }
}

pub(crate) fn ids_are_portable(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks_of(recording);
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
            "some clients and proxies cannot send it in a header field",
            "at most 128 printable ASCII characters",
            show(id),
        )),
    }
}

pub(crate) fn ids_have_no_nul(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let blocks = blocks_of(recording);
    let mut ids = blocks.iter().flat_map(|block| block.values("id"));
    match ids.find(|id| id.contains('\0')) {
        None => Ok(()),
        Some(id) => Err(wrong("clients ignore it", "no NUL", format!("{id:?}"))),
    }
}

pub(crate) fn ids_are_unique(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    let blocks = blocks_of(recording);
    let with_data = blocks.iter().filter(|block| block.has("data"));
    for id in with_data.filter_map(|block| block.values("id").last()) {
        *of.entry(id).or_default() += 1;
    }
    match of.iter().find(|(id, count)| !id.is_empty() && **count > 1) {
        None => Ok(()),
        Some((id, count)) => Err(wrong(
            "a client that has one of these events seems to have the others",
            "a different ID for each event",
            format!("{id:?} {count} times"),
        )),
    }
}
