//! The server suite on servers that publish by themselves and have no control hook.

use std::thread;

use sse_conformance::suite::server::{self, Capability};
use sse_conformance::suite::{Options, Report, Verdict};

use crate::flawed::server::{Flaw, Server};
use crate::support::kills;

/// Right servers.
const RIGHT: &[Flaw] = &[
    Flaw::None,
    Flaw::CrLf,
    Flaw::SkipsIds,
    Flaw::ShortLog,
    Flaw::WritesInPieces,
    Flaw::EndsAfterEach,
    Flaw::EndsByClosing,
    Flaw::Checkpoints,
];

fn judged(flaw: Flaw, options: &Options) -> Report {
    let server = Server::start_feed(flaw);
    let mut target = server.target();
    target.required = match flaw {
        Flaw::Checkpoints => vec![],
        _ => vec![Capability::Resume],
    };
    server::run(options, &target).unwrap_or_else(|error| panic!("{flaw:?}: {error}"))
}

#[test]
fn right_feeds_pass() {
    thread::scope(|scope| {
        for flaw in RIGHT {
            scope.spawn(move || {
                let report = judged(*flaw, &Options::default());
                assert!(report.is_success(), "{flaw:?}\n{report}");
                let all = report.case("server/readers/feed-all-get-it");
                let verdict = all.map(|case| case.verdict);
                if *flaw != Flaw::Checkpoints {
                    assert_eq!(verdict, Some(Verdict::Pass), "{flaw:?}\n{report}");
                }
            });
        }
    });
}

#[test]
fn each_flaw_of_a_feed_is_found() {
    let survived: Vec<String> = thread::scope(|scope| {
        let run = |(flaw, id): &(Flaw, &str)| {
            // On a busy machine, the feed may be late.
            for _ in 0..3 {
                let report = judged(*flaw, &Options::only(id));
                let case = report.case(id).expect("a case of this id");
                if case.verdict == Verdict::Fail {
                    return None;
                }
            }
            Some(format!("{flaw:?} survives {id}"))
        };
        let workers: Vec<_> = kills::FEED
            .iter()
            .map(|kill| scope.spawn(move || run(kill)))
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    assert!(survived.is_empty(), "{survived:#?}");
}
