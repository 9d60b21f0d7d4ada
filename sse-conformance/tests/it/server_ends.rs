//! The server suite on servers whose streams end by themselves: long polling, lifetimes, serverless
//! functions. Their clients reconnect, and so does the suite.

use std::thread;
use std::time::Duration;

use sse_conformance::suite::server::{self, Capability};
use sse_conformance::suite::{Options, Report, Verdict};

use crate::flawed::front::{self, Front};
use crate::flawed::server::{Flaw, Server};
use crate::support::judged::judged;

const ENDING: &[Flaw] = &[
    Flaw::EndsAfterEach,
    Flaw::EndsAfterThree,
    Flaw::EndsInTime,
    Flaw::EndsWithRetry,
    Flaw::EndsWithoutIds,
    Flaw::EndsInTimeWithoutIds,
    Flaw::EndsThenStops,
    Flaw::EndsByClosing,
    Flaw::EndsBetweenCheckpoints,
    Flaw::LongPoll,
    Flaw::ShortPoll,
    Flaw::TicksAndEnds,
    Flaw::TicksWithCheckpoints,
    Flaw::TicksThenStops,
];

#[test]
fn streams_that_end_by_themselves_pass() {
    thread::scope(|scope| {
        for flaw in ENDING {
            scope.spawn(move || {
                let mut options = Options::default();
                if *flaw == Flaw::EndsWithRetry {
                    // Each reconnect takes time, so the cases about long events and unusual values
                    // are left out.
                    options.filters = ["server/flush", "server/resume", "server/end"]
                        .map(str::to_owned)
                        .to_vec();
                }
                let report = judged(*flaw, &options);
                assert!(report.is_success(), "{flaw:?}\n{report}");
                judges_what_comes(*flaw, &report);
            });
        }
    });
}

/// Events that arrive on another stream count as arrived.
fn judges_what_comes(flaw: Flaw, report: &Report) {
    let expected: &[&str] = match flaw {
        Flaw::EndsWithRetry => &[
            "server/flush/each-event",
            "server/flush/burst",
            "server/resume/no-gap",
        ],
        Flaw::EndsAfterEach | Flaw::EndsByClosing | Flaw::LongPoll => &[
            "server/flush/each-event",
            "server/flush/burst",
            "server/injection/data-lf",
            "server/resume/no-gap",
            "server/slow/goes-on",
            "server/end/each-whole-block",
            "server/end/each-come-back",
        ],
        Flaw::EndsWithoutIds => &["server/flush/each-event", "server/injection/data-lf"],
        Flaw::TicksAndEnds | Flaw::TicksWithCheckpoints => &["server/resume/no-gap"],
        _ => &[],
    };
    for id in expected {
        let case = report.case(id).expect("a case");
        assert_eq!(case.verdict, Verdict::Pass, "{flaw:?} {case}");
    }
}

/// The log may be too short for a client that comes back, and an answer may wait for an event.
#[test]
fn short_logs_and_long_waits_pass() {
    let filters = ["server/flush", "server/end", "server/readers"];
    thread::scope(|scope| {
        for flaw in [
            Flaw::LongPollShortLog,
            Flaw::LongPollResets,
            Flaw::LongPollWaits,
            Flaw::EndsAfterEachShortLog,
        ] {
            scope.spawn(move || {
                let options = Options {
                    timeout: Duration::from_secs(5),
                    filters: filters.map(str::to_owned).to_vec(),
                    ..Options::default()
                };
                let report = judged(flaw, &options);
                assert!(report.is_success(), "{flaw:?}\n{report}");
                let case = report.case("server/flush/each-event").expect("a case");
                assert_eq!(case.verdict, Verdict::Pass, "{flaw:?} {case}");
            });
        }
    });
}

/// A client that was refused because it came back too soon comes again after the whole time.
#[test]
fn the_reconnection_time_may_be_insisted_on() {
    let report = judged(
        Flaw::InsistsOnRetry,
        &Options::only("server/flush/each-event"),
    );
    assert_eq!(report.counts().pass, 1, "{report}");
}

#[test]
fn streams_that_end_pass_over_http2() {
    let behind = Server::start(Flaw::EndsAfterEach);
    let front = Front::clear(behind.address, front::Flaw::None);
    let mut target = behind.target_at(&format!("http://{}/events", front.address));
    target.required = vec![Capability::Http2];
    for http2 in [false, true] {
        target.http2 = http2;
        let options = Options {
            filters: ["server/http2", "server/flush", "server/end"]
                .map(str::to_owned)
                .to_vec(),
            ..Options::default()
        };
        let report = server::run(&options, &target).expect("a server");
        assert!(report.is_success(), "{report}");
    }
}

/// A server is not to blame for the limit of the suite.
#[test]
fn streams_that_are_longer_than_the_suite_reads_are_not_judged() {
    let options = Options {
        filters: ["server/flush/each-event", "server/end/by-itself"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    };
    let report = judged(Flaw::LongStream, &options);
    for case in report.cases() {
        assert_eq!(case.verdict, Verdict::Unsupported, "{report}");
    }
    let case = report.case("server/flush/each-event").expect("a case");
    let why = case.unsupported.as_deref().expect("a reason");
    assert!(why.contains("only the first"), "{why}");
}
