//! The limit means the same however the stream is cut: the same items, the same errors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_conformance::chunking::Chunking;
use sse_proto::{Chunk, Decoder};

fuzz_target!(|input: (u8, bool, Vec<u16>, &[u8])| {
    let (limit, comments, cuts, stream) = input;
    let mut cuts: Vec<usize> = cuts.into_iter().map(usize::from).collect();
    cuts.sort_unstable();
    let decode = |chunking: &Chunking| {
        let settings = Decoder::builder().limit(limit.into()).comments(comments);
        let mut decoder = settings.build();
        let mut seen = Vec::new();
        for bytes in chunking.of(stream) {
            let mut chunk = Chunk::new(bytes);
            loop {
                match decoder.decode(&mut chunk) {
                    Ok(None) => break,
                    Ok(Some(item)) => seen.push(format!("{item:?}")),
                    Err(error) => seen.push(error.to_string()),
                }
            }
        }
        (seen, decoder.last_event_id().to_owned())
    };
    let whole = decode(&Chunking::Whole);
    assert_eq!(decode(&Chunking::Bytes), whole);
    assert_eq!(decode(&Chunking::Cuts(cuts)), whole);
});
