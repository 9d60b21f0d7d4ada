//! The program against servers: exit status, HTTP/2, TLS, and both kinds of control hooks.

use std::fs;

use crate::flawed::front::{self, Front};
use crate::flawed::server::{Flaw, Server};
use crate::support::certificate::certificate;
use crate::support::program::{folder, run, said, status};

/// Cases that need a hook which publishes, counts and ends streams.
const WITH_HOOK: [&str; 3] = [
    "server/flush/once",
    "server/disconnect/noticed",
    "server/end/comes",
];

fn filters(ids: &[&'static str]) -> Vec<&'static str> {
    ids.iter().flat_map(|id| ["--filter", id]).collect()
}

fn stream(server: &Server) -> String {
    format!("http://{}/events", server.address)
}

#[test]
fn the_exit_status_depends_on_the_result() {
    let (right, wrong) = (Server::start(Flaw::None), Server::start(Flaw::Status201));
    let (right, wrong) = (stream(&right), stream(&wrong));
    let ok = ["--filter", "server/status/ok"];
    #[rustfmt::skip]
    let table: [(&str, &[&str], i32, &str); 11] = [
        (&right, &[], 0, "1 pass, 0 fail"),
        (&wrong, &[], 1, "✘ server/status/ok fail"),
        (&right, &["--level", "no-such-level"], 2, "possible values"),
        (&right, &["--timeout", "0"], 2, "a number of seconds above 0"),
        (&right, &["--header", "no colon"], 2, "expected `name: value`"),
        (&right, &["--require", "telepathy"], 2, "expected one of resume, cors"),
        ("ftp://127.0.0.1/", &[], 2, "has the scheme ftp, not http or https"),
        ("http://192.0.2.1/", &[], 2, "--remote"),
        ("http://127.0.0.1:1/", &[], 3, "cannot connect"),
        ("https://127.0.0.1:1/", &["--ca", "no such file"], 2, "cannot read the certificates"),
        (&right, &["--control", "http://127.0.0.1:1/"], 3, "cannot connect"),
    ];
    for (url, arguments, expected, says) in table {
        let arguments = [&["server", url], &ok[..], arguments].concat();
        let output = run(&arguments, None);
        let said = said(&output);
        assert_eq!(status(&output), expected, "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert_eq!(
            output.stderr.is_empty(),
            expected < 2,
            "{arguments:?}: {said}"
        );
    }
    let output = run(&["server", &right, "--filter", "no/such/case"], None);
    assert_eq!(status(&output), 2, "{}", said(&output));
}

#[test]
fn the_control_hook_is_an_http_call() {
    let server = Server::start(Flaw::None);
    let control = format!("http://{}/control", server.address);
    let url = stream(&server);
    let arguments = [
        &["server", &url, "--control", &control],
        &filters(&WITH_HOOK)[..],
    ]
    .concat();
    let output = run(&arguments, None);
    assert!(
        said(&output).contains("3 pass, 0 fail"),
        "{}",
        said(&output)
    );
    assert_eq!(status(&output), 0);
}

#[test]
fn the_control_hook_is_a_program() {
    let server = Server::start(Flaw::None);
    let hook = server.hook(&folder("hook"));
    let hook: Vec<&str> = hook.iter().map(String::as_str).collect();
    let refused = ["server/injection/type-lf"];
    let filters = [filters(&WITH_HOOK), filters(&refused)].concat();
    let url = stream(&server);
    let arguments = [&["server", &url], &filters[..], &["--"], &hook].concat();
    let output = run(&arguments, None);
    assert!(
        said(&output).contains("4 pass, 0 fail"),
        "{}",
        said(&output)
    );
    assert_eq!(status(&output), 0);
}

#[test]
fn a_failing_hook_is_not_a_failing_server() {
    let server = Server::start(Flaw::None);
    let url = stream(&server);
    let table = [
        ("exit 9", 3, "ended with exit status: 9"),
        ("exit 2", 3, "refuses a plain event"),
        // The hook says that it published.
        ("exit 0", 1, "an event did not arrive"),
    ];
    for (script, expected, says) in table {
        let arguments = [
            "server",
            &url,
            "--timeout",
            "1",
            "--filter",
            "server/flush/each-event",
        ];
        let output = run(&arguments, Some(script));
        assert_eq!(status(&output), expected, "{script}: {}", said(&output));
        assert!(said(&output).contains(says), "{script}: {}", said(&output));
    }
    let both = ["server", &url, "--control", &url];
    assert_eq!(status(&run(&both, Some("exit 0"))), 2);
}

#[test]
fn without_a_hook_reports_say_why_cases_are_unsupported() {
    let server = Server::start(Flaw::None);
    let file = folder("reasons").join("report.json");
    let json = file.to_str().expect("a path");
    let url = stream(&server);
    let arguments = ["server", &url, "--filter", "server/flush/once", "--verbose"];
    let output = run(&[&arguments[..], &["--json", json]].concat(), None);
    let said = said(&output);
    assert_eq!(status(&output), 0, "{said}");
    assert!(said.contains("because there is no control hook"), "{said}");
    assert!(
        said.contains("-   1 unsupported: there is no control hook"),
        "{said}"
    );
    let report = fs::read_to_string(file).expect("a report");
    assert!(
        report.contains(r#""unsupported": "there is no control hook""#),
        "{report}"
    );
}

#[test]
fn http2_is_spoken_with_prior_knowledge_and_under_tls() {
    let server = Server::start(Flaw::None);
    let clear = Front::clear(server.address, front::Flaw::None);
    let tls = Front::tls(server.address, front::Flaw::None);
    let ca = certificate(tls.certificate.as_ref().expect("TLS"), "program");
    let ca = ca.to_str().expect("a path");
    let control = format!("http://{}/control", server.address);
    let common = [
        "--control",
        &control,
        "--require",
        "http2",
        "--filter",
        "server/http2",
    ];
    let (clear, tls) = (clear.address, tls.address);
    let (clear, tls) = (
        format!("http://{clear}/events"),
        format!("https://{tls}/events"),
    );
    let table: [&[&str]; 4] = [
        &["server", &clear],
        &["server", &clear, "--http2"],
        &["server", &tls, "--ca", ca],
        &["server", &tls, "--ca", ca, "--http2"],
    ];
    for arguments in table {
        let output = run(&[arguments, &common].concat(), None);
        assert!(
            said(&output).contains("12 pass, 0 fail"),
            "{arguments:?}: {}",
            said(&output)
        );
    }
    // A server that nobody trusts is not reached.
    let output = run(&[&["server", &tls], &common[..]].concat(), None);
    assert!(
        said(&output).contains("the server's certificate is not accepted"),
        "{}",
        said(&output)
    );
    assert_eq!(status(&output), 3);
}
