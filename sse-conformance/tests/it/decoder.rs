//! The decoder suite: right decoders pass it, and each wrong one fails the right case.

use std::collections::BTreeSet;

use sse_conformance::model::{self, Item};
use sse_conformance::suite::decoder::{self, Capabilities, Decoder};
use sse_conformance::suite::{Options, Verdict};
use sse_conformance::vectors;

use crate::flawed::decoder::{Flaw, Flawed};

/// Each flaw and the case that must find it.
#[rustfmt::skip]
const KILLS: &[(Flaw, &str)] = &[
    (Flaw::KeepsBom, "parse/bom/stripped"),
    (Flaw::PanicsAtBom, "parse/bom/stripped"),
    (Flaw::StripsBomOfOneChunkOnly, "parse/bom/stripped"),
    (Flaw::StripsBomOfEveryLine, "parse/bom/on-later-line"),
    (Flaw::StripsEveryLeadingBom, "parse/bom/second"),
    (Flaw::WaitsForTheByteAfterCr, "parse/line/cr-cr"),
    (Flaw::WaitsForTheByteAfterBlankCr, "parse/line/crlf"),
    (Flaw::TakesCrForText, "parse/line/cr-cr"),
    (Flaw::TakesLfAfterCrForALine, "parse/line/crlf-is-one"),
    (Flaw::ForgetsCrBetweenChunks, "parse/line/crlf-is-one"),
    (Flaw::SwallowsALateLf, "parse/line/lf-after-text-is-not-swallowed"),
    (Flaw::SwallowsEveryLfAfterCr, "parse/line/one-lf-is-swallowed"),
    (Flaw::EndsLinesAtNextLine, "parse/line/next-line"),
    (Flaw::EndsLinesAtLineSeparator, "parse/line/line-separator"),
    (Flaw::EndsLinesAtVerticalTab, "parse/line/vertical-tab"),
    (Flaw::StopsAtInvalidUtf8, "parse/utf8/goes-on"),
    (Flaw::DropsInvalidLines, "parse/utf8/lone-continuation"),
    (Flaw::ReplacesEachByte, "parse/utf8/truncated-two-of-three"),
    (Flaw::ReplacesPerChunk, "parse/utf8/three-bytes"),
    (Flaw::SwallowsTheByteAfterATruncatedSequence, "parse/utf8/truncated-before-colon-in-value"),
    (Flaw::TakesASpaceForBlank, "parse/line/space"),
    (Flaw::SplitsAtLastColon, "parse/field/split-at-first-colon"),
    (Flaw::IgnoresNamesWithoutColon, "parse/field/no-colon"),
    (Flaw::KeepsTheSpace, "parse/field/one-space"),
    (Flaw::RemovesAllSpaces, "parse/field/two-spaces"),
    (Flaw::RemovesATab, "parse/field/tab"),
    (Flaw::TrimsTheEnd, "parse/field/trailing-space"),
    (Flaw::TrimsNames, "parse/field/leading-space"),
    (Flaw::FoldsCase, "parse/field/upper-case"),
    (Flaw::EndsTheBlockAtAComment, "parse/comment/does-not-dispatch"),
    (Flaw::DropsEmptyData, "parse/data/without-colon"),
    (Flaw::TrimsAllTrailingBreaks, "parse/data/two-trailing-empty"),
    (Flaw::JoinsWithASpace, "parse/data/two-lines"),
    (Flaw::KeepsTheFirstType, "parse/event/last-wins"),
    (Flaw::KeepsATypeOverAnEmptyOne, "parse/event/emptied"),
    (Flaw::LeaksTheTypeOfAnEmptyBlock, "parse/event/no-leak"),
    (Flaw::DispatchesATypeAlone, "parse/event/alone"),
    (Flaw::TakesAnIdWithNul, "parse/id/nul"),
    (Flaw::TakesAnIdUpToNul, "parse/id/nul-at-end"),
    (Flaw::ForgetsTheIdAfterItsEvent, "parse/id/persists"),
    (Flaw::IgnoresAnEmptyId, "parse/id/reset"),
    (Flaw::CommitsTheIdAtItsLine, "parse/id/uncommitted"),
    (Flaw::CommitsTheIdWithAnEventOnly, "parse/id/alone-commits"),
    (Flaw::TakesASignedRetry, "parse/retry/plus"),
    (Flaw::TrimsRetry, "parse/retry/two-spaces"),
    (Flaw::TakesRetryUpToTheFirstLetter, "parse/retry/unit"),
    (Flaw::TakesAnEmptyRetryForZero, "parse/retry/empty"),
    (Flaw::IgnoresALargeRetry, "parse/retry/saturates"),
    (Flaw::HoldsRetryForTheBlankLine, "parse/retry/at-once"),
    (Flaw::DispatchesAtTheEnd, "parse/end/pending-event"),
    (Flaw::EndsTheLineAtTheEnd, "parse/retry/unterminated"),
    (Flaw::FlushesAtTheEnd, "parse/end/unterminated-line"),
    (Flaw::DispatchesWithoutData, "parse/line/only-line-ends"),
    (Flaw::SaysSomethingAtTheEnd, "parse/line/empty-stream"),
    (Flaw::DispatchesOnceAChunk, "parse/dispatch/many"),
    (Flaw::NeedsTheSpace, "parse/field/no-space"),
    (Flaw::TakesACommentForData, "parse/comment/without-space"),
    (Flaw::TakesANegativeRetry, "parse/retry/minus"),
    (Flaw::TakesDigitsOfAnyScript, "parse/retry/arabic-indic"),
];

#[test]
fn a_right_decoder_passes() {
    let report = decoder::run(&Options::default(), || Flawed::new(Flaw::None));
    let fell_short = report
        .cases()
        .iter()
        .filter(|case| case.verdict != Verdict::Pass);
    // The remark depends on other work on the machine.
    let ids: Vec<&str> = fell_short
        .map(|case| case.id())
        .filter(|id| *id != "parse/long/growth")
        .collect();
    assert_eq!(ids, Vec::<&str>::new(), "{report}");
}

/// The long streams are left out, because this decoder reads everything again for each chunk.
#[test]
fn the_model_passes() {
    let sections: BTreeSet<&str> = vectors::all()
        .map(|vector| vector.id().rsplit_once('/').unwrap().0)
        .chain(["parse/generated"])
        .filter(|section| *section != "parse/long")
        .collect();
    assert_eq!(sections.len(), 12);
    for section in sections {
        let report = decoder::run(&Options::only(section), Buffered::default);
        assert!(report.is_success(), "{report}");
        assert_eq!(report.counts().pass, report.cases().len(), "{report}");
    }
}

#[test]
fn each_flaw_fails_the_case_that_is_about_it() {
    for (flaw, id) in KILLS {
        let report = decoder::run(&Options::only(id), || Flawed::new(*flaw));
        let case = report
            .case(id)
            .unwrap_or_else(|| panic!("there is no case {id}"));
        assert_eq!(case.verdict, Verdict::Fail, "{flaw:?} survives {id}");
    }
}

/// A case that no flaw fails would judge nothing. The long streams are left out: short ones have
/// the same contents, and the long ones find limits and times that grow too fast.
#[test]
fn each_case_finds_a_flaw() {
    let ids = decoder::rules().into_iter().map(|rule| rule.id);
    let mut left: Vec<String> = ids.filter(|id| !id.starts_with("parse/long/")).collect();
    for (flaw, _) in KILLS {
        let options = Options {
            filters: left.clone(),
            ..Options::default()
        };
        let report = decoder::run(&options, || Flawed::new(*flaw));
        left.retain(|id| report.case(id).is_none_or(|case| case.failure.is_none()));
    }
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn generated_streams_find_every_flaw() {
    let options = Options {
        cases: 256,
        ..Options::only("*/generated/*")
    };
    let survivors: Vec<Flaw> = KILLS
        .iter()
        .map(|(flaw, _)| *flaw)
        .filter(|flaw| decoder::run(&options, || Flawed::new(*flaw)).is_success())
        .collect();
    assert_eq!(survivors, []);
}

/// The model as a decoder. It keeps every byte, and reads them all again for each chunk.
#[derive(Default)]
struct Buffered {
    stream: Vec<u8>,
    out: usize,
}

impl Decoder for Buffered {
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String> {
        self.stream.extend_from_slice(chunk);
        let items = model::decode(&self.stream).items.split_off(self.out);
        self.out += items.len();
        Ok(items.into_iter().map(|due| due.item).collect())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            last_event_id: true,
            longest_block: Some(4096),
            ..Capabilities::default()
        }
    }

    fn last_event_id(&self) -> String {
        model::decode(&self.stream).last_event_id
    }
}
