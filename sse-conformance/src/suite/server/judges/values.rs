//! Judges values that could break a stream.

use crate::driver::capability::Capability::Publish;
use crate::driver::message::End;
use crate::model::Item;
use crate::suite::server::judges::judged;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::{Published, Read};
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::values::{Part, VALUES};
use crate::text::{list, show};

/// The value is read back as it was, or is refused, and has no other effect.
pub(crate) fn comes_back(seen: &Observation, name: &str) -> Judged {
    let index = VALUES.iter().position(|(value, ..)| *value == name);
    let Some((index, event)) = index.and_then(|index| Some((index, seen.published.get(index)?)))
    else {
        return Err(Unmet::Lacks(lacking(
            Publish,
            "the event was not published",
        )));
    };
    let (_, part, value) = VALUES[index];
    let read = of(seen, event);
    let plain = seen
        .published
        .first()
        .map(|plain| of(seen, plain))
        .unwrap_or_default();
    let is_plain = |plain: &Read| {
        seen.published
            .first()
            .is_some_and(|first| plain.data == first.data)
    };
    if !plain.first().is_some_and(is_plain) {
        let why = "data does not arrive as it was published";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    if event.arrived.is_none() {
        // Each value that broke a stream has left its own recording.
        let before = seen.published[..index].iter();
        let broken = before.filter(|event| event.arrived.is_none()).count();
        let end = match seen.recordings.get(broken) {
            Some(Ok(recording)) => recording.end.as_ref().map(End::shown),
            _ => None,
        };
        return Err(judged::missing(
            seen,
            "no event arrives after it",
            "a stream that goes on",
            end.unwrap_or_else(|| "the stream is open but silent".to_owned()),
        ));
    }
    if let Some(time) = injected_time(value)
        && sets_time(seen, time)
    {
        return Err(wrong(
            "the value set the reconnection time",
            "no `retry` field",
            format!("retry: {time}"),
        ));
    }
    if event.refused && read.is_empty() {
        return match name {
            "named" => Err(Unmet::Lacks(lacking(
                Publish,
                "the control hook refuses an event with a type",
            ))),
            _ => Ok(()),
        };
    }
    let expected = with_lf(&event.data);
    let shown = || match read.as_slice() {
        [] => "nothing".to_owned(),
        read => list(read),
    };
    match (part, read.as_slice()) {
        // A value that cannot be written may be dropped, since it is then not in the stream.
        (Part::Type | Part::Id, []) => Ok(()),
        (Part::Named | Part::Untyped, [one]) if one.data == expected => {
            has_its_type(seen, event, name, one)
        }
        (_, [one])
            if one.data == expected && one.id != "injected" && one.event_type != "injected" =>
        {
            Ok(())
        }
        (Part::Nothing, []) if has_empty_event(seen) => {
            let why = "events arrive without their types";
            Err(Unmet::Lacks(lacking(Publish, why)))
        }
        (_, []) => Err(judged::missing(
            seen,
            "the event did not arrive",
            show(&expected),
            "nothing",
        )),
        (_, [_]) => Err(wrong("the event was changed", show(&expected), shown())),
        _ => Err(wrong(
            "the event became several events",
            show(&expected),
            shown(),
        )),
    }
}

/// The event is read back with its published type, or without one.
fn has_its_type(seen: &Observation, event: &Published, name: &str, one: &Read) -> Judged {
    let typed_as = |name: &str| {
        let index = VALUES.iter().position(|(value, ..)| *value == name)?;
        let read = of(seen, seen.published.get(index)?);
        Some(read.first()?.event_type.clone())
    };
    let expected = match &event.event_type {
        Some(event_type) => event_type.clone(),
        // A server may assign a type to events without one.
        None => typed_as("plain").unwrap_or_default(),
    };
    if one.event_type == expected {
        return Ok(());
    }
    if name != "named" && typed_as("named").as_deref() != Some("tick") {
        let why = "event types do not arrive, which another case judges";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    Err(wrong(
        "the event type was changed",
        show(&expected),
        show(&one.event_type),
    ))
}

/// Returns the reconnection time that a value would set if its line ends were written unchanged.
fn injected_time(value: &str) -> Option<u64> {
    value.split_once("retry: 86")?;
    value.rsplit_once(' ')?.1.parse().ok()
}

fn sets_time(seen: &Observation, time: u64) -> bool {
    let recordings = seen.recordings.iter().flatten();
    recordings
        .flat_map(|recording| recording.decoded().items.clone())
        .any(|due| due.item == Item::Retry(time))
}

/// Returns every event that contains the token of a published one.
fn of(seen: &Observation, event: &Published) -> Vec<Read> {
    let recordings = seen
        .recordings
        .iter()
        .filter_map(|recording| recording.as_ref().ok());
    let read = recordings.flat_map(events);
    let is_of = |read: &Read| {
        // An ID is kept for the events that follow, so it does not identify them.
        read.data.contains(&event.token) || read.event_type.contains(&event.token)
    };
    read.filter(|read| is_of(read)).collect()
}

fn has_empty_event(seen: &Observation) -> bool {
    let recordings = seen.recordings.iter().flatten();
    recordings.flat_map(events).any(|read| read.data.is_empty())
}

/// Returns the text with the line breaks that a decoder reads.
fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
