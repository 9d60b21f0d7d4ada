//! Events that do not fit into the limit.

use proptest::prelude::*;
use sse_conformance::{chunking::Chunking, strategies};
use sse_proto::{Chunk, Decoder, DecoderBuilder, EventId, Item, Memory, TooLarge};

/// Returns the items as text, and `too large` for each error.
fn decode(limit: usize, stream: &[u8], chunking: &Chunking) -> (Vec<String>, String) {
    decode_with(
        Decoder::builder().limit(limit).build(),
        limit,
        stream,
        chunking,
    )
}

fn decode_with<M: Memory>(
    mut decoder: Decoder<M>,
    limit: usize,
    stream: &[u8],
    chunking: &Chunking,
) -> (Vec<String>, String) {
    let mut seen = Vec::new();
    for bytes in chunking.of(stream) {
        let mut chunk = Chunk::new(bytes);
        loop {
            seen.push(match decoder.decode(&mut chunk) {
                Ok(None) => break,
                Ok(Some(Item::Event(event))) => {
                    format!("{}={}", event.event_type(), event.data())
                }
                Ok(Some(item)) => format!("{item:?}"),
                Err(error) => {
                    assert_eq!(error.limit(), limit);
                    "too large".to_owned()
                }
            });
        }
    }
    (seen, decoder.last_event_id().to_owned())
}

#[test]
fn decoding_continues_after_the_event_under_every_cut() {
    let table: [(&str, &[&str], &str); 12] = [
        // The limit is 16. The data with its LFs, the type, the IDs and the current line count.
        (
            "data: 0123456789\n\ndata: x\n\n",
            &["message=0123456789", "message=x"],
            "",
        ),
        (
            "data: 0123456789a\n\ndata: x\n\n",
            &["too large", "message=x"],
            "",
        ),
        (
            "data: 0123456789abcdefghij\rdata: y\r\rdata: x\r\r",
            &["too large", "message=x"],
            "",
        ),
        (
            "data: 01\ndata: 23\n\ndata: x\n\n",
            &["message=01\n23", "message=x"],
            "",
        ),
        (
            "data: 01\ndata: 23\ndata: 45678\n\r\ndata: x\n\n",
            &["too large", "message=x"],
            "",
        ),
        // The LF that joins data lines also counts for the first line.
        (
            "data: 012345\nevent: 0\n\ndata: x\n\n",
            &["0=012345", "message=x"],
            "",
        ),
        (
            "data: 0123456\nevent: 0\n\ndata: x\n\n",
            &["too large", "message=x"],
            "",
        ),
        (
            "id: 1\n\nid: 2\ndata: 0123456789\n\ndata: x\n\n",
            &["too large", "message=x"],
            "1",
        ),
        (": a comment of any length\ndata: x\n\n", &["message=x"], ""),
        (
            "data: 0123456789abcdefghij\n: c\nid: 9\n\n\n\ndata: x\n\n",
            &["too large", "message=x"],
            "",
        ),
        // Nothing is held here.
        (
            "data: x\n\ndata: 0123456789a\n\ndata: y\n\n",
            &["message=x", "too large", "message=y"],
            "",
        ),
        (
            "data: x\r\n\r\ndata: 0123456789a\r\n\r\ndata: y\r\n\r\n",
            &["message=x", "too large", "message=y"],
            "",
        ),
    ];
    for (stream, expected, last_event_id) in table {
        let whole = decode(16, stream.as_bytes(), &Chunking::Whole);
        assert_eq!(whole.0, expected, "{stream:?}");
        assert_eq!(whole.1, last_event_id, "{stream:?}");
        for chunking in Chunking::all(stream.len(), 1, 100) {
            let cut = decode(16, stream.as_bytes(), &chunking);
            assert_eq!(cut, whole, "{stream:?} {chunking}");
        }
    }
}

#[test]
fn invalid_bytes_that_do_not_fit_are_not_held_first() {
    for field in ["event", "id", "data", "x"] {
        let stream = [field.as_bytes(), b": ", &[0xFF; 20], b"\n\ndata: x\n\n"].concat();
        for chunking in Chunking::all(stream.len(), 1, 20) {
            let decoder = DecoderBuilder::new().build_in([0; 16]);
            let (seen, _) = decode_with(decoder, 16, &stream, &chunking);
            assert_eq!(seen, ["too large", "message=x"], "{field} {chunking}");
        }
    }
}

#[test]
fn type_and_id_count() {
    for stream in [
        "event: 01\ndata: 23456789\n\n",
        "id: 01\ndata: 23456789\n\n",
    ] {
        let (fits, _) = decode(16, stream.as_bytes(), &Chunking::Whole);
        assert_eq!(fits.len(), 1);
        assert_ne!(fits, ["too large"]);
        let longer = stream.replace("data: ", "data: 0");
        let (seen, _) = decode(16, longer.as_bytes(), &Chunking::Whole);
        assert_eq!(seen, ["too large"]);
    }
}

#[test]
fn repaired_text_counts_with_its_new_length() {
    // Six bytes that are not UTF-8 become six times the three bytes of U+FFFD.
    let stream = b"data: \xFF\xFF\xFF\xFF\xFF\xFF\n\ndata: x\n\n";
    for chunking in Chunking::all(stream.len(), 1, 20) {
        let (seen, _) = decode(18, stream, &chunking);
        assert_eq!(seen, ["too large", "message=x"], "{chunking}");
        let (seen, _) = decode(19, stream, &chunking);
        assert_eq!(seen.len(), 2);
        assert_ne!(seen[0], "too large", "{chunking}");
    }
    // The data counts, borrowed or not, and so do the repaired type and its line: 1 + 12 + 11.
    let stream = b"data: \nevent: \xFF\xFF\xFF\xFF\n\n";
    for chunking in Chunking::all(stream.len(), 1, 20) {
        assert_eq!(decode(23, stream, &chunking).0, ["too large"], "{chunking}");
        assert_ne!(decode(24, stream, &chunking).0, ["too large"], "{chunking}");
    }
}

#[test]
fn the_limit_is_on_by_default() {
    let mut decoder = Decoder::new();
    let piece = [b'x'; 1 << 20];
    assert_eq!(decoder.decode(&mut Chunk::new(b"data: ")), Ok(None));
    let error = (0..17).find_map(|_| decoder.decode(&mut Chunk::new(&piece)).err());
    assert_eq!(
        error.map(|error| error.limit()),
        Some(Decoder::DEFAULT_LIMIT)
    );
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(
            "an event of the stream is larger than the limit of 16777216 bytes; \
             raise the decoder's limit, or decode on after the event"
        )
    );
}

#[test]
fn a_new_connection_starts_with_the_whole_limit() -> Result<(), TooLarge> {
    let id = EventId::from(7);
    let mut decoder = Decoder::builder().limit(8).build().with_last_event_id(&id);
    for half in [
        "data: 012345678",
        "\u{FEFF}data: 1",
        "event: a",
        "id: 9\n",
        "data: 1\r",
        "\u{FEFF}",
    ] {
        let mut chunk = Chunk::new(half.as_bytes());
        while !matches!(decoder.decode(&mut chunk), Ok(None)) {}
        decoder.reset();
        assert_eq!(decoder.last_event_id(), "7");
        let mut chunk = Chunk::new("\u{FEFF}data: x\n\n".as_bytes());
        let Some(Item::Event(event)) = decoder.decode(&mut chunk)? else {
            panic!("no event after {half:?}");
        };
        assert_eq!((event.event_type(), event.data()), ("message", "x"));
        assert_eq!(event.last_event_id(), "7");
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_limit_means_the_same_under_every_cut(
        stream in prop_oneof![strategies::hostile_bytes(), strategies::blocks()],
        limit in 0_usize..80,
        comments: bool,
        seed: u64,
    ) {
        let decoder = || Decoder::builder().limit(limit).comments(comments).build();
        let whole = decode_with(decoder(), limit, &stream, &Chunking::Whole);
        for chunking in Chunking::all(stream.len().min(64), seed, 8) {
            let cut = decode_with(decoder(), limit, &stream, &chunking);
            prop_assert_eq!(&cut, &whole, "{}", chunking);
            let mut memory = vec![0xAA; limit];
            let fixed = DecoderBuilder::new().comments(comments).build_in(&mut memory[..]);
            let fixed = decode_with(fixed, limit, &stream, &chunking);
            prop_assert_eq!(&fixed, &whole, "in fixed memory, {}", chunking);
        }
    }
}
