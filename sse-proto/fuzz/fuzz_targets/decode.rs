//! The decoder returns the same items as the model, each as soon as it is complete, under every cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_conformance::{chunking::Chunking, model, suite::decoder::Decoder};

#[path = "../../tests/it/testee.rs"]
mod testee;

fuzz_target!(|input: (Vec<u16>, &[u8])| {
    let (cuts, stream) = input;
    let mut cuts: Vec<usize> = cuts.into_iter().map(usize::from).collect();
    cuts.sort_unstable();
    let expected = model::decode(stream);
    for chunking in [Chunking::Whole, Chunking::Bytes, Chunking::Cuts(cuts)] {
        let mut decoder = testee::DecoderUnderTest::default();
        let mut due = expected.items.iter().peekable();
        let mut fed = 0;
        for chunk in chunking.of(stream) {
            fed += chunk.len();
            for item in decoder.feed(chunk).expect("within the limit") {
                assert_eq!(Some(&item), due.next().map(|due| &due.item), "{chunking}");
            }
            assert!(
                due.peek().is_none_or(|due| due.at > fed),
                "late: {chunking}"
            );
        }
        assert_eq!(decoder.last_event_id(), expected.last_event_id);
    }
});
