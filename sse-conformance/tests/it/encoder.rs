//! The encoder suite: a right encoder passes it, and each wrong one fails the right case.

use sse_conformance::suite::encoder::{self, Encoded, Encoder, Event};
use sse_conformance::suite::{Options, Verdict};

use crate::flawed::encoder::{Flaw, Flawed};

/// Each flaw, the case that must find it, and the verdict.
#[rustfmt::skip]
const KILLS: &[(Flaw, &str, Verdict)] = &[
    (Flaw::DoublesCrlf, "encode/data/crlf", Verdict::Fail),
    (Flaw::WritesCrAsItIs, "encode/data/cr", Verdict::Fail),
    (Flaw::WritesDataOnOneLine, "encode/data/looks-like-fields", Verdict::Fail),
    (Flaw::EscapesBreaks, "encode/data/lf", Verdict::Fail),
    (Flaw::DropsATrailingBreak, "encode/data/trailing-lf", Verdict::Fail),
    (Flaw::DropsEmptyData, "encode/data/empty", Verdict::Fail),
    (Flaw::DropsEmptyLines, "encode/data/blank-line-inside", Verdict::Fail),
    (Flaw::TrimsData, "encode/data/trailing-space", Verdict::Fail),
    (Flaw::StripsABomFromData, "encode/data/leading-bom", Verdict::Fail),
    (Flaw::BreaksAtUnicodeLineEnds, "encode/data/unicode-line-ends", Verdict::Fail),
    (Flaw::NormalisesData, "encode/data/not-normalised", Verdict::Fail),
    (Flaw::PanicsAtNulInData, "encode/data/nul", Verdict::Fail),
    (Flaw::RefusesNulInData, "encode/data/nul", Verdict::Fail),
    (Flaw::RefusesCrInData, "encode/data/crlf", Verdict::Warn),
    (Flaw::WritesLatin1, "encode/data/not-ascii", Verdict::Fail),
    (Flaw::WritesNoSpace, "encode/data/leading-space", Verdict::Fail),
    (Flaw::WritesNoSpace, "encode/block/one-space", Verdict::Warn),
    (Flaw::WritesABom, "encode/block/no-bom", Verdict::Warn),
    (Flaw::WritesABom, "encode/data/simple", Verdict::Fail),
    (Flaw::WritesCrlf, "encode/block/lf-only", Verdict::Warn),
    (Flaw::WritesNoBlankLine, "encode/data/simple", Verdict::Fail),
    (Flaw::WritesTwoBlankLines, "encode/block/one-blank-line", Verdict::Warn),
    (Flaw::WritesAnUnknownField, "encode/block/known-fields", Verdict::Warn),
    (Flaw::LetsLfIntoAType, "encode/type/lf-refused", Verdict::Fail),
    (Flaw::LetsCrIntoAType, "encode/type/cr-refused", Verdict::Fail),
    (Flaw::ReplacesBreaksInAType, "encode/type/crlf-refused", Verdict::Fail),
    (Flaw::WritesASpaceForAnEmptyType, "encode/type/empty", Verdict::Fail),
    (Flaw::RefusesNulInAType, "encode/type/nul", Verdict::Warn),
    (Flaw::LowersTheType, "encode/type/case-kept", Verdict::Fail),
    (Flaw::RepeatsTheType, "encode/type/does-not-leak", Verdict::Fail),
    // Only a block before or after shows these flaws.
    (Flaw::RepeatsTheType, "encode/data/simple", Verdict::Fail),
    (Flaw::CutsACommentShort, "encode/comment/simple", Verdict::Fail),
    (Flaw::WritesCommentsInLatin1, "encode/comment/not-ascii", Verdict::Fail),
    (Flaw::LetsLfIntoAnId, "encode/id/lf-refused", Verdict::Fail),
    (Flaw::LetsNulIntoAnId, "encode/id/nul-refused", Verdict::Fail),
    (Flaw::PanicsAtABadId, "encode/id/cr-refused", Verdict::Fail),
    (Flaw::LowersTheId, "encode/id/case-kept", Verdict::Fail),
    (Flaw::OmitsAnEmptyId, "encode/id/empty-resets", Verdict::Fail),
    (Flaw::WritesTheIdFirst, "encode/block/id-last", Verdict::Warn),
    (Flaw::CutsACommentShort, "encode/comment/terminated", Verdict::Fail),
    (Flaw::WritesCommentsOnOneLine, "encode/comment/field-on-second-line", Verdict::Fail),
    (Flaw::LetsCrIntoAComment, "encode/comment/field-after-cr", Verdict::Fail),
    (Flaw::WritesRetryInSeconds, "encode/retry/simple", Verdict::Fail),
    (Flaw::LeavesRetryUnterminated, "encode/retry/terminated", Verdict::Fail),
    (Flaw::LeavesAHeartbeatUnterminated, "encode/heartbeat/terminated", Verdict::Fail),
    (Flaw::WritesRetryIn31Bits, "encode/retry/beyond-31-bits", Verdict::Fail),
    (Flaw::WritesRetryIn32Bits, "encode/retry/beyond-32-bits", Verdict::Fail),
    (Flaw::CapsRetryAt32Bits, "encode/retry/beyond-32-bits", Verdict::Fail),
    (Flaw::WritesRetryInNanoseconds, "encode/retry/53-bits", Verdict::Fail),
    (Flaw::WritesRetryAsADouble, "encode/retry/beyond-53-bits", Verdict::Fail),
    (Flaw::WritesRetryIn63Bits, "encode/retry/64-bits", Verdict::Fail),
    (Flaw::EndsAHeartbeatWithABlankLine, "encode/heartbeat/no-blank-line", Verdict::Warn),
    (Flaw::EndsAHeartbeatWithABlankLine, "encode/heartbeat/shortest", Verdict::Info),
    (Flaw::SendsAnEmptyEventForAHeartbeat, "encode/heartbeat/silent", Verdict::Fail),
    (Flaw::LeavesTheLastEventIdUncommitted, "encode/last-event-id/commits", Verdict::Fail),
    (Flaw::SendsAnEmptyEventWithTheLastEventId, "encode/last-event-id/commits", Verdict::Fail),
];

#[test]
fn a_right_encoder_passes() {
    let report = encoder::run(&Options::default(), || Flawed::new(Flaw::None));
    assert!(report.is_success(), "{report}");
    assert_eq!(report.counts().pass, report.cases().len(), "{report}");
}

#[test]
fn each_flaw_fails_the_case_that_is_about_it() {
    for (flaw, id, verdict) in KILLS {
        let report = encoder::run(&Options::only(id), || Flawed::new(*flaw));
        let case = report
            .case(id)
            .unwrap_or_else(|| panic!("there is no case {id}"));
        assert_eq!(case.verdict, *verdict, "{flaw:?} at {id}: {report}");
        assert!(case.failure.is_some());
    }
}

/// A BOM at the very start of a stream is legal, so an encoder that begins with one only gets a
/// warning.
#[test]
fn a_bom_may_begin_a_stream() {
    let report = encoder::run(&Options::default(), || Flawed::new(Flaw::BeginsWithABom));
    assert!(report.is_success(), "{report}");
    assert_eq!(report.counts().warn, 1, "{report}");
}

/// An empty type cannot be read back, so refusing it is as good as writing it.
#[test]
fn an_empty_type_may_be_refused() {
    let report = encoder::run(&Options::default(), || {
        Flawed::new(Flaw::RefusesAnEmptyType)
    });
    assert_eq!(report.counts().pass, report.cases().len(), "{report}");
}

/// Integers and timers of many languages hold no longer times, so refusing them is as good as
/// writing them.
#[test]
fn a_long_time_may_be_refused() {
    for flaw in [Flaw::RefusesRetryAbove31Bits, Flaw::RefusesRetryAbove53Bits] {
        let report = encoder::run(&Options::default(), || Flawed::new(flaw));
        assert_eq!(report.counts().pass, report.cases().len(), "{report}");
    }
}

/// A case that no flaw fails would judge nothing.
#[test]
fn each_case_finds_a_flaw() {
    let mut left: Vec<String> = encoder::rules().into_iter().map(|rule| rule.id).collect();
    for (flaw, ..) in KILLS {
        let options = Options {
            filters: left.clone(),
            ..Options::default()
        };
        let report = encoder::run(&options, || Flawed::new(*flaw));
        left.retain(|id| report.case(id).is_none_or(|case| case.failure.is_none()));
    }
    assert_eq!(left, Vec::<String>::new());
}

/// A block that breaks the block after it does not fail the cases about that one.
#[test]
fn a_flaw_does_not_fail_the_cases_of_others() {
    let report = encoder::run(&Options::only("encode/data/"), || {
        Flawed::new(Flaw::CutsACommentShort)
    });
    assert_eq!(report.counts().pass, report.cases().len(), "{report}");
}

/// Generated values also find the flaws that a decoder can see.
#[test]
fn generated_values_find_every_flaw_that_loses_something() {
    // Generated types are not empty, and generated times fit in 32 bits.
    let beyond_reach = [
        Flaw::WritesASpaceForAnEmptyType,
        Flaw::WritesRetryIn32Bits,
        Flaw::CapsRetryAt32Bits,
        Flaw::WritesRetryInNanoseconds,
        Flaw::WritesRetryAsADouble,
        Flaw::WritesRetryIn63Bits,
    ];
    let losses = KILLS
        .iter()
        .filter(|(_, _, verdict)| *verdict == Verdict::Fail);
    let survivors: Vec<Flaw> = losses
        .map(|(flaw, ..)| *flaw)
        .filter(|flaw| {
            encoder::run(&Options::only("*/generated/*"), || Flawed::new(*flaw)).is_success()
        })
        .collect();
    assert_eq!(survivors, beyond_reach);
}

/// An encoder that supports only data is judged by that.
#[test]
fn cases_about_missing_operations_are_unsupported() {
    let report = encoder::run(&Options::default(), || DataOnly);
    assert!(report.is_success(), "{report}");
    for (section, verdict) in [
        ("encode/data/", Verdict::Pass),
        ("encode/type/", Verdict::Unsupported),
        ("encode/id/", Verdict::Unsupported),
        ("encode/last-event-id/", Verdict::Unsupported),
        ("encode/comment/", Verdict::Unsupported),
        ("encode/retry/", Verdict::Unsupported),
        ("encode/heartbeat/", Verdict::Unsupported),
        ("encode/generated/", Verdict::Pass),
    ] {
        for case in report
            .cases()
            .iter()
            .filter(|case| case.id().starts_with(section))
        {
            assert_eq!(case.verdict, verdict, "{}", case.id());
        }
    }
}

struct DataOnly;

impl Encoder for DataOnly {
    fn event(&mut self, event: &Event<'_>) -> Encoded {
        match event {
            Event {
                event_type: None,
                id: None,
                ..
            } => Flawed::new(Flaw::None).event(event),
            _ => Err(encoder::Refusal::Unsupported),
        }
    }
}
