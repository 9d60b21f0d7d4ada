//! The server suite: right servers pass it, and each wrong one fails the right case.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sse_conformance::suite::server::{self, Target};
use sse_conformance::suite::{Options, Verdict};

use crate::flawed::server::{Flaw, Server};
use crate::support::judged::judged;
use crate::support::kills;

/// Each flaw and the case that must find it.
#[rustfmt::skip]
const KILLS: &[(Flaw, &str)] = &[
    (Flaw::Status201, "server/status/ok"),
    (Flaw::RedirectsForever, "server/status/redirects"),
    (Flaw::OneReader, "server/status/second-reader"),
    (Flaw::TypePlain, "server/headers/content-type"),
    (Flaw::Latin1, "server/headers/charset"),
    (Flaw::Length, "server/headers/no-length-on-a-live-stream"),
    (Flaw::LengthBesideChunks, "server/headers/length-or-coding"),
    (Flaw::BadChunkSize, "server/headers/framing"),
    (Flaw::GzipTransfer, "server/headers/only-chunked"),
    (Flaw::ChunksForHttp10, "server/headers/http-1.0-not-chunked"),
    (Flaw::HeadHasContent, "server/method/head-no-content"),
    (Flaw::ShortRefusal, "server/method/options-whole"),
    (Flaw::ShortRefusal, "server/method/post-whole"),
    (Flaw::ShortRefusal, "server/method/unknown-whole"),
    (Flaw::ShortRefusal, "server/accept/other-whole"),
    (Flaw::ShortRefusal, "server/cors/preflight-whole"),
    (Flaw::ShortRefusal, "server/resume/unknown-whole"),
    (Flaw::ShortRefusal, "server/resume/malformed-whole"),
    (Flaw::ShortRefusal, "server/resume/oversized-whole"),
    (Flaw::LongRefusal, "server/method/options-whole"),
    (Flaw::LongRefusal, "server/method/post-whole"),
    (Flaw::LongRefusal, "server/method/unknown-whole"),
    (Flaw::LongRefusal, "server/accept/other-whole"),
    (Flaw::LongRefusal, "server/cors/preflight-whole"),
    (Flaw::LongRefusal, "server/resume/unknown-whole"),
    (Flaw::LongRefusal, "server/resume/malformed-whole"),
    (Flaw::LongRefusal, "server/resume/oversized-whole"),
    (Flaw::NoAllow, "server/method/post-allow"),
    (Flaw::NoAllow, "server/method/unknown-allow"),
    (Flaw::TwoOrigins, "server/cors/origin-is-one"),
    (Flaw::TwoOrigins, "server/cors/foreign-origin-is-one"),
    (Flaw::OriginInCapitals, "server/cors/allowed-is-named"),
    (Flaw::StarWithCredentials, "server/cors/credentials-name-the-origin"),
    (Flaw::TrueInCapitals, "server/cors/credentials-are-true"),
    (Flaw::Reflects, "server/cors/foreign-without-credentials"),
    (Flaw::NullWithCredentials, "server/cors/null-without-credentials"),
    (Flaw::StartsWith, "server/cors/suffix"),
    (Flaw::EndsWith, "server/cors/prefix"),
    (Flaw::AnyDot, "server/cors/dot"),
    (Flaw::AnyScheme, "server/cors/scheme"),
    (Flaw::AnyPort, "server/cors/port"),
    (Flaw::PreflightReflects, "server/cors/preflight-foreign-without-credentials"),
    (Flaw::NotUtf8, "server/stream/utf-8"),
    (Flaw::AsciiOnly, "server/stream/events-utf-8"),
    (Flaw::BomBeforeEachEvent, "server/stream/no-bom-inside"),
    (Flaw::HeartbeatMovesPlace, "server/heartbeat/keeps-place"),
    (Flaw::HeartbeatWithoutLineEnd, "server/heartbeat/ends-its-line"),
    (Flaw::HeartbeatInLine, "server/heartbeat/not-inside-line"),
    (Flaw::HeartbeatInLine, "server/heartbeat/not-inside-long-line"),
    (Flaw::HoldsUntilTheNext, "server/flush/each-event"),
    (Flaw::HoldsTheBlankLine, "server/flush/blank-line"),
    (Flaw::Twice, "server/flush/once"),
    (Flaw::Twice, "server/flush/burst-once"),
    (Flaw::Twice, "server/slow/once"),
    (Flaw::LosesInABurst, "server/flush/burst"),
    (Flaw::EndsAfterEachAndLoses, "server/flush/burst"),
    (Flaw::Swaps, "server/flush/burst-in-order"),
    (Flaw::CutsAt16K, "server/flush/large-whole"),
    (Flaw::Coalesces, "server/flush/together"),
    (Flaw::CoalescesTwice, "server/flush/together-once"),
    (Flaw::SwapsForEverySecond, "server/flush/together-same-order"),
    (Flaw::LastOfBatch, "server/flush/batch"),
    (Flaw::BatchInOneBlock, "server/flush/batch"),
    (Flaw::BatchBackwards, "server/flush/batch-in-order"),
    (Flaw::BatchTwice, "server/flush/batch-once"),
    (Flaw::CutsCharacters, "server/flush/long-not-ascii"),
    (Flaw::CutsCharacters, "server/flush/long-lines-not-ascii"),
    (Flaw::CutsCharacters, "server/flush/long-latin-1"),
    (Flaw::Latin1IfItFits, "server/flush/long-latin-1"),
    (Flaw::SilentAfterLag, "server/slow/goes-on"),
    (Flaw::TearsForTheSlow, "server/slow/whole"),
    (Flaw::WaitsForTheSlow, "server/slow/others-are-served"),
    (Flaw::WaitsForTheSlowAtOnce, "server/slow/others-are-served"),
    (Flaw::RoundRobin, "server/readers/all-get-it"),
    (Flaw::LeaverTakesAll, "server/readers/one-leaves"),
    (Flaw::LatecomerTakesOver, "server/readers/one-comes-late"),
    (Flaw::SwapsForEverySecond, "server/readers/same-order"),
    (Flaw::DropsEmptyData, "server/injection/data-empty"),
    (Flaw::RawData, "server/injection/data-lf"),
    (Flaw::RawData, "server/injection/data-blank-line"),
    (Flaw::RawData, "server/injection/data-fields"),
    (Flaw::RawData, "server/injection/data-event"),
    (Flaw::SplitsAtLfOnly, "server/injection/data-cr"),
    (Flaw::SplitsAtLfOnly, "server/injection/data-cr-event"),
    (Flaw::DoublesCrLf, "server/injection/data-crlf"),
    (Flaw::TrimsData, "server/injection/data-trailing-lf"),
    (Flaw::NoSpace, "server/injection/data-leading-space"),
    (Flaw::JoinsSpaces, "server/injection/data-spaces"),
    (Flaw::ColonIsComment, "server/injection/data-leading-colon"),
    (Flaw::AsciiOnly, "server/injection/data-not-ascii"),
    (Flaw::EscapesMarkup, "server/injection/data-markup"),
    (Flaw::SplitsAtUnicode, "server/injection/data-unicode-line-ends"),
    (Flaw::StripsBom, "server/injection/data-bom"),
    (Flaw::StopsAtNul, "server/injection/data-nul"),
    (Flaw::Latin1IfItFits, "server/injection/data-latin-1"),
    (Flaw::SplitsAtLfOnly, "server/injection/data-cr-retry"),
    (Flaw::RawType, "server/injection/type-lf"),
    (Flaw::RawType, "server/injection/type-cr"),
    (Flaw::RawType, "server/injection/type-event"),
    (Flaw::RawType, "server/injection/type-crlf"),
    (Flaw::RawType, "server/injection/type-cr-event"),
    (Flaw::StripsLfFromType, "server/injection/type-cr-event"),
    (Flaw::StripsLfFromType, "server/injection/type-crlf"),
    (Flaw::RawTypeLast, "server/injection/type-id"),
    (Flaw::RawType, "server/injection/type-retry"),
    (Flaw::DropsType, "server/type/comes-back"),
    (Flaw::TypeLeaks, "server/type/does-not-leak"),
    (Flaw::LowersType, "server/type/case"),
    (Flaw::DropsMarksOfType, "server/type/marks"),
    (Flaw::TrimsType, "server/type/spaces"),
    (Flaw::Latin1IfItFits, "server/type/latin-1"),
    (Flaw::AsciiOnly, "server/type/not-ascii"),
    (Flaw::DropsTypeMessage, "server/type/message"),
    (Flaw::RawId, "server/injection/id-lf"),
    (Flaw::RawId, "server/injection/id-cr"),
    (Flaw::RawId, "server/injection/id-event"),
    (Flaw::RawId, "server/injection/id-crlf"),
    (Flaw::RawId, "server/injection/id-cr-event"),
    (Flaw::StripsLfFromId, "server/injection/id-cr-event"),
    (Flaw::RawId, "server/injection/id-type"),
    (Flaw::RawId, "server/injection/id-retry"),
    (Flaw::DiesOfNulId, "server/injection/id-nul"),
    (Flaw::EchoesQuery, "server/injection/id-in-query"),
    (Flaw::EchoesQuery, "server/injection/id-in-query-cr"),
    (Flaw::EchoesQuery, "server/injection/id-in-query-crlf"),
    (Flaw::EchoesQueryWithoutLf, "server/injection/id-in-query-cr"),
    (Flaw::EchoesQueryWithoutLf, "server/injection/id-in-query-crlf"),
    (Flaw::EchoesQueryInHead, "server/injection/id-in-query-head"),
    (Flaw::EchoesQueryInHead, "server/injection/id-in-query-head-cr"),
    (Flaw::EchoesQueryInHead, "server/injection/id-in-query-head-crlf"),
    (Flaw::EchoesChannel, "server/injection/query"),
    (Flaw::EchoesChannel, "server/injection/query-cr"),
    (Flaw::EchoesChannel, "server/injection/query-crlf"),
    (Flaw::EchoesChannelInHead, "server/injection/query-head"),
    (Flaw::EchoesChannelInHead, "server/injection/query-head-cr"),
    (Flaw::EchoesChannelInHead, "server/injection/query-head-crlf"),
    (Flaw::SkipsOne, "server/resume/no-gap"),
    (Flaw::RepeatsOne, "server/resume/no-duplicate"),
    (Flaw::RepeatsAll, "server/resume/no-duplicate"),
    (Flaw::Backwards, "server/resume/in-order"),
    (Flaw::Backwards, "server/resume/away-in-order"),
    (Flaw::AgainWithoutType, "server/resume/same-again"),
    (Flaw::AgainWithoutId, "server/resume/same-again"),
    (Flaw::NothingNewAfterReplay, "server/resume/then-live"),
    (Flaw::SkipsOne, "server/resume/cut-inside-event"),
    (Flaw::RepeatsOne, "server/resume/cut-no-duplicate"),
    (Flaw::ForgetsWhileAway, "server/resume/away"),
    (Flaw::OldIdIs410, "server/resume/old-answered"),
    (Flaw::OldIdIs204, "server/resume/old-answered"),
    (Flaw::OldIdIs204, "server/restart/answered"),
    (Flaw::WaitsForOldId, "server/resume/old-then-live"),
    (Flaw::DeafAfterRestart, "server/restart/serves"),
    (Flaw::OldIdIs410, "server/restart/answered"),
    (Flaw::WaitsForOldId, "server/restart/then-live"),
    (Flaw::ReusesIds, "server/restart/ids-not-mixed-up"),
    (Flaw::NothingAgain, "server/resume/ids-are-honoured"),
    (Flaw::UnknownIs400, "server/resume/unknown-answered"),
    (Flaw::UnknownIs400, "server/resume/future-answered"),
    (Flaw::FirstIs204, "server/status/first-answer"),
    (Flaw::OriginMissing, "server/cors/allowed-is-named"),
    (Flaw::OwnIdIs500, "server/resume/own-id-answered"),
    (Flaw::OwnIdIs204, "server/resume/own-id-answered"),
    (Flaw::OwnIdHangs, "server/resume/own-id-answered"),
    (Flaw::NewestRepeatsAll, "server/resume/newest-nothing-old"),
    (Flaw::NewestIsSilent, "server/resume/newest-then-live"),
    (Flaw::LowerCaseOnly, "server/resume/field-as-browsers-write-it"),
    (Flaw::BrowserCaseOnly, "server/resume/field-in-lower-case"),
    (Flaw::HalfAtEachEnd, "server/end/each-whole-block"),
    (Flaw::MoreAfterEachEnd, "server/end/each-nothing-after"),
    (Flaw::NotLetInAgain, "server/end/each-come-back"),
    (Flaw::GarbageWhenKept, "server/end/kept-connection"),
    (Flaw::WaitsForUnknown, "server/resume/unknown-then-live"),
    (Flaw::DiesOfMalformed, "server/resume/malformed-then-live"),
    (Flaw::EmptyIsSilent, "server/resume/empty-then-live"),
    (Flaw::DiesOfOversized, "server/resume/oversized-survived"),
    (Flaw::GzipUnasked, "server/compression/not-unasked"),
    (Flaw::HoldsGzip, "server/compression/each-event"),
    (Flaw::IgnoresZeroWeight, "server/compression/refused"),
    (Flaw::IgnoresZeroWeight, "server/compression/refused-by-weight"),
    (Flaw::IgnoresZeroWeightOfAll, "server/compression/all-refused"),
    (Flaw::GzipsForEmpty, "server/compression/none-wanted"),
    (Flaw::PlainHeartbeatInGzip, "server/compression/heartbeats"),
    (Flaw::StopsAfterHeartbeat, "server/compression/heartbeats"),
    (Flaw::NoGzip, "server/compression/is-gzip"),
    (Flaw::Leaks, "server/disconnect/noticed"),
    (Flaw::CutAtEnd, "server/end/last-chunk"),
    (Flaw::HalfAtEnd, "server/end/whole-block"),
    (Flaw::MoreAfterEnd, "server/end/nothing-after"),
    (Flaw::CutsItself, "server/end/by-itself"),
    (Flaw::HalfByItself, "server/end/by-itself-whole-block"),
];

#[test]
fn right_servers_pass() {
    let right = [
        Flaw::None,
        Flaw::CrLf,
        Flaw::EndsWithTheConnection,
        Flaw::Prologue,
        Flaw::ShortLog,
        Flaw::Ticks,
        Flaw::Minimal,
        Flaw::WrapsInJson,
        Flaw::OddHead,
        Flaw::NoPublish,
        Flaw::Checkpoints,
        Flaw::CheckpointBlocks,
        Flaw::IdAfterEvent,
    ];
    thread::scope(|scope| {
        for flaw in right {
            scope.spawn(move || {
                let report = judged(flaw, &Options::default());
                assert!(report.is_success(), "{flaw:?}\n{report}");
                if flaw == Flaw::None {
                    assert_eq!(report.counts().warn, 0, "{report}");
                }
                if flaw == Flaw::Minimal {
                    // The server has no heartbeat, but three seconds are too short to know that.
                    let present = report.case("server/heartbeat/present");
                    let verdict = present.map(|case| case.verdict);
                    assert_eq!(verdict, Some(Verdict::Unsupported), "{report}");
                }
            });
        }
    });
}

/// Right servers with unusual behaviour, and the cases that could take it for an error.
#[rustfmt::skip]
const UNUSUAL: &[(Flaw, &[&str])] = &[
    (Flaw::RefusesTypes, &["server/type", "server/injection", "server/resume", "server/flush/batch"]),
    (Flaw::WritesInPieces, &["server/flush", "server/injection"]),
    (Flaw::ExplainsRefusals, &["server/method", "server/accept", "server/cors"]),
    (Flaw::RefusesUnread, &["server/resume/oversized*", "server/resume/long-*", "server/resume/unknown*"]),
    (Flaw::EchoesSafely, &["server/injection"]),
    (Flaw::Gzips, &["server/compression", "server/headers", "server/stream", "server/flush"]),
    (Flaw::GzipsInMembers, &["server/compression"]),
    (Flaw::TakesAnyAction, &["server/flush", "server/restart", "server/resume/old-*"]),
    (Flaw::PersistsLog, &["server/restart"]),
    (Flaw::ShortLog, &["server/restart", "server/resume/old-*"]),
    (Flaw::GapInJson, &["server/restart", "server/resume"]),
    (Flaw::Minimal, &["server/restart", "server/resume"]),
];

#[test]
fn unusual_servers_pass() {
    thread::scope(|scope| {
        for (flaw, filters) in UNUSUAL {
            scope.spawn(move || {
                let options = Options {
                    filters: filters.iter().map(|filter| (*filter).to_owned()).collect(),
                    ..Options::default()
                };
                let report = judged(*flaw, &options);
                assert!(report.is_success(), "{flaw:?}\n{report}");
                assert!(report.counts().pass > 0, "{flaw:?}\n{report}");
            });
        }
    });
}

#[test]
fn without_a_hook_no_stream_is_opened_for_cases_that_need_one() {
    let server = Server::start(Flaw::None);
    let mut target = server.target();
    target.control = None;
    let filters = [
        "server/injection/data-*",
        "server/flush/burst",
        "server/slow",
        "server/readers/all-get-it",
    ];
    let options = Options {
        filters: filters.map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let report = server::run(&options, &target).expect("a server");
    assert!(report.counts().unsupported > 15, "{report}");
    // The first client checks whether there is a server.
    assert_eq!(server.opened(), 1, "{report}");
}

/// The server loses at least 27 of the events that are waited for one by one.
#[test]
fn a_server_that_loses_many_events_gets_less_time() {
    let timeout = Duration::from_secs(4);
    let options = Options {
        timeout,
        ..Options::only("server/injection/data-*")
    };
    let start = Instant::now();
    let report = judged(Flaw::LosesEveryThird, &options);
    let time = start.elapsed();
    assert!(report.counts().fail > 3, "{report}");
    assert!(time < 20 * timeout, "{time:?}");
}

/// An event source sends only GET. A server that does not answer other methods may still be a good
/// one.
#[test]
fn a_server_that_only_answers_get_is_not_given_up() {
    let options = Options {
        timeout: Duration::from_secs(2),
        filters: ["server/method", "server/cors", "server/flush/each-event"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    };
    let report = judged(Flaw::AnswersGetOnly, &options);
    assert!(report.is_success(), "{report}");
    let case = report.case("server/flush/each-event").expect("a case");
    assert_eq!(case.verdict, Verdict::Pass, "{report}");
}

/// Fetch describes both answers, and neither allows an origin with credentials that matter.
#[test]
fn right_answers_to_origins_pass() {
    for (flaw, warnings) in [
        (Flaw::FixedOrigin, 0),
        // Naming `null` is as good as naming everybody.
        (Flaw::ReflectsWithoutCredentials, 1),
    ] {
        let report = judged(flaw, &Options::only("server/cors"));
        assert!(report.is_success(), "{flaw:?}\n{report}");
        assert_eq!(report.counts().warn, warnings, "{flaw:?}\n{report}");
    }
}

#[test]
fn each_flaw_is_found() {
    let next = AtomicUsize::new(0);
    let survived: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut survived = Vec::new();
                    while let Some((flaw, id)) = KILLS.get(next.fetch_add(1, Ordering::Relaxed)) {
                        survived.extend(survival(*flaw, id));
                    }
                    survived
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    assert!(survived.is_empty(), "{}", survived.join("\n"));
}

/// Returns the case if it does not find the flaw. Some flaws show only if two streams happen to
/// meet, and on a busy machine the small server itself may be late. So there are several tries,
/// each with more time than the one before.
fn survival(flaw: Flaw, id: &str) -> Option<String> {
    let mut verdicts = Vec::new();
    for seconds in [2, 5, 10, 30] {
        let options = Options {
            timeout: Duration::from_secs(seconds),
            ..Options::only(id)
        };
        let report = judged(flaw, &options);
        let case = report.case(id).expect("a case of this id");
        if case.verdict == Verdict::Fail {
            return None;
        }
        verdicts.push(case.to_string());
    }
    Some(format!("{flaw:?} survives {id}: {verdicts:?}"))
}

/// The verdicts and their order are the same, and more streams are open at the same time.
#[test]
fn the_jobs_change_nothing_but_the_time() {
    let run = |jobs| {
        // This server sends nothing at first, so that each request has to wait.
        let server = Server::start(Flaw::Minimal);
        let options = Options {
            jobs,
            filters: vec!["server/accept".to_owned(), "server/status".to_owned()],
            ..Options::default()
        };
        let report = server::run(&options, &server.target()).expect("a server");
        let verdicts: Vec<_> = report
            .cases()
            .iter()
            .map(|case| (case.id().to_owned(), case.verdict))
            .collect();
        (verdicts, server.peak())
    };
    let ((one, few), (eight, many)) = (run(1), run(8));
    assert_eq!(one, eight);
    assert!(many >= 5, "{few} and {many} at a time");
    let order = server::rules().into_iter().map(|rule| rule.id);
    let order: Vec<String> = order
        .filter(|id| one.iter().any(|(run, _)| run == id))
        .collect();
    assert!(one.iter().map(|(id, _)| id).eq(&order), "{one:?}");
}

/// Flaws that no MUST forbids, and the cases that must find them.
#[rustfmt::skip]
const WARNS: &[(Flaw, &[&str])] = &[
    (Flaw::CarelessHead, &[
        "server/status/with-query", "server/status/http-1.0",
        "server/headers/content-type-exact", "server/headers/not-stored", "server/headers/not-public",
        "server/headers/no-transform", "server/headers/x-accel-buffering", "server/headers/no-length",
        "server/method/head-as-get", "server/method/options-no-error", "server/method/post-no-error",
        "server/accept/any", "server/accept/absent", "server/accept/among-others",
        "server/accept/upper-case", "server/accept/parameter", "server/accept/other",
        "server/cors/foreign-named", "server/cors/null-not-named", "server/cors/vary",
        "server/cors/preflight", "server/cors/preflight-last-event-id",
        "server/cors/preflight-cache-control", "server/heartbeat/present", "server/flush/head",
        "server/flush/first-byte", "server/flush/latency", "server/resume/oversized-answered",
        "server/disconnect/counted", "server/end/comes",
    ]),
    (Flaw::CarelessStream, &[
        "server/method/options-is-no-stream", "server/method/unknown", "server/cors/preflight-ends",
        "server/stream/no-bom", "server/stream/known-fields", "server/stream/idle-known-fields",
        "server/stream/typed-events-have-data", "server/stream/retry-is-digits",
        "server/stream/retry-is-milliseconds", "server/stream/ids-are-portable",
        "server/stream/ids-without-nul", "server/stream/ids-are-unique", "server/heartbeat/bare-line",
        "server/heartbeat/not-inside-event", "server/heartbeat/not-inside-long-event",
        "server/readers/same-event", "server/end/come-back",
    ]),
    (Flaw::HeartbeatMovesPlace, &["server/heartbeat/is-a-comment", "server/heartbeat/no-id"]),
    (Flaw::PreflightRefused, &["server/cors/preflight", "server/cors/preflight-names-the-origin"]),
    (Flaw::PreflightBare, &["server/cors/preflight", "server/cors/preflight-names-the-origin"]),
    (Flaw::PreflightWithoutCredentials, &["server/cors/preflight-names-the-origin"]),
    (Flaw::TwoTypes, &["server/headers/content-type-once"]),
    (Flaw::SilentAfterLag, &["server/slow/loss-is-said"]),
    (Flaw::Minimal, &["server/resume/ids"]),
    (Flaw::SilentGap, &[
        "server/resume/unknown-gap-is-said", "server/resume/in-query",
        "server/restart/gap-is-said",
    ]),
    (Flaw::OldIdIsSilent, &["server/resume/old-gap-is-said"]),
    (Flaw::ShortLogIsSilent, &["server/resume/old-gap-is-said"]),
    (Flaw::GapLooksOrdinary, &[
        "server/resume/unknown-gap-is-said", "server/resume/old-gap-is-said",
        "server/restart/gap-is-said",
    ]),
    (Flaw::GreetsEverybody, &["server/resume/unknown-gap-is-said"]),
    (Flaw::ReusesIds, &["server/restart/ids-are-new"]),
    (Flaw::UnknownIs400, &[
        "server/resume/malformed-answered", "server/resume/empty-answered",
        "server/resume/long-answered",
    ]),
    (Flaw::NoGzip, &["server/compression/vary"]),
    (Flaw::Leaks, &["server/disconnect/at-once"]),
];

#[test]
fn each_flaw_below_must_is_found() {
    thread::scope(|scope| {
        for (flaw, ids) in WARNS {
            scope.spawn(move || {
                let mut left: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
                // This server is so late that the suite would give it up sooner.
                let is_late = *flaw == Flaw::CarelessHead;
                for seconds in [2, 5, 10, 30].into_iter().skip(is_late.into()) {
                    let options = Options {
                        timeout: Duration::from_secs(seconds),
                        filters: left.clone(),
                        jobs: 8,
                        ..Options::default()
                    };
                    let report = judged(*flaw, &options);
                    left.retain(|id| report.case(id).is_none_or(|case| case.failure.is_none()));
                    if left.is_empty() {
                        return;
                    }
                }
                panic!("{flaw:?} survives {left:#?}");
            });
        }
    });
}

/// Cases that no flaw of the small server fails, each with the reason.
#[rustfmt::skip]
const UNKILLED: &[(&str, &str)] = &[
    ("server/method/head-then-get", "`method/head-no-content` judges bytes after a HEAD, and otherwise the small server closes the connection"),
    ("server/heartbeat/period", "the test would have to wait for half a minute"),
    ("server/flush/large-arrives", "a server that loses long events also loses those of `burst`, since it counts all events"),
    ("server/slow/in-order", "the judge is that of `flush/burst-in-order`"),
    ("server/resume/future-then-live", "the judge is that of `resume/unknown-then-live`"),
    ("server/end/nothing-lost", "the judge is that of `flush/burst`, on a stream that ends"),
];

#[test]
fn every_case_finds_a_flaw_or_has_a_reason() {
    let without: Vec<String> = server::rules()
        .into_iter()
        .map(|rule| rule.id)
        .filter(|id| !KILLS.iter().any(|(_, killed)| killed == id))
        .filter(|id| {
            !WARNS
                .iter()
                .any(|(_, warned)| warned.contains(&id.as_str()))
        })
        .filter(|id| !kills::HTTP2.iter().any(|(_, killed)| killed == id))
        .filter(|id| !kills::FEED.iter().any(|(_, killed)| killed == id))
        .filter(|id| !UNKILLED.iter().any(|(listed, _)| listed == id))
        .collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn an_unreachable_server_is_an_error() {
    let table = [
        ("http://127.0.0.1:1/", "cannot connect"),
        ("http://192.0.2.1/", "which is not this machine"),
        ("ftp://a/", "has the scheme ftp, not http or https"),
    ];
    for (url, why) in table {
        let error = server::run(&Options::default(), &Target::new(url)).expect_err(url);
        assert!(error.to_string().contains(why), "{url}: {error}");
    }
}
