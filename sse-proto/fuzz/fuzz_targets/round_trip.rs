//! The model decodes an encoded event to the same event, whatever else the stream contains.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_conformance::model::{self, Item};
use sse_proto::{Encoder, EventRef};

fuzz_target!(|blocks: Vec<(&str, Option<&str>, Option<&str>, &str)>| {
    let mut encoder = Encoder::new(String::new());
    let mut expected = Vec::new();
    let mut last_event_id = "";
    for (data, event_type, id, comment) in blocks {
        let mut event = EventRef::new(data);
        if let Some(event_type) = event_type {
            event = event.try_with_type(event_type).unwrap_or(event);
        }
        if let Some(Ok(with_id)) = id.map(|id| event.try_with_id(id)) {
            event = with_id;
            last_event_id = id.unwrap_or_default();
        }
        encoder.comment(comment).expect("a String takes any text");
        encoder.event(event).expect("a String takes any text");
        let mut alone = Encoder::new(String::new());
        alone.event(event).expect("a String takes any text");
        assert_eq!(alone.into_inner().len(), event.encoded_length());
        encoder.heartbeat().expect("a String takes any text");
        let data = data.replace("\r\n", "\n").replace('\r', "\n");
        expected.push(Item::event(event.event_type(), &data, last_event_id));
    }
    let stream = encoder.into_inner();
    let items = model::decode(stream.as_bytes()).items.into_iter();
    let events = items
        .map(|due| due.item)
        .filter(|item| !matches!(item, Item::Comment(_)));
    assert_eq!(events.collect::<Vec<_>>(), expected);
});
