//! A report as JUnit XML, for CI systems.

use std::fmt::Write;

use crate::report::date::rfc3339;
use crate::report::escaped;
use crate::suite::case::{Case, Verdict};
use crate::suite::report::Report;

/// Returns the report as JUnit XML: one test suite, with one test case per case.
///
/// Waived and unsupported cases are skipped tests. Warnings and remarks are output of tests that
/// passed.
pub fn junit(report: &Report) -> String {
    let counts = report.counts();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites>\n\
         <testsuite name=\"sse-conformance {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" \
         time=\"{:.3}\" timestamp=\"{}\">\n<properties>\n{}</properties>\n",
        report.suite(),
        report.cases().len(),
        counts.fail,
        counts.waived + counts.unsupported,
        report.duration().as_secs_f64(),
        // The schema requires a local time without a zone.
        rfc3339(report.started()).trim_end_matches('Z'),
        properties(report),
    );
    for case in report.cases() {
        xml.push_str(&test_case(case));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

/// Returns the version, the testee, the command and the options.
fn properties(report: &Report) -> String {
    let own = [
        ("version", Some(env!("CARGO_PKG_VERSION"))),
        ("testee", report.testee()),
        ("command", report.command()),
    ];
    let own = own
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let options = report.settings().iter();
    let options = options.map(|(name, value)| (name.as_str(), value.as_str()));
    own.chain(options)
        .map(|(name, value)| {
            let value = escaped(value);
            format!("<property name=\"{}\" value=\"{value}\"/>\n", escaped(name))
        })
        .collect()
}

/// Returns everything about a case that did not pass, with its wire log.
fn told(case: &Case) -> String {
    let mut told = case.to_string();
    for entry in &case.log {
        told.push_str(&format!("\n  {entry}"));
    }
    told
}

fn test_case(case: &Case) -> String {
    let id = escaped(case.id());
    let class = id.rsplit_once('/').map_or("", |(section, _)| section);
    let inside = match case.verdict {
        Verdict::Pass => String::new(),
        Verdict::Fail => {
            let what = case.failure.as_ref().map_or("", |failure| &failure.what);
            element("failure", what, &told(case))
        }
        Verdict::Warn | Verdict::Info => {
            format!("<system-out>{}</system-out>", escaped(&told(case)))
        }
        Verdict::Waived => element("skipped", case.waiver.as_deref().unwrap_or(""), ""),
        Verdict::Unsupported => {
            let why = case.unsupported.as_deref().unwrap_or_default();
            element("skipped", &format!("unsupported: {why}"), "")
        }
    };
    let mut xml = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testcase classname=\"{}\" name=\"{id}\" time=\"{:.3}\">{inside}</testcase>",
        class.replace('/', "."),
        case.duration.as_secs_f64()
    );
    xml
}

fn element(name: &str, message: &str, content: &str) -> String {
    format!(
        "<{name} message=\"{}\">{}</{name}>",
        escaped(message),
        escaped(content)
    )
}
