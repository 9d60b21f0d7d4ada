//! Runs every case of both suites. A warning counts as a failure here.

use sse_conformance::{
    model,
    suite::{
        Options, Report,
        decoder::{self, Decoder},
        encoder,
    },
};

use sse_proto::Chunk;

use crate::testee::{DecoderUnderTest, EncoderUnderTest};

#[test]
fn the_decoder_passes_every_case() {
    let report = decoder::run(&options(), DecoderUnderTest::default);
    assert_flawless(&report);
}

#[test]
fn the_decoder_in_fixed_memory_passes_every_case() {
    // The memory has room for the longest line of the suite and the type that it sets. The stack has room for a
    // few copies of it.
    const MEMORY: usize = 256 * 1024;
    let options = options();
    let is_whole = options.filters.is_empty();
    let run = move || decoder::run(&options, DecoderUnderTest::<[u8; MEMORY]>::fixed);
    let thread = std::thread::Builder::new().stack_size(64 * MEMORY);
    let report = thread.spawn(run).expect("a thread").join();
    let report = report.expect("no panic");
    let counts = report.counts();
    assert_eq!((counts.fail, counts.warn), (0, 0), "{report}");
    // One block is longer than the memory.
    assert!(counts.unsupported == 1 || !is_whole, "{report}");
}

#[test]
fn the_encoder_passes_every_case() {
    let report = encoder::run(&options(), || EncoderUnderTest);
    assert_flawless(&report);
}

/// Tests each kind of line end at each position in a block of 64 bytes, and across two blocks.
#[test]
fn a_line_end_is_found_at_every_position() {
    for end in ["\n", "\r", "\r\n"] {
        for pad in 0..300 {
            let pad = "p".repeat(pad);
            let stream =
                format!("data: {pad}{end}{end}data: x{end}{end}: {pad}{end}data: y{end}{end}");
            let expected = model::decode(stream.as_bytes()).items;
            let items = DecoderUnderTest::default().feed(stream.as_bytes());
            let expected: Vec<_> = expected.into_iter().map(|due| due.item).collect();
            assert_eq!(items, Ok(expected), "{stream:?}");
        }
    }
}

/// Runs a large stream without measuring the time. A decoder that reads the rest of the chunk again for each
/// line, or for each new chunk, would not finish.
#[test]
fn time_is_linear_whatever_is_invalid_and_however_chunks_are_made() {
    const SIZE: usize = 4 << 20;
    let unfinished = [b"data:\xFF\n".repeat(SIZE / 14), vec![b'x'; SIZE / 2]].concat();
    let invalid_between = b"data:a\n:\xFF\n".repeat(SIZE / 10);
    let many_events = b"data:a\n\n".repeat(SIZE / 8);
    for stream in [unfinished, invalid_between, many_events] {
        let mut decoder = sse_proto::Decoder::builder().comments(true).build();
        let mut chunk = Chunk::new(&stream);
        while !matches!(decoder.decode(&mut chunk), Ok(None)) {
            chunk = Chunk::new(chunk.remaining());
        }
    }
}

/// Returns the options. Environment variables can set a seed, a number of cases or a filter.
fn options() -> Options {
    Options::from_env().expect("the variables are numbers")
}

fn assert_flawless(report: &Report) {
    println!("{report}");
    let counts = report.counts();
    assert!(counts.pass > 0 || !options().filters.is_empty(), "{report}");
    assert_eq!(
        (counts.fail, counts.warn, counts.unsupported),
        (0, 0, 0),
        "{report}"
    );
}
