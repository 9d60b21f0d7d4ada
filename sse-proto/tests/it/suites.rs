//! Both suites, every case: a warning is a failure here.

use sse_conformance::suite::{Options, Report, decoder, encoder};

use crate::testee::{DecoderUnderTest, EncoderUnderTest};

#[test]
fn the_decoder_passes_every_case() {
    let report = decoder::run(&Options::default(), DecoderUnderTest::default);
    assert_flawless(&report);
}

#[test]
fn the_encoder_passes_every_case() {
    let report = encoder::run(&Options::default(), || EncoderUnderTest);
    assert_flawless(&report);
}

fn assert_flawless(report: &Report) {
    let counts = report.counts();
    assert!(counts.pass > 0, "{report}");
    assert_eq!(
        (counts.fail, counts.warn, counts.unsupported),
        (0, 0, 0),
        "{report}"
    );
}
