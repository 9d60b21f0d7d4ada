//! The options of the program: their effects and the exit status.

use std::fs;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::flawed::front::{self, Front};
use crate::flawed::scripted::{STREAM, Scripted, redirect};
use crate::flawed::server::{Flaw, Server};
use crate::support::certificate::certificate;
use crate::support::program::{ALWAYS_A, folder, run, said, status};

/// Writes lines that end in CRLF, which only causes a warning.
const WRITES_CRLF: &str = r#"while read -r line; do case $line in
    *hello*) echo '{"protocol":1}';;
    *) echo '{"bytes":"6576656e743a207469636b0d0a646174613a20610d0a646174613a20620d0a69643a20370d0a0d0a"}';;
esac; done"#;

const FILTER: [&str; 2] = ["--filter", "server/status/ok"];

fn report(name: &str, arguments: &[&str], script: Option<&str>) -> (i32, Value) {
    let file = folder("options").join(format!("{name}.json"));
    let path = file.to_str().expect("a path");
    let output = run(&[arguments, &["--json", path]].concat(), script);
    let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}", said(&output)));
    (status(&output), serde_json::from_str(&text).expect("JSON"))
}

fn cases(report: &Value) -> &Vec<Value> {
    report["cases"].as_array().expect("cases")
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let arguments = ["decoder", "--filter", "parse/line", "--jobs", "1"];
    let (code, all) = report("all", &arguments, Some(ALWAYS_A));
    assert_eq!(code, 1);
    let fast = [&arguments[..], &["--fail-fast"]].concat();
    let (code, fast) = report("fast", &fast, Some(ALWAYS_A));
    assert_eq!(code, 1);
    let first = cases(&all)
        .iter()
        .position(|case| case["verdict"] == "fail");
    let first = first.expect("a failure");
    assert_eq!(cases(&fast).len(), first + 1);
    assert_eq!(fast["counts"]["fail"], 1);
    assert_eq!(fast["selected"], cases(&all).len());
    let output = run(
        &["decoder", "--filter", "parse/line", "--fail-fast"],
        Some(ALWAYS_A),
    );
    assert!(said(&output).contains(" not run"), "{}", said(&output));
}

#[test]
fn fail_fast_passes_over_warnings_and_waivers() {
    let waivers = folder("options").join("fast.txt");
    fs::write(&waivers, "parse/line/crlf-is-one known\n").expect("a file");
    let arguments = [
        "decoder",
        "--fail-fast",
        "--waivers",
        waivers.to_str().expect("a path"),
        "--filter",
        "parse/line/crlf-is-one",
        "--filter",
        "parse/line/lf",
    ];
    let (code, report_) = report("waived", &arguments, Some(ALWAYS_A));
    assert_eq!((code, cases(&report_).len()), (0, 2));
    let arguments = ["encoder", "--fail-fast", "--filter", "encode/block"];
    let (code, report_) = report("warned", &arguments, Some(WRITES_CRLF));
    assert_eq!(code, 0);
    assert_eq!(report_["counts"]["warn"], 1);
}

#[test]
fn fail_fast_ends_a_run_against_a_server() {
    let server = Server::start(Flaw::Status201);
    let url = format!("http://{}/events", server.address);
    let arguments = ["server", &url, "--fail-fast", "--idle", "1"];
    let (code, report) = report("server", &arguments, None);
    assert_eq!(code, 1);
    assert_eq!(report["counts"]["fail"], 1);
    assert!(report["selected"].as_u64() > Some(cases(&report).len() as u64));
}

#[test]
fn strict_makes_a_warning_a_failure() {
    let warned = ["encoder", "--filter", "encode/block/lf-only"];
    let strict = [&warned[..], &["--strict"]].concat();
    let (code, lenient) = report("lenient", &warned, Some(WRITES_CRLF));
    assert_eq!((code, &lenient["counts"]["warn"]), (0, &Value::from(1)));
    let (code, report_) = report("strict", &strict, Some(WRITES_CRLF));
    assert_eq!((code, &report_["counts"]["fail"]), (1, &Value::from(1)));
    assert_eq!(report_["options"]["strict"], "true");
    let output = run(&strict, Some(WRITES_CRLF));
    assert!(
        said(&output).contains("✘ encode/block/lf-only fail"),
        "{}",
        said(&output)
    );
    assert!(
        said(&output).contains(" --strict -- sh"),
        "{}",
        said(&output)
    );
    // A remark does not become a failure, and a waiver still holds.
    let waivers = folder("options").join("strict.txt");
    fs::write(&waivers, "encode/block/lf-only known\n").expect("a file");
    let path = waivers.to_str().expect("a path");
    let waived = [&strict[..], &["--waivers", path]].concat();
    let (code, report_) = report("strict-waived", &waived, Some(WRITES_CRLF));
    assert_eq!((code, &report_["counts"]["waived"]), (0, &Value::from(1)));
    let remark = [
        "encoder",
        "--strict",
        "--filter",
        "encode/heartbeat/shortest",
    ];
    assert_eq!(report("remark", &remark, Some(WRITES_CRLF)).0, 0);
}

#[test]
fn the_list_as_json_holds_what_explain_says() {
    let output = run(&["list", "--json", "--filter", "parse/line"], None);
    assert_eq!(status(&output), 0);
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = list.as_array().expect("an array");
    let plain = run(&["list", "--filter", "parse/line"], None);
    assert_eq!(list.len(), said(&plain).lines().count());
    let case = list.iter().find(|case| case["id"] == "parse/line/cr-cr");
    let case = case.expect("a case");
    let explained = said(&run(&["explain", "parse/line/cr-cr"], None));
    let texts = [&case["rule"], &case["expects"], &case["section"]["url"]];
    for text in texts
        .into_iter()
        .chain(case["steps"].as_array().expect("steps"))
    {
        let text = text.as_str().expect("a text");
        assert!(explained.contains(text), "{text}");
    }
    assert_eq!(case["level"], "MUST");
    let output = run(&["list", "--json", "--filter", "no/such"], None);
    assert_eq!(status(&output), 2);
}

#[test]
fn reports_have_the_date_the_options_and_the_command() {
    let server = Server::start(Flaw::Status201);
    let url = format!("http://{}/events", server.address);
    let html = folder("options").join("page.html");
    let junit = folder("options").join("tests.xml");
    let arguments = [
        "server",
        &url,
        "--filter",
        "server/status/ok",
        "--timeout",
        "3",
        "--idle",
        "2",
        "--header",
        "authorization: Bearer top-secret",
        "--html",
        html.to_str().expect("a path"),
        "--junit",
        junit.to_str().expect("a path"),
    ];
    let (code, report) = report("dated", &arguments, None);
    assert_eq!(code, 1);
    let started = report["started"].as_str().expect("a date");
    assert!(
        started.len() == 20 && started.starts_with("20"),
        "{started}"
    );
    assert!(report["duration"].as_f64() > Some(0.0));
    for (name, value) in [
        ("timeout", "3 s"),
        ("idle", "2 s"),
        ("header", "authorization"),
        ("filter", "server/status/ok"),
        ("control", "none"),
        ("seed", "0"),
    ] {
        assert_eq!(report["options"][name], value, "{name}");
    }
    let command = report["command"].as_str().expect("a command");
    let words = ["--filter server/status/ok", "--timeout 3", "--idle 2", &url];
    for part in words {
        assert!(command.contains(part), "{command}");
    }
    let case = &cases(&report)[0];
    assert!(case["duration"].as_f64() > Some(0.0));
    let log = case["log"].as_array().expect("a log");
    let has = |direction: &str, part: &str| {
        log.iter().any(|entry| {
            entry["direction"] == direction
                && entry["text"]
                    .as_str()
                    .is_some_and(|text| text.contains(part))
        })
    };
    assert!(has("sent", "GET /events"), "{log:?}");
    assert!(has("received", "201"), "{log:?}");
    let html = fs::read_to_string(html).expect("a page");
    let junit = fs::read_to_string(junit).expect("a file");
    for part in [started, "Wire log", "&gt; GET /events", "3 s", "<li>"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    for part in [
        format!("timestamp=\"{}\"", started.trim_end_matches('Z')),
        "<property name=\"timeout\" value=\"3 s\"/>".to_owned(),
        "#1 &gt; GET /events".to_owned(),
    ] {
        assert!(junit.contains(&part), "{part}: {junit}");
    }
    assert_eq!(junit.matches(" time=\"").count(), 2, "{junit}");
    let all = [html, junit, report.to_string()].concat();
    assert!(!all.contains("top-secret"), "a secret is shown");
}

#[test]
fn a_failed_case_of_a_program_keeps_its_wire_log() {
    let arguments = ["decoder", "--filter", "parse/line/crlf-is-one"];
    let (code, report) = report("said", &arguments, Some(ALWAYS_A));
    assert_eq!(code, 1);
    let log = cases(&report)[0]["log"].as_array().expect("a log").clone();
    let texts: Vec<&str> = log
        .iter()
        .filter_map(|entry| entry["text"].as_str())
        .collect();
    assert!(
        texts.iter().any(|text| text.contains(r#""op":"parse""#)),
        "{texts:?}"
    );
    assert!(texts.contains(&r#"{"items":[{"data":"a"}]}"#), "{texts:?}");
    let passed = ["decoder", "--filter", "parse/line/lf"];
    let (_, report) = self::report("passed", &passed, Some(ALWAYS_A));
    assert_eq!(cases(&report)[0]["log"], Value::Array(Vec::new()));
}

#[test]
fn certificates_are_trusted_by_file_or_not_checked() {
    let server = Server::start(Flaw::None);
    let tls = Front::tls(server.address, front::Flaw::None);
    let own = certificate(tls.certificate.as_ref().expect("TLS"), "own");
    let other = Front::tls(server.address, front::Flaw::None);
    let other = certificate(other.certificate.as_ref().expect("TLS"), "other");
    // The certificate of an authority, for another name, as `openssl req -x509` makes it.
    let stubborn = Front::tls_with_authority(server.address);
    let authority = certificate(stubborn.certificate.as_ref().expect("TLS"), "authority");
    let url = |front: &Front| format!("https://{}/events", front.address);
    let (tls, stubborn) = (url(&tls), url(&stubborn));
    let path = |file: &std::path::PathBuf| file.to_str().expect("a path").to_owned();
    let (own, other, authority) = (path(&own), path(&other), path(&authority));
    #[rustfmt::skip]
    let table: [(&str, &[&str], i32, &str); 8] = [
        (&tls, &["--ca", &own], 0, "1 pass"),
        (&tls, &["--insecure"], 0, "1 pass"),
        (&tls, &["--insecure", "--http2"], 0, "1 pass"),
        (&tls, &[], 3, "Name it, or the authority that has signed it, with `--ca FILE`, or accept any with `--insecure`"),
        (&tls, &["--ca", &other], 3, "no authority that is trusted here has signed it"),
        (&stubborn, &["--ca", &authority], 0, "1 pass"),
        (&stubborn, &["--insecure"], 0, "1 pass"),
        (&tls, &["--insecure", "--ca", &own], 2, "cannot be used with"),
    ];
    for (url, arguments, expected, says) in table {
        let arguments = [&["server", url, "--idle", "1"], &FILTER[..], arguments].concat();
        let output = run(&arguments, None);
        assert_eq!(
            status(&output),
            expected,
            "{arguments:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(says),
            "{arguments:?}: {}",
            said(&output)
        );
    }
}

#[test]
fn the_wrong_scheme_is_reported() {
    let server = Server::start(Flaw::None);
    let tls = Front::tls(server.address, front::Flaw::None);
    let (plain, tls) = (server.address.to_string(), tls.address.to_string());
    let right = format!("http://{plain}/events");
    let http_on_tls = format!("http://{tls}/events");
    let https_on_plain = format!("https://{plain}/events");
    let control = format!("http://{tls}/control");
    let table: [(&[&str], i32, String); 3] = [
        (&[&http_on_tls], 2, format!("try https://{tls}/events")),
        (&[&https_on_plain], 3, format!("try http://{plain}/events")),
        (
            &[&right, "--control", &control],
            2,
            format!("try https://{tls}/control"),
        ),
    ];
    for (arguments, expected, says) in table {
        let common = ["server", "--timeout", "5", "--idle", "1"];
        let output = run(&[&common, &FILTER[..], arguments].concat(), None);
        assert_eq!(
            status(&output),
            expected,
            "{arguments:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(&says),
            "{arguments:?}: {}",
            said(&output)
        );
    }
}

#[test]
fn wrong_arguments_are_refused_at_once() {
    let nothing = Scripted::start(|path| match path {
        "/events" => Some(STREAM.to_owned()),
        "/lacks" => Some("HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\n\r\n".to_owned()),
        _ => Some("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned()),
    });
    let (url, missing, lacks) = (
        nothing.url("/events"),
        nothing.url("/hook"),
        nothing.url("/lacks"),
    );
    #[rustfmt::skip]
    let table: [(&[&str], i32, &str); 6] = [
        (&[&url, "--origin", "foo"], 2, "`foo` is not an origin"),
        (&[&url, "--origin", "https://app.example/"], 2, "such as https://app.example"),
        (&[&url, "--origin", "https://app.example"], 0, "1 pass"),
        (&[&url, "--control", &missing], 2, "answers 404 to every action"),
        (&[&url, "--control", &lacks], 0, "1 pass"),
        (&["http://user:hush@127.0.0.1:1/"], 2, "contains a user name or a password"),
    ];
    for (arguments, expected, says) in table {
        let common = ["server", "--filter", "server/status/ok", "--idle", "1"];
        let output = run(&[&common, arguments].concat(), None);
        assert_eq!(
            status(&output),
            expected,
            "{arguments:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(says),
            "{arguments:?}: {}",
            said(&output)
        );
        assert!(!said(&output).contains("hush"), "{}", said(&output));
    }
    let output = run(
        &["decoder", "--filter", "nope/lf", "--level", "must"],
        Some(ALWAYS_A),
    );
    let expected = "`--filter nope/lf --level must` selects no case: did you mean ";
    assert!(said(&output).contains(expected), "{}", said(&output));
}

/// Hand-written parsers often get these `Location` values wrong.
#[test]
fn twenty_redirects_are_followed_by_the_url_standard() {
    let server = Scripted::start(|path| {
        let number = path.trim_start_matches("/a/b/").split(['?', '/']).next();
        let number: usize = number.and_then(|number| number.parse().ok()).unwrap_or(99);
        let next = number + 1;
        let location = match number {
            0 => format!("/a/b/{next}?next=http://127.0.0.1:1/"),
            1 => format!("{next}#fragment"),
            2 => format!("../b/./{next}"),
            3 => format!("?x=é ü&n=/a/b/{next}"),
            4 => format!("/%61/../a/b/{next}"),
            5..20 => format!("{next}"),
            20 => return Some(STREAM.to_owned()),
            _ => format!("/a/b/{next}"),
        };
        // This redirect keeps the path and changes the query.
        match path {
            "/a/b/3?x=%C3%A9%20%C3%BC&n=/a/b/4" => Some(redirect("4")),
            _ => Some(redirect(&location)),
        }
    });
    let from = |path: &str| {
        let filter = [
            "--filter",
            "server/status/ok",
            "--filter",
            "server/status/redirects",
        ];
        let url = server.url(path);
        let output = run(
            &[&["server", &url, "--idle", "1"], &filter[..]].concat(),
            None,
        );
        (status(&output), said(&output))
    };
    // One of the numbers needs two redirects.
    let (code, said) = from("/a/b/1");
    assert!(code == 0 && said.contains("2 pass, 0 fail"), "{said}");
    let requests = server.requests();
    let expected = [
        "/a/b/1",
        "/a/b/2",
        "/a/b/3",
        "/a/b/3?x=%C3%A9%20%C3%BC&n=/a/b/4",
        "/a/b/4",
    ];
    assert_eq!(requests[..5], expected);
    let (code, said) = from("/a/b/0");
    assert!(
        code == 1 && said.contains("there are more than 20 redirects"),
        "{said}"
    );
    assert!(
        server
            .requests()
            .contains(&"/a/b/1?next=http://127.0.0.1:1/".to_owned())
    );
}

#[test]
fn redirects_that_lead_nowhere_are_a_failed_case() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let gone = closed.local_addr().expect("an address");
    drop(closed);
    let table = [
        ("/loop".to_owned(), 1, "there are more than 20 redirects"),
        ("http://a b/".to_owned(), 1, "cannot be followed"),
        ("ftp://127.0.0.1/".to_owned(), 1, "has the scheme ftp"),
        (format!("http://{gone}/"), 1, "cannot connect"),
        // Following this redirect needs permission.
        ("http://192.0.2.1/".to_owned(), 2, "--remote"),
    ];
    for (location, expected, says) in table {
        let answer = redirect(&location);
        let server = Scripted::start(move |_| Some(answer.clone()));
        let url = server.url("/");
        let arguments = ["server", &url, "--filter", "server/status"];
        let output = run(&arguments, None);
        let said = said(&output);
        assert_eq!(status(&output), expected, "{location}: {said}");
        assert!(said.contains(says), "{location}: {said}");
        if expected == 1 {
            assert!(
                said.contains("✘ server/status/ok fail"),
                "{location}: {said}"
            );
            assert!(
                said.contains("✘ server/status/redirects fail"),
                "{location}: {said}"
            );
        }
    }
}

#[test]
fn a_server_that_never_answers_is_soon_given_up() {
    let server = Scripted::start(|_| None);
    let url = server.url("/");
    let arguments = [
        "server",
        &url,
        "--timeout",
        "0.5",
        "--idle",
        "1",
        "--jobs",
        "1",
    ];
    let (code, report) = report("silent", &arguments, None);
    assert_eq!(code, 1);
    let ok = cases(&report)
        .iter()
        .find(|case| case["id"] == "server/status/ok");
    let ok = ok.expect("the case");
    assert_eq!(ok["failure"]["seen"], "no response head within 0.5 s");
    let given = ok["failure"]["given"].as_str().expect("a request");
    assert!(
        given.starts_with("curl ") && given.contains(&url),
        "{given}"
    );
    let again = ok["reproduce"].as_str().expect("a command");
    assert!(again.contains("--timeout 0.5"), "{again}");
    let why = "not judged: the server kept the suite waiting for 1.25 s in total, a limit that depends on `--timeout`";
    let left = cases(&report)
        .iter()
        .filter(|case| case["unsupported"] == why);
    assert!(left.count() > 100);
    assert!(server.requests().len() < 10, "{:?}", server.requests());
}

#[test]
fn a_very_late_server_is_given_up_and_a_slow_one_is_not() {
    // Each answer comes in time, but all of them together take too long.
    let late = |delay: Duration| {
        Scripted::start(move |_| {
            thread::sleep(delay);
            Some(STREAM.to_owned())
        })
    };
    let server = late(Duration::from_millis(2500));
    let url = server.url("/");
    let filter = ["--filter", "server/status", "--filter", "server/accept"];
    let common = ["--timeout", "3", "--idle", "1", "--jobs", "1"];
    let arguments = [&["server", &url], &filter[..], &common].concat();
    let (_, report_) = report("late", &arguments, None);
    let text = report_.to_string();
    assert!(
        text.contains("not judged: the server kept the suite waiting for 7.5 s"),
        "{text}"
    );
    assert!(server.requests().len() < 9, "{:?}", server.requests());
    let server = late(Duration::from_millis(500));
    let url = server.url("/");
    let arguments = [&["server", &url], &filter[..2], &common].concat();
    let (code, report_) = report("slow", &arguments, None);
    assert_eq!(code, 0);
    assert!(!report_.to_string().contains("not judged"), "{report_}");
}
