//! Values that could break a stream, published one after the other.

use crate::driver::message::End;
use crate::driver::target::Capability::Publish;
use crate::model::Item;
use crate::suite::server::judge;
use crate::suite::server::judge::{Judged, Unmet, wrong};
use crate::suite::server::observe::Observer;
use crate::suite::server::scene::opened;
use crate::suite::server::seen::{Observation, Published, Read, Seen, events, lacking};
use crate::text::{list, show};

/// Where a value is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Data,
    Type,
    Id,
    /// No data at all: the event is known by its type.
    Nothing,
    /// The type, which must come back.
    Named,
    /// Data, after an event with a type: that type must not come back.
    Untyped,
}

/// The name of each value, where it is put, and the value: `@` is the token of its event.
#[rustfmt::skip]
const VALUES: &[(&str, Part, &str)] = &[
    ("plain", Part::Data, "@"),
    ("empty", Part::Nothing, "@"),
    ("lf", Part::Data, "@\nb"),
    ("cr", Part::Data, "@\rb"),
    ("crlf", Part::Data, "@\r\nb"),
    ("blank-line", Part::Data, "@\n\nb"),
    ("trailing-lf", Part::Data, "@\n"),
    ("fields", Part::Data, "@\nid: injected\nevent: injected\nretry: 1\ndata: @"),
    ("event", Part::Data, "@\n\nevent: injected\ndata: @\n\n"),
    ("cr-event", Part::Data, "@\r\revent: injected\rdata: @\r\r"),
    ("leading-space", Part::Data, " @"),
    ("spaces", Part::Data, "@  two   three\ttab \t "),
    ("leading-colon", Part::Data, ":@"),
    ("not-ascii", Part::Data, "@ é€🦀 e\u{301}"),
    ("markup", Part::Data, "@ <a href=\"b\">'c' &amp; \\n %0A</a>"),
    ("unicode-line-ends", Part::Data, "@\u{85}a\u{2028}b\u{2029}c\u{b}d\u{c}e"),
    ("bom", Part::Data, "\u{feff}@"),
    ("nul", Part::Data, "@\0b"),
    ("latin-1", Part::Data, "@ ¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"),
    ("cr-retry", Part::Data, "@\rretry: 86391"),
    ("named", Part::Named, "tick"),
    ("untyped", Part::Untyped, "@"),
    ("named-case", Part::Named, "tickTOCK"),
    ("named-marks", Part::Named, "tick.tock:a/b_c-d"),
    ("named-spaces", Part::Named, " tick tock "),
    ("named-latin-1", Part::Named, "Ünïcödé ÿ"),
    ("named-not-ascii", Part::Named, "é€🦀"),
    ("named-message", Part::Named, "message"),
    ("type-lf", Part::Type, "a\ndata: injected"),
    ("type-cr", Part::Type, "a\rdata: injected"),
    ("type-crlf", Part::Type, "a\r\ndata: injected"),
    ("type-event", Part::Type, "a\ndata: injected @\n\n"),
    ("type-cr-event", Part::Type, "a\rdata: injected @\r\r"),
    ("type-id", Part::Type, "a\nid: injected"),
    ("type-retry", Part::Type, "a\nretry: 86392"),
    ("id-lf", Part::Id, "7\ndata: injected"),
    ("id-cr", Part::Id, "7\rdata: injected"),
    ("id-crlf", Part::Id, "7\r\ndata: injected"),
    ("id-event", Part::Id, "7\n\ndata: injected @\n\n"),
    ("id-cr-event", Part::Id, "7\r\rdata: injected @\r\r"),
    ("id-type", Part::Id, "7\nevent: injected"),
    ("id-retry", Part::Id, "7\nretry: 86393"),
    ("id-nul", Part::Id, "7\0b"),
];

pub(super) async fn play(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    for (_, part, value) in VALUES {
        let mut event = Published::new(observer.token());
        let value = value.replace('@', &event.token);
        match part {
            Part::Data | Part::Untyped => event.data = value,
            Part::Type | Part::Named => event.event_type = Some(value),
            Part::Id => event.id = Some(value),
            Part::Nothing => {
                event.data = String::new();
                event.event_type = Some(value);
            }
        }
        // A hook that fails has refused, too: an exception, for instance.
        reader.ready().await;
        if observer.publish(&mut event).await.is_err() {
            event.refused = true;
        }
        // Whatever became of it, the stream goes on.
        let next = observer.publish_and_read(&mut reader).await;
        event.arrived = next.ok().and_then(|next| next.arrived);
        let broke = event.arrived.is_none();
        seen.published.push(event);
        if broke {
            seen.recordings.push(Ok(reader.into_recording()));
            match opened(observer).await {
                Ok(opened) => reader = opened,
                // The value that ended the server is the last one that is judged.
                Err(_) => return Ok(seen),
            }
        }
    }
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}

/// The value comes back as it was, or is refused, and nothing else comes of it.
pub(super) fn comes_back(seen: &Observation, name: &str) -> Judged {
    let index = VALUES.iter().position(|(value, ..)| *value == name);
    let Some((index, event)) = index.and_then(|index| Some((index, seen.published.get(index)?)))
    else {
        return Err(Unmet::Lacks(lacking(Publish, "it was not published")));
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
        let why = "data does not come as it is published";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    if event.arrived.is_none() {
        // Each value that broke a stream has left a recording.
        let before = seen.published[..index].iter();
        let broken = before.filter(|event| event.arrived.is_none()).count();
        let end = match seen.recordings.get(broken) {
            Some(Ok(recording)) => recording.end.as_ref().map(End::shown),
            _ => None,
        };
        return Err(judge::missing(
            seen,
            "no event comes after it",
            "a stream that goes on",
            end.unwrap_or_else(|| "the stream is open and silent".to_owned()),
        ));
    }
    if let Some(time) = injected_time(value)
        && sets_time(seen, time)
    {
        return Err(wrong(
            "it set the reconnection time",
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
        // What cannot be written may be dropped: it is not in the stream.
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
            let why = "events come without their types";
            Err(Unmet::Lacks(lacking(Publish, why)))
        }
        (_, []) => Err(judge::missing(
            seen,
            "it did not come",
            show(&expected),
            "nothing",
        )),
        (_, [_]) => Err(wrong("it came back otherwise", show(&expected), shown())),
        _ => Err(wrong("it became several events", show(&expected), shown())),
    }
}

/// The event came back with the type that it was published with, or without one.
fn has_its_type(seen: &Observation, event: &Published, name: &str, one: &Read) -> Judged {
    let typed_as = |name: &str| {
        let index = VALUES.iter().position(|(value, ..)| *value == name)?;
        let read = of(seen, seen.published.get(index)?);
        Some(read.first()?.event_type.clone())
    };
    let expected = match &event.event_type {
        Some(event_type) => event_type.clone(),
        // A server may give a type of its own to events without one.
        None => typed_as("plain").unwrap_or_default(),
    };
    if one.event_type == expected {
        return Ok(());
    }
    if name != "named" && typed_as("named").as_deref() != Some("tick") {
        let why = "event types do not come back, which another case judges";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    Err(wrong(
        "the event type is another",
        show(&expected),
        show(&one.event_type),
    ))
}

/// The reconnection time that a value would set if its line ends were written as they are.
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

/// Every event that has to do with a published one.
fn of(seen: &Observation, event: &Published) -> Vec<Read> {
    let recordings = seen
        .recordings
        .iter()
        .filter_map(|recording| recording.as_ref().ok());
    let read = recordings.flat_map(events);
    let is_of = |read: &Read| {
        // An id stays with the events that follow, and says nothing of them.
        read.data.contains(&event.token) || read.event_type.contains(&event.token)
    };
    read.filter(|read| is_of(read)).collect()
}

fn has_empty_event(seen: &Observation) -> bool {
    let recordings = seen.recordings.iter().flatten();
    recordings.flat_map(events).any(|read| read.data.is_empty())
}

/// What a reader makes of line breaks.
fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
