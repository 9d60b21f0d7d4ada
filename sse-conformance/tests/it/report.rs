//! Reports, filters, seeds and capabilities.

use sse_conformance::model::Item;
use sse_conformance::suite::decoder::{self, Capabilities, Decoder};
use sse_conformance::suite::{Options, Verdict, encoder};

use crate::flawed;
use crate::flawed::decoder::{Flaw, Flawed};

#[test]
fn a_failure_says_what_was_expected_and_seen() {
    let report = decoder::run(&Options::only("parse/line/cr-cr"), || {
        Flawed::new(Flaw::WaitsForTheByteAfterCr)
    });
    let text = report.to_string();
    let expected = r#"FAIL parse/line/cr-cr (MUST)
  rule      A line ends in CR, and two of them dispatch without another byte. [HTML, Parsing an event stream]
  given     data: a\r\r
  chunking  whole
  expected  message("a") @9, last event ID ""
  seen      nothing, last event ID ""
  problem   1 missing

decoder suite, seed 0: 0 pass, 1 fail, 0 warn, 0 info, 0 waived, 0 unsupported"#;
    assert_eq!(text, expected);
}

#[test]
fn a_late_item_is_called_late() {
    let report = decoder::run(&Options::only("parse/line/one-lf-is-swallowed"), || {
        Flawed::new(Flaw::WaitsForTheByteAfterCr)
    });
    assert_eq!(report.counts().pass, 1);
    let report = decoder::run(&Options::only("parse/comment/preamble"), || {
        Flawed::new(Flaw::HoldsRetryForTheBlankLine)
    });
    let failure = report.cases()[0].failure.as_ref().unwrap();
    assert!(failure.what.starts_with("late"), "{}", failure.what);
    assert_eq!(failure.chunking.as_deref(), Some("one byte at a time"));
}

#[test]
fn a_panic_is_a_failure_with_its_message() {
    let report = decoder::run(&Options::only("parse/bom/stripped"), || {
        Flawed::new(Flaw::PanicsAtBom)
    });
    assert_eq!(
        report.cases()[0].failure.as_ref().unwrap().what,
        "a panic: a BOM"
    );
}

#[test]
fn generated_failures_are_small() {
    let report = decoder::run(&Options::only("*/generated/blocks"), || {
        Flawed::new(Flaw::TakesCrForText)
    });
    let failure = report.cases()[0].failure.as_ref().unwrap();
    assert!(failure.given.len() < 40, "{}", failure.given);
    let report = encoder::run(&Options::only("*/generated/sequences"), || {
        flawed::encoder::Flawed::new(flawed::encoder::Flaw::DropsATrailingBreak)
    });
    let failure = report.cases()[0].failure.as_ref().unwrap();
    assert!(failure.given.contains(r#"data "\n""#), "{}", failure.given);
}

#[test]
fn equal_options_give_equal_reports() {
    let run = |seed| {
        decoder::run(
            &Options {
                seed,
                ..Options::only("*/generated/*")
            },
            || Flawed::new(Flaw::ReplacesEachByte),
        )
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).cases(), run(2).cases());
}

#[test]
fn a_filter_selects_by_id_and_an_empty_selection_is_not_a_success() {
    let report = decoder::run(&Options::only("parse/retry/"), || Flawed::new(Flaw::None));
    assert!(
        report
            .cases()
            .iter()
            .all(|case| case.id().starts_with("parse/retry/"))
    );
    assert!(report.is_success());
    assert!(!decoder::run(&Options::only("no such case"), || Flawed::new(Flaw::None)).is_success());
}

/// A decoder that reports only events passes, but gets no credit for other cases.
#[test]
fn cases_about_unreported_items_are_unsupported() {
    let report = decoder::run(&Options::default(), || EventsOnly(Flawed::new(Flaw::None)));
    assert!(report.is_success(), "{report}");
    for (id, why) in [
        ("parse/comment/with-space", Some("does not report comments")),
        ("parse/comment/does-not-dispatch", None),
        (
            "parse/retry/set",
            Some("does not report reconnection times"),
        ),
        ("parse/retry/mid-block", None),
        ("parse/id/persists", Some("the last event ID of each event")),
        (
            "parse/id/alone-commits",
            Some("the last event ID of each event"),
        ),
        (
            "parse/bom/before-id",
            Some("the last event ID without an event"),
        ),
        ("parse/event/alone", None),
        (
            "parse/long/ten-megabyte-line",
            Some("accepts 1048576 bytes from one blank line"),
        ),
        ("parse/long/many-events", None),
    ] {
        let case = report.case(id).unwrap();
        let seen = case.unsupported.as_deref();
        match why {
            None => assert_eq!((case.verdict, seen), (Verdict::Pass, None), "{id}"),
            Some(why) => {
                assert_eq!(case.verdict, Verdict::Unsupported, "{id}");
                assert!(
                    seen.is_some_and(|seen| seen.contains(why)),
                    "{id}: {seen:?}"
                );
            }
        }
    }
    let reasons = report.unsupported();
    let sum: usize = reasons.iter().map(|(_, count)| count).sum();
    assert_eq!(sum, report.counts().unsupported);
    assert!(reasons.is_sorted_by_key(|(_, count)| std::cmp::Reverse(*count)));
}

/// `explain` must be able to describe every case, including new ones.
#[test]
fn every_rule_has_steps_an_expectation_and_a_clause_with_a_link() {
    let rules = [
        decoder::rules(),
        encoder::rules(),
        sse_conformance::suite::log::rules(),
        #[cfg(feature = "server")]
        sse_conformance::suite::server::rules(),
    ];
    for rule in rules.concat() {
        let id = &rule.id;
        assert!(!rule.steps.is_empty(), "{id} has no steps");
        for sentence in rule.steps.iter().chain([&rule.expects, &rule.text]) {
            assert!(sentence.ends_with('.'), "{id}: {sentence}");
        }
        let url = &rule.clause.url;
        assert!(url.starts_with("https://") && url.len() > 20, "{id}: {url}");
        assert!(!rule.clause.title.is_empty(), "{id}");
    }
}

struct EventsOnly(Flawed);

impl Decoder for EventsOnly {
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String> {
        let mut items = self.0.feed(chunk)?;
        items.retain(|item| matches!(item, Item::Event { .. }));
        for item in &mut items {
            if let Item::Event { last_event_id, .. } = item {
                *last_event_id = "unknown".to_owned();
            }
        }
        Ok(items)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            comments: false,
            retry: false,
            event_ids: false,
            last_event_id: false,
            timing: true,
            longest_block: Some(1024 * 1024),
        }
    }
}
