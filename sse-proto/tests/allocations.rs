//! Counts allocations: the decoder allocates nothing after its buffers have grown. This is a test binary of its
//! own, because counting replaces the allocator.
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
            // Decodes the same chunks again. Two buffers take turns, so both have grown after two rounds.
            for _ in 0..2 {
                assert_eq!(
                    decode(&mut decoder, stream.as_bytes(), size),
                    events * blocks
                );
            }
            let allocations = measure(|| {
                decode(&mut decoder, stream.as_bytes(), size);
            });
            assert_eq!(allocations.count_total, 0, "{name} in chunks of {size}");
        }
    }
}

/// Bytes that are not UTF-8, of several kinds.
fn invalid() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = [
        ("a lone continuation byte", &b"\x80"[..]),
        ("continuation bytes", b"\x80\xBF\x80\xBF\x80"),
        ("bytes that begin nothing", b"\xF5\xF8\xFE\xFF"),
        ("overlong, two bytes", b"\xC0\x80\xC1\xBF"),
        ("overlong, three bytes", b"\xE0\x80\xAF"),
        ("overlong, four bytes", b"\xF0\x80\x80\xAF"),
        ("surrogates", b"\xED\xA0\x80\xED\xBF\xBF"),
        ("beyond U+10FFFF", b"\xF4\x90\x80\x80"),
        (
            "a late invalid byte",
            b"0123456789012345678901234567890123456789\xFF",
        ),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
    .into();
    for character in ["é", "€", "\u{10FFFF}"] {
        for cut in 1..character.len() {
            let cut = &character.as_bytes()[..cut];
            all.push((format!("cut: {}", cut.escape_ascii()), cut.to_vec()));
            let between = [b"text ", cut, character.as_bytes()].concat();
            all.push((format!("cut in text: {}", cut.escape_ascii()), between));
        }
    }
    // The bytes are the same in every run. Line ends and NUL are left out, because they would change the fields.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let random = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as u8
    });
    let random = random.filter(|byte| ![0, b'\n', b'\r'].contains(byte));
    all.push(("random".into(), random.take(200).collect()));
    all
}

/// Blocks that contain these bytes in every place where a peer can send them.
fn hostile_blocks(invalid: &[u8]) -> Vec<Vec<u8>> {
    let many = invalid.repeat(200 / invalid.len());
    let long = invalid.repeat(4096 / invalid.len());
    [
        &[&b"data: "[..], invalid, b"\n\n"][..],
        &[b"data: ", &many, b"\n\n"],
        &[b"data: ", &long, b"\r\n\r\n"],
        &[b"data: ", &many, b"\ndata: text\ndata: ", invalid, b"\n\n"],
        &[b"event: ", &many, b"\ndata: x\n\n"],
        &[b"id: ", &many, b"\ndata: x\n\n"],
        &[
            b"event: ",
            invalid,
            b"\nid: ",
            invalid,
            b"\ndata: ",
            invalid,
            b"\n\n",
        ],
        &[b": ", &many, b"\ndata: x\n\n"],
        &[&many, b": ", &many, b"\ndata: x\n\n"],
    ]
    .iter()
    .map(|parts| parts.concat())
    .collect()
}

#[test]
fn repairing_allocates_nothing_in_steady_state() {
    for (name, invalid) in invalid() {
        for block in hostile_blocks(&invalid) {
            let blocks = 4;
            let stream = block.repeat(blocks);
            let sample = &block[..block.len().min(20)].escape_ascii();
            for size in [stream.len(), 64, 1] {
                let mut decoder = Decoder::builder().comments(true).build();
                // Two buffers take turns for the ID, so both have grown after two rounds.
                for _ in 0..2 {
                    assert_eq!(decode(&mut decoder, &stream, size), blocks);
                }
                let allocations = measure(|| {
                    decode(&mut decoder, &stream, size);
                });
                let count = allocations.count_total;
                assert_eq!(count, 0, "{name}: {sample} in chunks of {size}");
            }
        }
    }
}

/// Checks that a decoder that has repaired small events takes no more memory than another.
#[test]
fn repairing_small_events_takes_little_memory() {
    for (name, invalid) in invalid() {
        let block = [b"data: ", &invalid[..], b"\n\n"].concat();
        let repaired = String::from_utf8_lossy(&block).into_owned();
        let bytes_max = |stream: &[u8]| {
            let decode = || decode(&mut Decoder::new(), stream, 1);
            measure(|| assert_eq!(decode(), 200)).bytes_max
        };
        let (expected, found) = (repaired.repeat(200), block.repeat(200));
        let (expected, found) = (bytes_max(expected.as_bytes()), bytes_max(&found));
        assert!(found <= 2 * expected, "{name}: {found}, not {expected}");
    }
}

fn decode(decoder: &mut Decoder, stream: &[u8], size: usize) -> usize {
    let mut events = 0;
    for bytes in stream.chunks(size) {
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = decoder.decode(&mut chunk).unwrap() {
            events += usize::from(matches!(item, Item::Event(_)));
        }
    }
    events
}

/// Returns the largest amount of memory that is allocated at one time during this decoding. Memory that is
/// never written to counts as well.
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

/// Decodes streams that would fill every buffer.
#[test]
fn memory_is_bounded_by_the_limit() {
    let mut largest = 0;
    let surrogate = b"\xED\xA0\x80";
    for filler in [
        &b"x"[..],
        "€".as_bytes(),
        b"\xFF",
        b"\xE2\x82",
        surrogate,
        b"text \xF0\x9F",
    ] {
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
                // A type or an ID is copied out of its line. Repair makes it up to three times as long.
                let copied = match field {
                    "event: " | "id: " => LIMIT * 3 / 4,
                    _ => 0,
                };
                assert!(
                    peak <= (LIMIT + copied) as u64 + KEPT,
                    "{field} {length}: {peak}"
                );
                largest = largest.max(peak);
            }
        }
    }
    assert!(largest > LIMIT as u64, "{largest}");
}

/// Decodes many lines of data, then another field while they are held, several times.
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

/// The memory that a decoder keeps for later events.
const KEPT: u64 = 100 * 1024;

#[test]
fn memory_of_a_large_event_is_given_back() {
    let mut decoder = Decoder::new();
    let large = format!("id: 7\ndata: {}\ndata\n\ndata", "x".repeat(4 << 20));
    let memory = measure(|| {
        decode(&mut decoder, large.as_bytes(), 1 << 16);
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
