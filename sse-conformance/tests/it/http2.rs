//! The server suite over HTTP/2 and TLS: a right front passes, and each wrong one fails the right
//! case.

use std::thread;
use std::time::Duration;

use sse_conformance::rule::Level;
use sse_conformance::suite::server::{self, Capability, Target};
use sse_conformance::suite::{Options, Verdict};

use crate::flawed::front::{Flaw, Front};
use crate::flawed::server::{self as small, Server};
use crate::support::certificate::certificate;
use crate::support::kills;

/// Returns the target behind a front, with or without TLS.
fn target(behind: &Server, front: &Front, name: &str) -> Target {
    let scheme = if front.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let mut target = behind.target_at(&format!("{scheme}://{}/events", front.address));
    target.certificates = front.certificate.as_ref().map(|pem| certificate(pem, name));
    target.required = vec![Capability::Http2];
    target
}

#[test]
fn a_right_server_passes_over_http2_and_tls() {
    let table = [
        ("clear-1", false, false),
        ("clear-2", false, true),
        ("tls-1", true, false),
        ("tls-2", true, true),
    ];
    thread::scope(|scope| {
        for (name, has_tls, http2) in table {
            scope.spawn(move || {
                let behind = Server::start(small::Flaw::None);
                let start = if has_tls { Front::tls } else { Front::clear };
                let front = start(behind.address, Flaw::None);
                let mut target = target(&behind, &front, name);
                target.http2 = http2;
                let report = server::run(&Options::default(), &target).expect("a server");
                assert!(report.is_success(), "{name}\n{report}");
                assert_eq!(report.counts().warn, 0, "{name}\n{report}");
                let http2 = report
                    .cases()
                    .iter()
                    .filter(|case| case.id().contains("/http2/"));
                let passed = http2.filter(|case| case.verdict == Verdict::Pass).count();
                assert_eq!(passed, http2_cases(), "{name}\n{report}");
            });
        }
    });
}

fn http2_cases() -> usize {
    let rules = server::rules();
    rules
        .iter()
        .filter(|rule| rule.id.contains("/http2/"))
        .count()
}

/// A server may drop a client that is too slow.
#[test]
fn a_slow_stream_may_be_reset() {
    let behind = Server::start(small::Flaw::None);
    let front = Front::clear(behind.address, Flaw::ResetsTheSlow);
    let target = target(&behind, &front, "none");
    let report = server::run(&Options::only("server/http2"), &target).expect("a server");
    assert!(report.is_success(), "{report}");
    assert_eq!(report.counts().pass, http2_cases(), "{report}");
}

#[test]
fn each_flaw_of_http2_is_found() {
    thread::scope(|scope| {
        for (flaw, id) in kills::HTTP2 {
            scope.spawn(move || {
                let behind = Server::start(small::Flaw::None);
                let front = Front::clear(behind.address, *flaw);
                let target = target(&behind, &front, "none");
                let mut reports = Vec::new();
                // On a busy machine, the small server itself may be late.
                for seconds in [2, 10] {
                    let options = Options {
                        timeout: Duration::from_secs(seconds),
                        ..Options::only(id)
                    };
                    let report = server::run(&options, &target).expect("a server");
                    let case = report.case(id).expect("a case");
                    let expected = match case.rule.level {
                        Level::Must => Verdict::Fail,
                        _ => Verdict::Warn,
                    };
                    if case.verdict == expected {
                        return;
                    }
                    reports.push(report.to_string());
                }
                panic!("{flaw:?} survives {id}\n{}", reports.join("\n"));
            });
        }
    });
}
