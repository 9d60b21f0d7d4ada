//! Nothing is allocated once the buffers have grown. A test binary of its own: the crate that counts
//! replaces the allocator.
#![forbid(unsafe_code)]
#![cfg(feature = "alloc")]

use std::time::Duration;

use allocation_counter::measure;
use sse_proto::{Chunk, Decoder, Encoder, EventId, EventRef, EventType, Item};

const LLM: &str = r#"{"id":"1","object":"chat.completion.chunk","created":1763690000,"model":"m","choices":[{"index":0,"delta":{"content":" stream"},"finish_reason":null}]}"#;

/// A name, one block of the stream, and the events in it.
fn workloads() -> [(&'static str, String, usize); 8] {
    let data = |end: &str| format!("data: {LLM}{end}{end}");
    let line = format!("data: {}\n", "m".repeat(60));
    let many = line.repeat(20);
    [
        ("llm", data("\n"), 1),
        ("crlf", data("\r\n"), 1),
        ("cr", data("\r"), 1),
        ("tiny", "data: x\n\n".into(), 1),
        (
            "multi",
            format!("event: update\n{many}id: 12345\nretry: 3000\n\n"),
            1,
        ),
        ("hb", ":\n\n".into(), 0),
        ("big", format!("data: {}\n\n", "a".repeat(65_536)), 1),
        ("utf8", format!("data: {}\n\n", "aé€😀".repeat(18)), 1),
    ]
}

#[test]
fn decoding_allocates_nothing_in_steady_state() {
    for (name, block, events) in workloads() {
        let blocks = (1 << 17) / block.len();
        let stream = block.repeat(blocks);
        for size in [16 * 1024, 1448, 64, 1] {
            let mut decoder = Decoder::new();
            // The same chunks come again. Two buffers take turns, so it is twice until both have grown.
            for _ in 0..2 {
                assert_eq!(decode(&mut decoder, &stream, size), events * blocks);
            }
            let allocations = measure(|| {
                decode(&mut decoder, &stream, size);
            });
            assert_eq!(allocations.count_total, 0, "{name} in chunks of {size}");
        }
    }
}

fn decode(decoder: &mut Decoder, stream: &str, size: usize) -> usize {
    let mut events = 0;
    for bytes in stream.as_bytes().chunks(size) {
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = decoder.decode(&mut chunk).unwrap() {
            events += usize::from(matches!(item, Item::Event(_)));
        }
    }
    events
}

/// The most that is allocated at once while this is decoded: reserved, whether it is written to or not.
fn peak(stream: &[u8]) -> u64 {
    let memory = measure(|| {
        let mut decoder = Decoder::builder().limit(LIMIT).comments(true).build();
        for bytes in stream.chunks(4096) {
            let mut chunk = Chunk::new(bytes);
            while !matches!(decoder.decode(&mut chunk), Ok(None)) {}
        }
    });
    memory.bytes_max
}

const LIMIT: usize = 1 << 20;

/// Streams that would fill every buffer there is.
#[test]
fn memory_is_bounded_by_the_limit() {
    let mut largest = 0;
    for filler in [&b"x"[..], b"\xFF", b"\xE2\x82", b"\xE2\x82\xAC"] {
        for length in [LIMIT / 8, LIMIT / 4, LIMIT / 2 - 16, LIMIT, 3 * LIMIT] {
            let filled = filler.repeat(length / filler.len());
            for field in [
                "data: ",
                "data: x\ndata: ",
                "event: ",
                "id: ",
                ": ",
                "other: ",
                "",
            ] {
                let stream = [field.as_bytes(), &filled, b"\ndata: x\n\n"].concat();
                let peak = peak(&stream);
                // Whatever becomes a type or an ID is there twice for a moment.
                let twice = match field {
                    "event: " | "id: " => LIMIT / 2,
                    _ => 0,
                };
                assert!(
                    peak <= (LIMIT + twice) as u64 + KEPT,
                    "{field} {length}: {peak}"
                );
                largest = largest.max(peak);
            }
        }
    }
    assert!(largest > LIMIT as u64, "{largest}");
}

/// Many lines of data, then another field while they are held, again and again.
#[test]
fn memory_is_bounded_whatever_comes_after_what() {
    let mut stream = Vec::new();
    for length in [LIMIT / 8, LIMIT / 3 - 16, LIMIT / 2 - 16, LIMIT] {
        let filled = b"x".repeat(length);
        let line = [b"data: ", &b"\xFF".repeat(100)[..], b"\n"].concat();
        for last in [&b"event: "[..], b"id: ", b": "] {
            stream.extend(line.repeat(length / line.len() / 4));
            stream.extend_from_slice(last);
            stream.extend_from_slice(&filled);
            stream.extend_from_slice(b"\nid: ");
            stream.extend_from_slice(&filled);
            stream.extend_from_slice(b"\n\nid\n\n");
        }
    }
    let peak = peak(&stream);
    assert!(peak <= LIMIT as u64 * 5 / 3 + KEPT, "{peak}");
}

/// What a decoder keeps to use it again.
const KEPT: u64 = 100 * 1024;

#[test]
fn memory_of_a_large_event_is_given_back() {
    let mut decoder = Decoder::new();
    let large = format!("id: 7\ndata: {}\ndata\n\ndata", "x".repeat(4 << 20));
    let memory = measure(|| {
        decode(&mut decoder, &large, 1 << 16);
    });
    assert!(memory.bytes_max > 4 << 20, "{memory:?}");
    assert!(memory.bytes_current <= KEPT as i64, "{memory:?}");
    assert_eq!(decoder.last_event_id(), "7");
}

#[test]
fn encoding_into_a_reused_buffer_allocates_nothing() {
    let event_type = EventType::from_static("update");
    let id = EventId::from_static("12345");
    let lines = vec!["m".repeat(60); 20].join("\r\n");
    let mut buffer = String::new();
    for data in ["x", LLM, &lines] {
        let mut encode = |times| {
            for _ in 0..times {
                buffer.clear();
                let mut encoder = Encoder::new(&mut buffer);
                encoder.retry(Duration::from_secs(3)).unwrap();
                encoder.comment("hello").unwrap();
                let event = EventRef::new(data).with_type(&event_type).with_id(&id);
                encoder.event(event).unwrap();
                encoder.heartbeat().unwrap();
            }
        };
        encode(1);
        assert_eq!(measure(|| encode(100)).count_total, 0, "{data}");
    }
}

#[cfg(feature = "bytes")]
#[test]
fn encoding_to_bytes_allocates_once() {
    let lines = vec!["m".repeat(60); 20].join("\r\n");
    for data in ["x", LLM, &lines] {
        let allocations = measure(|| {
            let event = EventRef::new(data);
            let mut encoder = Encoder::new(String::with_capacity(event.encoded_length()));
            encoder.event(event).unwrap();
            drop(bytes::Bytes::from(encoder.into_inner()));
        });
        assert_eq!(allocations.count_total, 1, "{data}");
    }
}
