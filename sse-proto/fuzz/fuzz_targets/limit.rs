//! The same limit gives the same items and errors under every cut, and in memory of a fixed size. The blocks,
//! joined together, are the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_conformance::chunking::Chunking;
use sse_proto::{Blocks, Chunk, Decoder, DecoderBuilder, Memory};

fuzz_target!(|input: (u8, bool, Vec<u16>, &[u8])| {
    let (limit, comments, cuts, stream) = input;
    let mut cuts: Vec<usize> = cuts.into_iter().map(usize::from).collect();
    cuts.sort_unstable();
    let cuts = Chunking::Cuts(cuts);
    let settings = DecoderBuilder::new().comments(comments);
    let on_heap = || settings.limit(limit.into()).build();
    let whole = decode(on_heap(), stream, &Chunking::Whole);
    for chunking in [&Chunking::Bytes, &cuts] {
        assert_eq!(decode(on_heap(), stream, chunking), whole);
        let mut memory = vec![0; limit.into()];
        let fixed = settings.build_in(&mut memory[..]);
        assert_eq!(decode(fixed, stream, chunking), whole);
    }
    assert_eq!(in_blocks(stream, &cuts), stream);
});

fn decode<M: Memory>(
    mut decoder: Decoder<M>,
    stream: &[u8],
    chunking: &Chunking,
) -> (Vec<String>, String) {
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
}

fn in_blocks(stream: &[u8], chunking: &Chunking) -> Vec<u8> {
    let mut blocks = Blocks::new();
    let mut all = Vec::new();
    for bytes in chunking.of(stream) {
        let mut chunk = Chunk::new(bytes);
        while let Some(block) = blocks.next_block(&mut chunk).expect("within the limit") {
            all.extend_from_slice(block.bytes());
        }
    }
    [all, blocks.rest().to_vec()].concat()
}
