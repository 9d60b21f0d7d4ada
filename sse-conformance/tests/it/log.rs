//! The suite for logs: right logs pass it, also unusual ones, and each wrong one fails the right case.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sse_conformance::suite::log::{
    self, Action, Answer, AppendError, Appended, Log, NewEntry, Page,
};
use sse_conformance::suite::{Options, Report, Verdict};

use crate::flawed::log::{Flaw, Flawed, Habits};
use crate::support::plain;

/// Each flaw, the case that must find it, and the verdict.
#[rustfmt::skip]
const KILLS: &[(Flaw, &str, Verdict)] = &[
    (Flaw::BeginsAtZero, "log/append/first", Verdict::Fail),
    (Flaw::Panics, "log/append/first", Verdict::Fail),
    (Flaw::SkipsEverySeventh, "log/append/dense", Verdict::Fail),
    (Flaw::ReversesBatches, "log/append/batch", Verdict::Fail),
    (Flaw::ReversesResults, "log/append/results", Verdict::Fail),
    (Flaw::OneResultForABatch, "log/append/results", Verdict::Fail),
    (Flaw::LimitsBatches, "log/append/thousand", Verdict::Fail),
    (Flaw::EmptyBatchTakesAPosition, "log/append/empty-batch", Verdict::Fail),
    (Flaw::DropsEqualEntries, "log/append/equal-entries", Verdict::Fail),
    (Flaw::DropsEqualCheckBits, "log/append/equal-entries", Verdict::Fail),
    (Flaw::RacesForPositions, "log/append/concurrent", Verdict::Fail),
    (Flaw::MixesBatches, "log/append/concurrent-batches", Verdict::Fail),
    (Flaw::ResultsOfAnotherEpoch, "log/append/results-agree", Verdict::Fail),
    (Flaw::ResultsWithoutCheckBits, "log/append/results-agree", Verdict::Fail),
    (Flaw::NewEpochForEachBatch, "log/append/one-epoch", Verdict::Fail),
    (Flaw::TrimsText, "log/entry/text", Verdict::Fail),
    (Flaw::DropsEmptyText, "log/entry/empty-text", Verdict::Fail),
    (Flaw::JoinsLines, "log/entry/line-breaks", Verdict::Fail),
    (Flaw::CutsAtNul, "log/entry/nul", Verdict::Fail),
    (Flaw::WritesLatin1, "log/entry/not-ascii", Verdict::Fail),
    (Flaw::CutsLongText, "log/entry/mebibyte", Verdict::Fail),
    (Flaw::RefusesLongText, "log/entry/mebibyte", Verdict::Warn),
    (Flaw::JoinsTopicsWithCommas, "log/entry/topics", Verdict::Fail),
    (Flaw::KeepsTenTopics, "log/entry/many-topics", Verdict::Fail),
    (Flaw::SortsTopics, "log/entry/topics-in-order", Verdict::Warn),
    (Flaw::SignedCheckBits, "log/entry/check-bits", Verdict::Fail),
    (Flaw::ChangesOldEntries, "log/entry/unchanged", Verdict::Fail),
    (Flaw::HolesInPages, "log/page/contiguous", Verdict::Fail),
    (Flaw::BeginsPagesAtGroups, "log/page/begins-at", Verdict::Fail),
    (Flaw::OldHeadInPages, "log/page/bounds", Verdict::Fail),
    (Flaw::FailsAtZero, "log/page/from-zero", Verdict::Fail),
    (Flaw::FailsAfterHead, "log/page/after-head", Verdict::Fail),
    (Flaw::OverflowsFarAfterHead, "log/page/far-after-head", Verdict::Fail),
    (Flaw::EpochOfPagesDiffers, "log/page/epoch", Verdict::Fail),
    (Flaw::SharesOneCursor, "log/page/many-readers", Verdict::Fail),
    (Flaw::FailsWithoutEntries, "log/empty/read", Verdict::Fail),
    (Flaw::HeadOfNothingIsOne, "log/empty/tail", Verdict::Fail),
    (Flaw::NewEpochWithTheFirstEntry, "log/empty/epoch", Verdict::Warn),
    (Flaw::EntriesWithoutPosition, "log/tail/without-position", Verdict::Fail),
    (Flaw::WaitsWithoutPosition, "log/tail/immediate", Verdict::Fail),
    (Flaw::RepeatsTheEntryBefore, "log/tail/after", Verdict::Fail),
    (Flaw::IgnoresPositionZero, "log/tail/from-start", Verdict::Fail),
    (Flaw::HoldsBackTheNewest, "log/tail/arrives", Verdict::Fail),
    (Flaw::Polls, "log/tail/wakes", Verdict::Warn),
    (Flaw::HangsWhenQuiet, "log/tail/quiet", Verdict::Fail),
    (Flaw::FailsWhenQuiet, "log/tail/quiet", Verdict::Fail),
    (Flaw::Spins, "log/tail/waits", Verdict::Warn),
    (Flaw::CheckOfTheNextEntry, "log/tail/check-before", Verdict::Fail),
    (Flaw::NoCheckWhenQuiet, "log/tail/check-before-quiet", Verdict::Fail),
    (Flaw::CheckOfTheNewest, "log/tail/no-check", Verdict::Fail),
    (Flaw::WrapsFarPositions, "log/tail/after-head", Verdict::Fail),
    (Flaw::OnlyNewsInTails, "log/tail/each-once", Verdict::Fail),
    (Flaw::OneReaderForEachEntry, "log/tail/many-readers", Verdict::Fail),
    (Flaw::OneCounterForAllLogs, "log/names/apart", Verdict::Fail),
    (Flaw::IgnoresCaseOfNames, "log/names/alike", Verdict::Fail),
    (Flaw::WakesReadersOfOtherLogs, "log/names/tail", Verdict::Fail),
    (Flaw::FailsBelowFloor, "log/trim/read", Verdict::Fail),
    (Flaw::FloorOnlyInTails, "log/trim/floor", Verdict::Fail),
    (Flaw::RemovesOthers, "log/trim/others-stay", Verdict::Fail),
    (Flaw::TailSkipsAtFloor, "log/trim/tail", Verdict::Fail),
    (Flaw::ChecksOfRemovedEntries, "log/trim/no-check", Verdict::Fail),
    (Flaw::ForgetsChecksWhenTrimmed, "log/trim/check", Verdict::Fail),
    (Flaw::RestartsPositionsWhenTrimmed, "log/trim/positions-go-on", Verdict::Fail),
    (Flaw::NewEpochWhenTrimmed, "log/trim/positions-go-on", Verdict::Fail),
    (Flaw::ForgetsTheHeadWhenEmpty, "log/trim/all", Verdict::Fail),
    (Flaw::NewEpochOnlyWhenAppending, "log/deleted/epoch-read", Verdict::Fail),
    (Flaw::NewEpochOnlyAfterAppending, "log/deleted/epoch-append", Verdict::Fail),
    (Flaw::EpochIsConstant, "log/deleted/epoch-append", Verdict::Fail),
    (Flaw::TwoEpochsInTurn, "log/deleted/epoch-each-time", Verdict::Fail),
    (Flaw::KeepsEntriesOfDeleted, "log/deleted/empty", Verdict::Fail),
    (Flaw::TailKeepsTheOldEpoch, "log/deleted/waiting-tail", Verdict::Fail),
    (Flaw::DeletesAllLogs, "log/deleted/others-stay", Verdict::Fail),
    (Flaw::RestoresTheOldHead, "log/restored/told", Verdict::Fail),
    (Flaw::RestoresTheOldHead, "log/restored/no-hole", Verdict::Fail),
    (Flaw::RestoresWithoutChecks, "log/restored/told-later", Verdict::Fail),
    (Flaw::NewEpochOnlyAfterAppending, "log/restored/told-later", Verdict::Fail),
    (Flaw::RestoresWithoutChecks, "log/restored/epoch", Verdict::Warn),
    (Flaw::HangsInAStall, "log/stall/append", Verdict::Fail),
    (Flaw::HangsReadingInAStall, "log/stall/read", Verdict::Fail),
    (Flaw::QuietInAStall, "log/stall/tail", Verdict::Fail),
    (Flaw::WaitingTailHangsInAStall, "log/stall/waiting-tail", Verdict::Fail),
    (Flaw::CallsEverythingNotAppended, "log/stall/unknown", Verdict::Fail),
    (Flaw::CallsEverythingAppended, "log/stall/unknown", Verdict::Fail),
    (Flaw::RetriesAfterAStall, "log/stall/once", Verdict::Fail),
    (Flaw::LosesEntriesInAStall, "log/stall/kept", Verdict::Fail),
    (Flaw::DiesInAStall, "log/stall/goes-on", Verdict::Fail),
    (Flaw::DiesAtRestart, "log/restart/goes-on", Verdict::Fail),
    (Flaw::LosesTheNewestAtRestart, "log/restart/loss-told", Verdict::Fail),
    (Flaw::LosesTheNewestAtRestart, "log/restart/positions", Verdict::Fail),
];

fn judged(log: impl Log, options: &Options) -> Report {
    let report = log::run(options, log);
    plain::assert_plain(&report);
    report
}

#[test]
fn each_flaw_fails_the_case_that_is_about_it() {
    // Most of the time is spent on waiting.
    for some in KILLS.chunks(16) {
        thread::scope(|scope| {
            for (flaw, id, verdict) in some {
                scope.spawn(move || {
                    let report = judged(Flawed::new(*flaw), &Options::only(id));
                    let case = report.case(id);
                    let case = case.unwrap_or_else(|| panic!("there is no case {id}"));
                    assert_eq!(case.verdict, *verdict, "{flaw:?} at {id}: {report}");
                    assert!(case.failure.is_some());
                });
            }
        });
    }
}

/// A case that no flaw fails would judge nothing.
#[test]
fn each_case_finds_a_flaw() {
    let ids = log::rules().into_iter().map(|rule| rule.id);
    let without: Vec<_> = ids
        .filter(|id| !KILLS.iter().any(|(_, killed, _)| killed == id))
        .collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn right_logs_pass() {
    let slow = Duration::from_millis(5);
    let table = [
        ("usual", Habits::default()),
        (
            "small pages",
            Habits {
                page: 1,
                ..Habits::default()
            },
        ),
        (
            "pages of seven",
            Habits {
                page: 7,
                ..Habits::default()
            },
        ),
        (
            "slow answers",
            Habits {
                delay: slow,
                page: 500,
                ..Habits::default()
            },
        ),
        (
            "floors that jump",
            Habits {
                group: 8,
                ..Habits::default()
            },
        ),
        (
            "floors that jump to the head",
            Habits {
                group: 100,
                ..Habits::default()
            },
        ),
        (
            "short waits",
            Habits {
                quiet: Duration::from_millis(15),
                ..Habits::default()
            },
        ),
        (
            "lost at restart",
            Habits {
                forgets: true,
                ..Habits::default()
            },
        ),
    ];
    thread::scope(|scope| {
        for (name, habits) in table {
            scope.spawn(move || {
                let log = Flawed::with_habits(habits);
                let report = judged(log, &Options::default());
                let count = report.cases().len();
                assert_eq!(count, log::rules().len());
                assert_eq!(report.counts().pass, count, "{name}: {report}");
            });
        }
    });
}

/// A log that cannot know that it is an older copy has check bits, and gets only a warning.
#[test]
fn losses_may_be_shown_by_check_bits() {
    let log = Flawed::with_habits(Habits {
        keeps_epoch: true,
        forgets: true,
        ..Habits::default()
    });
    let report = judged(log, &Options::default());
    assert!(report.is_success(), "{report}");
    let warned = report
        .cases()
        .iter()
        .filter(|case| case.verdict == Verdict::Warn);
    assert_eq!(
        warned.map(|case| case.id()).collect::<Vec<_>>(),
        ["log/restored/epoch"]
    );
}

/// The cases run at the same time without disturbing each other, and come in the order of the rules.
#[test]
fn cases_may_run_at_the_same_time() {
    let log = Arc::new(Flawed::new(Flaw::None));
    let options = Options {
        jobs: 8,
        ..Options::default()
    };
    // The logs of another run do not matter.
    for _ in 0..2 {
        let report = judged(log.clone(), &options);
        let ids = report.cases().iter().map(|case| case.id().to_owned());
        assert!(ids.eq(log::rules().into_iter().map(|rule| rule.id)));
        assert_eq!(report.counts().pass, report.cases().len(), "{report}");
    }
}

/// Without actions of the harness, a log is judged by what its callers see.
#[test]
fn cases_about_missing_actions_are_unsupported() {
    let report = judged(
        Controlled(Flawed::new(Flaw::None), Ok(Answer::Unsupported)),
        &Options::default(),
    );
    assert!(report.is_success(), "{report}");
    for case in report.cases() {
        let section = case.id().split('/').nth(1).unwrap();
        let why = match section {
            "trim" => Some("the harness has no action `trim`"),
            "deleted" => Some("the harness has no action `delete`"),
            "restored" => Some("the harness has no action `save`"),
            "stall" => Some("the harness has no action `stall`"),
            "restart" => Some("the harness has no action `restart`"),
            _ => None,
        };
        assert_eq!(case.unsupported.as_deref(), why, "{}", case.id());
        assert_eq!(case.rule.capability.is_some(), why.is_some());
    }
}

#[test]
fn an_action_that_fails_is_a_failure() {
    let report = judged(
        Controlled(Flawed::new(Flaw::None), Err("out of order".to_owned())),
        &Options::only("log/trim/read"),
    );
    let failure = report.cases()[0].failure.as_ref().expect("a failure");
    assert_eq!(failure.what, "the action `trim` failed");
    assert_eq!(failure.seen, "out of order");
}

#[test]
fn a_run_is_stopped_after_a_case() {
    for last in [
        "log/append/results",
        "log/deleted/others-stay",
        "log/stall/read",
    ] {
        let mut watched = Vec::new();
        let report = log::run_watched(&Options::default(), Flawed::new(Flaw::None), &mut |case| {
            watched.push(case.id().to_owned());
            match case.id() == last {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        assert_eq!(watched.last().map(String::as_str), Some(last));
        assert_eq!(report.cases().len(), watched.len());
        assert!(report.not_run() > 0);
    }
}

#[test]
fn a_failure_shows_the_calls() {
    let report = judged(
        Flawed::new(Flaw::TailSkipsAtFloor),
        &Options::only("log/trim/tail"),
    );
    let expected = "\
FAIL log/trim/tail (MUST)
  rule      A tail after a removed entry begins at the floor. [Contract of event logs, removed entries]
  given     append 12 to log 1: results 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 ; trim ; \
tail log 1: no entry; epoch 1, floor 5, head 12 ; append 1 to log 1: results 13 ; \
tail log 1 after 0: positions 6 to 13; epoch 1, floor 5, head 13
  expected  a page that begins at 5
  seen      positions 6 to 13; epoch 1, floor 5, head 13
  problem   the page begins elsewhere

log suite, seed 0: 0 pass, 1 fail, 0 warn, 0 info, 0 waived, 0 unsupported";
    assert_eq!(report.to_string(), expected);
}

/// A right log with another answer to actions.
struct Controlled(Flawed, Result<Answer, String>);

impl Log for Controlled {
    fn append(&self, log: &str, entries: &[NewEntry]) -> Vec<Result<Appended, AppendError>> {
        self.0.append(log, entries)
    }

    fn read(&self, log: &str, from: u64) -> Result<Page, String> {
        self.0.read(log, from)
    }

    fn tail(&self, log: &str, after: Option<u64>) -> Result<Page, String> {
        self.0.tail(log, after)
    }

    fn control(&self, _action: &Action<'_>) -> Result<Answer, String> {
        self.1.clone()
    }
}
