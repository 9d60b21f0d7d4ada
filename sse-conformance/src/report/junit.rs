//! A report as JUnit XML, for the machines that run tests.

use std::fmt::Write;

use super::escaped;
use crate::suite::{Case, Report, Verdict};

/// A report as JUnit XML: one test suite, a test case for each case.
///
/// What is waived or unsupported is skipped; a warning or a remark is output of a test that passed.
pub fn junit(report: &Report) -> String {
    let counts = report.counts();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites>\n\
         <testsuite name=\"sse-conformance {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
        report.suite(),
        report.cases().len(),
        counts.fail,
        counts.waived + counts.unsupported,
    );
    for case in report.cases() {
        xml.push_str(&test_case(case));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn test_case(case: &Case) -> String {
    let id = escaped(case.id());
    let class = id.rsplit_once('/').map_or("", |(section, _)| section);
    let inside = match case.verdict {
        Verdict::Pass => String::new(),
        Verdict::Fail => {
            let what = case.failure.as_ref().map_or("", |failure| &failure.what);
            element("failure", what, &case.to_string())
        }
        Verdict::Warn | Verdict::Info => {
            format!("<system-out>{}</system-out>", escaped(&case.to_string()))
        }
        Verdict::Waived => element("skipped", case.waiver.as_deref().unwrap_or(""), ""),
        Verdict::Unsupported => {
            let why = case.unsupported.as_deref().unwrap_or_default();
            element("skipped", &format!("unsupported: {why}"), "")
        }
    };
    let mut xml = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        xml,
        "<testcase classname=\"{}\" name=\"{id}\">{inside}</testcase>",
        class.replace('/', ".")
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
