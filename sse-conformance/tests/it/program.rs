//! The program: exit status, reports and output. The testees are shell scripts.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::program::{ALWAYS_A, folder, run, said, status};

/// Writes an event `a`, and supports no comments.
const WRITES_A: &str = r#"while read -r line; do case $line in
    *hello*) echo '{"protocol":1}';;
    *'"op":"event"'*) echo '{"bytes":"646174613a20610a0a"}';;
    *) echo '{"unsupported":true}';;
esac; done"#;

/// Says hello, and then runs the given commands.
fn after_hello(deed: &str) -> String {
    format!("read -r line; echo '{{\"protocol\":1}}'; read -r line; {deed}")
}

/// The error names an unpaired surrogate instead of saying that the JSON is invalid.
#[test]
fn an_unpaired_surrogate_is_named_in_the_error() {
    let table = [
        (r#"{"items":[{"data":"\ud800"}]}"#, "an unpaired surrogate"),
        ("nonsense", "text that is not JSON"),
    ];
    for (answer, expected) in table {
        let script = after_hello(&format!("printf '%s\\n' '{answer}'"));
        let output = run(&["decoder", "--filter", "parse/line/lf"], Some(&script));
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains(expected), "{answer}: {shown}");
    }
}

#[test]
fn the_exit_status_depends_on_the_result() {
    let with_filter = |filter| ["decoder", "--filter", filter];
    let silent = after_hello("exit 7");
    #[rustfmt::skip]
    let table: [(&[&str], Option<&str>, i32); 17] = [
        (&with_filter("parse/line/lf"), Some(ALWAYS_A), 0),
        (&["parser", "--filter", "parse/line/lf"], Some(ALWAYS_A), 0),
        (&with_filter("parse/line/crlf-is-one"), Some(ALWAYS_A), 1),
        (&with_filter("parse/line/lf"), Some(&silent), 1),
        (&with_filter("no/such/case"), Some(ALWAYS_A), 2),
        (&["decoder", "--waivers", "no such file"], Some(ALWAYS_A), 2),
        (&["decoder"], None, 2),
        (&["decoder", "--", "no-such-program"], None, 3),
        (&["encoder", "--filter", "encode/block/no-bom"], Some(WRITES_A), 0),
        (&["encoder", "--filter", "encode/block/all-fields"], Some(WRITES_A), 1),
        (&["encoder", "--filter", "no/such/case"], Some(WRITES_A), 2),
        (&["encoder", "--jobs", "0"], Some(WRITES_A), 2),
        (&["encoder"], Some("exit 0"), 3),
        (&["encoder"], Some("read -r line; echo nonsense"), 3),
        (&["encoder"], Some("read -r line; echo '{\"protocol\":2}'"), 3),
        (&["list", "--filter", "encode"], None, 0),
        (&["explain", "parse/line/no-such"], None, 2),
    ];
    for (arguments, script, expected) in table {
        let output = run(arguments, script);
        assert_eq!(
            status(&output),
            expected,
            "{arguments:?} {script:?}: {output:?}"
        );
        let says_why = !output.stderr.is_empty();
        assert_eq!(says_why, expected > 1, "{arguments:?}: {output:?}");
    }
}

/// An encoder whose adapter copies the digits that it reads. Without the claim, it is not asked for
/// numbers that its JSON parser might round.
#[test]
fn numbers_beyond_a_double_are_strings_of_digits() {
    let script = |hello: &str| {
        format!(
            r#"while read -r line; do case $line in
                *hello*) echo '{hello}';;
                *milliseconds*)
                    digits=${{line##*\"milliseconds\":}}; digits=${{digits%%,*}}; digits=${{digits%\}}}}
                    hex=$(printf 'retry: %s\n' "$digits" | tr -d '"' | od -An -tx1 | tr -d ' \n')
                    printf '{{"bytes":"%s"}}\n' "$hex";;
                *) echo '{{"unsupported":true}}';;
            esac; done"#
        )
    };
    let path = folder("large-numbers").join("report.json");
    let json = path.to_str().expect("a path");
    for (capabilities, beyond) in [
        (r#"["large_numbers"]"#, "pass"),
        (r#"["retry"]"#, "unsupported"),
    ] {
        let hello = format!(r#"{{"protocol":1,"capabilities":{capabilities}}}"#);
        let arguments = ["encoder", "--filter", "encode/retry/*-bits", "--json", json];
        let output = run(&arguments, Some(&script(&hello)));
        assert_eq!(status(&output), 0, "{output:?}");
        let report = fs::read_to_string(&path).expect("a report");
        let report: Value = serde_json::from_str(&report).expect("JSON");
        let cases = report["cases"].as_array().expect("cases");
        let verdicts: Vec<_> = cases
            .iter()
            .map(|case| case["verdict"].as_str().expect("a verdict"))
            .collect();
        assert_eq!(
            verdicts,
            ["pass", "pass", "pass", beyond, beyond],
            "{report}"
        );
    }
}

#[test]
fn a_case_is_explained_with_steps_expectation_and_clause() {
    let table = [
        (
            "parse/line/cr-cr",
            &[
                "steps     1. Give the stream below to a new decoder",
                "          3. End the stream",
                "expects   The items below in this order",
                "clause    HTML, Parsing an event stream\n          https://html.spec.whatwg.org/",
                r"given     data: a\r\r",
            ][..],
        ),
        (
            "encode/type/lf-refused",
            &["expects   The encoder refuses the block"],
        ),
        (
            "server/method/post-allow",
            &[
                "steps     1. Send POST without content",
                "clause    RFC 9110, HTTP Semantics, section 15.5.6",
                "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6",
            ],
        ),
        ("server/resume/away", &["needs     resume"]),
    ];
    for (id, expected) in table {
        let output = run(&["explain", id], None);
        let said = said(&output);
        assert_eq!(status(&output), 0, "{id}: {said}");
        for expected in expected {
            assert!(said.contains(expected), "{id}: {expected} in {said}");
        }
    }
}

#[test]
fn a_crash_fails_its_case_and_no_other() {
    let script = r#"while read -r line; do case $line in
        *hello*) echo '{"protocol":1}';;
        *646174613a20610a0a*) echo '{"items":[{"data":"a"}]}';;
        *) echo 'out of luck' >&2; exit 7;;
    esac; done"#;
    let arguments = [
        "decoder",
        "--filter",
        "parse/line/lf",
        "--filter",
        "parse/line/vertical-tab",
    ];
    let output = run(&arguments, Some(script));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(status(&output), 1);
    assert!(said.contains("✔ parse/line/lf\n"), "{said}");
    assert!(said.contains("✘ parse/line/vertical-tab fail"), "{said}");
    assert!(
        said.contains("exit status: 7), saying: out of luck"),
        "{said}"
    );
    assert!(said.contains("1 pass, 1 fail"), "{said}");
}

#[test]
fn silence_fails_its_case_in_time() {
    let arguments = ["decoder", "--timeout", "0.2", "--filter", "parse/line/lf"];
    let start = Instant::now();
    // A process that the shell waits for is ended as well. Otherwise the pipes would stay open.
    let output = run(&arguments, Some(&after_hello("sleep 600")));
    assert!(start.elapsed() < Duration::from_secs(120));
    assert_eq!(status(&output), 1);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no answer within 0.2 s"), "{said}");
}

#[test]
fn a_decoder_that_never_answers_is_not_asked_again() {
    let arguments = ["decoder", "--timeout", "0.5", "--jobs", "1"];
    let output = run(&arguments, Some(&after_hello("sleep 600")));
    let said = said(&output);
    assert_eq!(status(&output), 1);
    assert_eq!(said.matches("no answer within 0.5 s").count(), 3, "{said}");
    let not_asked = "not asked: the testee answered none of the 3 requests before within 0.5 s";
    assert!(said.matches(not_asked).count() > 100, "{said}");
    assert!(said.contains("--timeout 0.5"), "{said}");
    // A decoder that answers nothing is not a fast one either.
    assert!(!said.contains("✔"), "{said}");
}

/// The message names both the given time and the shorter one.
#[test]
fn a_decoder_that_often_times_out_gets_less_time() {
    let script = r#"while read -r line; do case $line in
        *hello*) echo '{"protocol":1}';;
        *0d*) sleep 600;;
        *) echo '{"items":[]}';;
    esac; done"#;
    let filters = ["--filter", "parse/line/lf", "--filter", "parse/line/*cr*"];
    let common = ["decoder", "--timeout", "0.5", "--jobs", "1"];
    let output = run(&[&common, &filters[..]].concat(), Some(script));
    let said = said(&output);
    assert_eq!(
        said.matches("no answer within 0.5 s\n").count(),
        3,
        "{said}"
    );
    let less = "no answer within 0.05 s. That is a tenth of 0.5 s";
    assert!(said.contains(less), "{said}");
}

#[test]
fn a_waiver_excuses_a_failure_and_forbids_a_pass() {
    let file = folder("waivers").join("waivers.txt");
    let filter = [
        "--filter",
        "parse/line/lf",
        "--filter",
        "parse/line/crlf-is-one",
    ];
    let table = [
        (
            "parse/line/crlf-is-one known\n",
            0,
            "1 pass, 0 fail, 0 warn, 0 info, 1 waived",
        ),
        (
            "parse/line/lf why\n",
            1,
            "the case passes: remove its waiver",
        ),
        ("parse/line/lf\n", 2, "line 1: no reason"),
        (
            "parse/line/no-such why\n",
            2,
            "no case has the ID parse/line/no-such",
        ),
    ];
    for (waivers, expected, says) in table {
        fs::write(&file, waivers).expect("a file");
        let path = file.to_str().expect("a path");
        let arguments = [&["decoder", "--waivers", path][..], &filter].concat();
        let output = run(&arguments, Some(ALWAYS_A));
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(status(&output), expected, "{waivers}: {said}");
        assert!(said.contains(says), "{waivers}: {said}");
    }
}

#[test]
fn the_command_of_a_failure_runs_it_again() {
    let arguments = [
        "decoder",
        "--filter",
        "parse/line/crlf-is-one",
        "--seed",
        "7",
    ];
    let output = run(
        &arguments,
        Some("read -r l; echo '{\"protocol\":1}'; read -r l; echo '{\"items\":[]}'"),
    );
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let again = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("rerun"));
    let again = again.expect("a command").trim();
    let rest = again.strip_prefix("sse-conformance").expect("the program");
    let program = env!("CARGO_BIN_EXE_sse-conformance");
    let output = Command::new("sh")
        .args(["-c", &format!("'{program}'{rest}")])
        .output()
        .expect("a shell");
    assert_eq!(status(&output), 1);
    assert_eq!(String::from_utf8_lossy(&output.stdout), said);
}

#[test]
fn every_report_says_why_a_case_is_unsupported() {
    let folder = folder("unsupported");
    let path = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let (json, junit, html) = (path("r.json"), path("r.xml"), path("r.html"));
    let filter = ["encoder", "--filter", "encode/comment/simple", "--verbose"];
    let files = ["--json", &json, "--junit", &junit, "--html", &html];
    let output = run(&[&filter[..], &files].concat(), Some(WRITES_A));
    assert_eq!(status(&output), 0);
    let why = "the encoder does not have comments";
    let read = |path: &str| fs::read_to_string(path).expect("a report");
    let table = [
        (said(&output), format!("    because {why}\n")),
        (said(&output), format!("-   1 unsupported: {why}\n")),
        (read(&json), format!("\"unsupported\": \"{why}\"")),
        (
            read(&junit),
            format!("<skipped message=\"unsupported: {why}\">"),
        ),
        (read(&html), format!("Unsupported: {why}.")),
    ];
    for (text, expected) in table {
        assert!(text.contains(&expected), "{expected}: {text}");
    }
}

#[test]
fn reports_are_written_and_say_the_same() {
    let folder = folder("reports");
    let path = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let (json, junit, html) = (path("r.json"), path("r.xml"), path("r.html"));
    let arguments = [
        "decoder",
        "--filter",
        "parse/line",
        "--json",
        &json,
        "--junit",
        &junit,
        "--html",
        &html,
    ];
    let output = run(&arguments, Some(ALWAYS_A));
    assert_eq!(status(&output), 1);

    let report: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let schema: Value = serde_json::from_str(sse_conformance::report::SCHEMA).unwrap();
    conforms(&report, &schema, "report");
    let cases = report["cases"].as_array().unwrap();
    let fail = report["counts"]["fail"].as_u64().unwrap();
    assert_eq!(report["testee"], "always a");
    assert!(fail > 0 && cases.len() as u64 > fail);

    let junit = fs::read_to_string(junit).unwrap();
    assert!(junit.contains(&format!("tests=\"{}\" failures=\"{fail}\"", cases.len())));
    assert_eq!(junit.matches("<testcase ").count(), cases.len());
    assert_eq!(junit.matches("<failure ").count() as u64, fail);

    let html = fs::read_to_string(html).unwrap();
    assert_eq!(html.matches("<section ").count() as u64, fail);
    assert!(html.contains("sse-conformance decoder --filter parse/line/crlf-is-one -- sh -c"));
}

/// Implements as much of JSON Schema as the schema uses. An unknown keyword is an error.
fn conforms(value: &Value, schema: &Value, at: &str) {
    for (word, rule) in schema.as_object().expect("a schema") {
        match word.as_str() {
            "$schema" | "title" | "description" => {}
            "type" => {
                let types: Vec<&Value> = rule
                    .as_array()
                    .map_or(vec![rule], |all| all.iter().collect());
                let is = |name: &Value| match name.as_str().expect("a name") {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("the type {other}"),
                };
                assert!(types.into_iter().any(is), "{at}: {value} is not a {rule}");
            }
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{at}: {value}"),
            "minimum" => assert!(value.as_f64() >= rule.as_f64(), "{at}: {value}"),
            "additionalProperties" if rule.is_object() => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    conforms(value, rule, &format!("{at}.{name}"));
                }
            }
            "additionalProperties" => assert_eq!(rule, false),
            "required" => {
                for name in rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|_| value.is_object())
                {
                    assert!(
                        value.get(name.as_str().unwrap()).is_some(),
                        "{at}: no {name}"
                    );
                }
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    conforms(value, &rule[name], &format!("{at}.{name}"));
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    conforms(value, rule, &format!("{at}[{index}]"));
                }
            }
            other => panic!("the keyword {other} is not implemented here"),
        }
    }
}
