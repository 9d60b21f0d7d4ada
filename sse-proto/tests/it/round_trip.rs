//! The round trip: an encoded event decodes to the same event, whatever else the stream contains.

use proptest::{collection::vec, option, prelude::*};
use sse_conformance::{chunking::Chunking, strategies};
use sse_proto::{Chunk, Decoder, Encoder, Event, EventId, EventRef, EventType, Item, SliceWriter};

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (
        strategies::data(),
        option::of(strategies::event_type()),
        option::of(strategies::event_id()),
    );
    vec(event, 0..8).prop_map(|parts| {
        let make = |(data, event_type, id): (String, Option<String>, Option<String>)| {
            let mut event = Event::new(data);
            if let Some(event_type) = event_type {
                event = event.with_type(EventType::new(event_type).expect("a valid type"));
            }
            if let Some(id) = id {
                event = event.with_id(EventId::decoded(id).expect("a valid ID"));
            }
            event
        };
        parts.into_iter().map(make).collect()
    })
}

/// Event type, data, last event ID.
type Seen = (String, String, String);

/// Returns these events as the standard reads them: CR and CRLF become LF, and an ID stays until the next one.
fn as_read(events: &[Event]) -> Vec<Seen> {
    let mut last = "";
    let read = events.iter().map(|event| {
        last = event.id().map_or(last, EventId::as_str);
        let data = event.data().replace("\r\n", "\n").replace('\r', "\n");
        (event.event_type().to_string(), data, last.to_owned())
    });
    read.collect()
}

fn decode(stream: &str, chunking: &Chunking) -> Vec<Seen> {
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    for bytes in chunking.of(stream.as_bytes()) {
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = decoder.decode(&mut chunk).expect("within the limit") {
            if let Item::Event(event) = item {
                seen.push((
                    event.event_type().to_owned(),
                    event.data().to_owned(),
                    event.last_event_id().to_owned(),
                ));
            }
        }
    }
    seen
}

#[test]
fn an_owned_event_is_the_one_that_was_encoded() {
    for event in [
        Event::from_static("x"),
        Event::new("a\nb").with_type(EventType::from_static("tick")),
        Event::new("").with_id(7),
        Event::new("x").with_id(EventId::decoded(" \u{1}7\t").unwrap()),
        Event::new("x").with_id(EventId::decoded("7".repeat(5000)).unwrap()),
    ] {
        let mut encoder = Encoder::new(String::new());
        encoder.event(&event).unwrap();
        let stream = encoder.into_inner();
        let mut decoder = Decoder::new();
        match decoder.decode(&mut Chunk::new(stream.as_bytes())) {
            Ok(Some(Item::Event(decoded))) => assert_eq!(Event::from(decoded), event),
            other => panic!("{other:?} instead of {event:?}"),
        }
    }
}

proptest! {
    #[test]
    fn decode_undoes_encode(events in events(), seed: u64) {
        let mut encoder = Encoder::new(String::new());
        for event in &events {
            encoder.event(event).unwrap();
            encoder.heartbeat().unwrap();
            encoder.comment(event.data()).unwrap();
            encoder.retry(std::time::Duration::from_millis(seed)).unwrap();
        }
        let stream = encoder.into_inner();
        let expected = as_read(&events);
        for chunking in [Chunking::Whole, Chunking::Bytes].into_iter()
            .chain(Chunking::all(stream.len(), seed, 4).skip(2).step_by(7))
        {
            prop_assert_eq!(decode(&stream, &chunking), &expected[..], "{}", chunking);
        }
    }

    #[test]
    fn an_event_has_the_length_that_was_returned_and_fits_into_it(events in events()) {
        for event in &events {
            let mut encoder = Encoder::new(String::new());
            encoder.event(event).unwrap();
            let text = encoder.into_inner();
            let length = EventRef::from(event).encoded_length();
            prop_assert_eq!(text.len(), length);

            let mut memory = vec![0; length];
            let mut writer = SliceWriter::new(&mut memory);
            prop_assert_eq!(Encoder::new(&mut writer).event(event), Ok(()));
            prop_assert_eq!(writer.as_str(), &text);
            let mut writer = SliceWriter::new(&mut memory[1..]);
            prop_assert!(Encoder::new(&mut writer).event(event).is_err());
            prop_assert!(text.starts_with(writer.as_str()));
        }
    }

    #[test]
    fn a_decoded_event_encodes_to_the_same_text(events in events()) {
        let mut encoder = Encoder::new(String::new());
        for event in &events {
            encoder.event(event).unwrap();
        }
        let mut decoder = Decoder::new();
        let mut again = Encoder::new(String::new());
        let stream = encoder.into_inner();
        let mut chunk = Chunk::new(stream.as_bytes());
        while let Some(item) = decoder.decode(&mut chunk).unwrap() {
            if let Item::Event(event) = item {
                again.event(&Event::from(event)).unwrap();
            }
        }
        let decoded_again = decode(&again.into_inner(), &Chunking::Whole);
        let texts = |seen: Vec<Seen>| seen.into_iter().map(|(t, d, _)| (t, d)).collect::<Vec<_>>();
        prop_assert_eq!(texts(decoded_again), texts(as_read(&events)));
    }
}
