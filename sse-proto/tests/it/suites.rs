//! Both suites, every case: a warning is a failure here.

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
    // Room for the longest line of the suite and the type that it becomes, and for a few copies of
    // that on the stack.
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

/// Line ends are found in blocks of 64 bytes: each kind at each place in a block, and across two.
#[test]
fn a_line_end_is_found_wherever_it_stands() {
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

/// Nothing is measured here: a decoder that goes over the rest of the chunk again for each line, or
/// for each chunk that is made anew, does not get through in any time.
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

/// A seed, a number of cases or a filter may come from the environment.
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
