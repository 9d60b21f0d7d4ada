//! The last event of a stream that ends without its blank line.

use std::time::Duration;

use proptest::prelude::*;
use sse_conformance::{chunking::Chunking, strategies};
use sse_proto::{
    Chunk, Decoder, DecoderBuilder, Item, Memory,
    reconnect::{ResponseHead, Source},
};

/// Decodes a chunk to its end, and shows each item and error.
fn read<M: Memory>(decoder: &mut Decoder<M>, mut chunk: Chunk<'_>, seen: &mut Vec<String>) {
    loop {
        seen.push(match decoder.decode(&mut chunk) {
            Ok(None) => return,
            Ok(Some(item)) => format!("{item:?}"),
            Err(error) => error.to_string(),
        });
    }
}

/// Returns the items of a stream and of its end, and the last event ID.
fn decode<M: Memory>(mut decoder: Decoder<M>, stream: &[u8], chunking: &Chunking) -> Vec<String> {
    let mut seen = Vec::new();
    for bytes in chunking.of(stream) {
        read(&mut decoder, Chunk::new(bytes), &mut seen);
    }
    let end = decoder.end_of_stream();
    read(&mut decoder, end, &mut seen);
    // Decoding the end again has no effect.
    let before = seen.len();
    let end = decoder.end_of_stream();
    read(&mut decoder, end, &mut seen);
    assert_eq!(seen.len(), before);
    seen.push(decoder.last_event_id().to_owned());
    seen
}

fn builder(completes: bool) -> DecoderBuilder {
    DecoderBuilder::new()
        .comments(true)
        .completes_at_end(completes)
}

/// The end of a stream, and the data and last event ID of the event that it completes.
const TABLE: [(&str, Option<(&str, &str)>); 16] = [
    ("data: x\n\n", None),
    ("data: x\n", Some(("x", ""))),
    ("data: x\r\n", Some(("x", ""))),
    ("data: x\r", Some(("x", ""))),
    ("data: x", Some(("x", ""))),
    ("data: x\r\n\r", None),
    ("data", Some(("", ""))),
    ("data: a\ndata: b", Some(("a\nb", ""))),
    ("data: x\nid: 7", Some(("x", "7"))),
    ("id: 7\ndata: x\n: comment", Some(("x", "7"))),
    ("data: x\nretry: 5", Some(("x", ""))),
    ("data: \u{20ac}", Some(("\u{20ac}", ""))),
    ("dat", None),
    ("event: tick", None),
    ("", None),
    ("\u{feff}", None),
];

#[test]
fn a_clean_end_completes_the_last_event_if_the_option_is_set() {
    for (stream, completed) in TABLE {
        for before in ["", "data: 0\n\n"] {
            let stream = format!("{before}{stream}");
            for chunking in Chunking::all(stream.len(), 1, 50) {
                let decoded = |completes| {
                    let decoder = builder(completes).build();
                    decode(decoder, stream.as_bytes(), &chunking)
                };
                let (off, on) = (decoded(false), decoded(true));
                let event = on[off.len() - 1..]
                    .iter()
                    .find(|item| item.contains("Event("));
                assert_eq!(
                    event.is_some(),
                    completed.is_some(),
                    "{stream:?} {chunking}"
                );
                if let (Some(event), Some((data, id))) = (event, completed) {
                    assert!(event.contains(&format!("data: {data:?}")), "{event}");
                    assert!(event.contains(&format!("last_event_id: {id:?}")), "{event}");
                }
            }
        }
    }
}

#[test]
fn an_id_alone_is_set_by_the_end() {
    for (completes, id) in [(false, ""), (true, "7")] {
        for stream in ["id: 7", "id: 7\n", "id: 7\r"] {
            for chunking in Chunking::all(stream.len(), 1, 10) {
                let seen = decode(builder(completes).build(), stream.as_bytes(), &chunking);
                assert_eq!(seen, [id], "{stream:?} {chunking}");
            }
        }
    }
}

#[test]
fn an_event_that_is_too_large_is_not_completed() {
    let stream = b"data: 0123456789abcdefghij";
    for chunking in Chunking::all(stream.len(), 1, 20) {
        let seen = decode(builder(true).build_in([0; 16]), stream, &chunking);
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen[0].contains("limit of 16 bytes"));
    }
}

#[test]
fn a_source_completes_the_last_event_of_an_open_connection() {
    let now = Duration::ZERO;
    for (completes, expected) in [(false, None), (true, Some("x"))] {
        for closes in [false, true] {
            let mut source = Source::new(builder(completes).build());
            let _connect = source.poll(now);
            let mut end = source.end_of_stream();
            assert!(end.is_empty(), "not open");
            let head = ResponseHead::new(200).with_content_type(["text/event-stream"]);
            source.handle_response(head, now, 0);
            let chunk = &mut Chunk::new(b"id: 1\ndata: half");
            assert_eq!(source.decode(chunk), Ok(None));
            // An incomplete event before an error stays incomplete.
            source.handle_error(now, 0);
            assert!(source.end_of_stream().is_empty());
            let later = now + source.reconnection_time() + Duration::from_secs(60);
            let _connect = source.poll(later);
            source.handle_response(head, later, 0);
            assert_eq!(
                source.decode(&mut Chunk::new(b"id: 2\ndata: x\n")),
                Ok(None)
            );
            if closes {
                source.close();
            }
            end = source.end_of_stream();
            let data = match source.decode(&mut end) {
                Ok(Some(Item::Event(event))) => Some(event.data().to_owned()),
                Ok(None) => None,
                other => panic!("{other:?}"),
            };
            let expected = expected.filter(|_| !closes);
            assert_eq!(data.as_deref(), expected);
            assert_eq!(source.last_event_id(), expected.map_or("", |_| "2"));
        }
    }
}

proptest! {
    #[test]
    fn the_end_means_the_same_as_a_line_end_and_a_blank_line(
        stream in prop_oneof![strategies::hostile_bytes(), strategies::blocks()],
        limit in 0_usize..200,
        seed: u64,
    ) {
        let completed = [&stream[..], b"\n\n"].concat();
        let expected = decode(builder(false).limit(limit).build(), &completed, &Chunking::Whole);
        let discarded = decode(builder(false).limit(limit).build(), &stream, &Chunking::Whole);
        for chunking in Chunking::all(stream.len().min(64), seed, 8) {
            let decoder = || builder(true).limit(limit).build();
            prop_assert_eq!(&decode(decoder(), &stream, &chunking), &expected, "{}", chunking);
            let mut memory = vec![0xAA; limit];
            let fixed = builder(true).build_in(&mut memory[..]);
            prop_assert_eq!(&decode(fixed, &stream, &chunking), &expected, "fixed, {}", chunking);
            let off = builder(false).limit(limit).build();
            prop_assert_eq!(&decode(off, &stream, &chunking), &discarded, "off, {}", chunking);
        }
    }
}
