//! A report as JSON.

use serde_json::{Value, json};

use crate::suite::{Case, Counts, Report};

/// The JSON Schema of [`json()`].
pub const SCHEMA: &str = include_str!("../../report.schema.json");

/// A report as one JSON object, as [`SCHEMA`] describes it.
///
/// ```
/// # use sse_conformance::{model::Item, suite::decoder};
/// # struct Adapter;
/// # impl decoder::Decoder for Adapter {
/// #     fn feed(&mut self, _: &[u8]) -> Result<Vec<Item>, String> { Ok(Vec::new()) }
/// # }
/// use sse_conformance::{report, suite::Options};
///
/// let report = decoder::run(&Options::only("parse/data/one-line"), || Adapter);
/// assert!(report::json(&report).contains(r#""verdict": "fail""#));
/// ```
pub fn json(report: &Report) -> String {
    let Counts {
        pass,
        fail,
        warn,
        info,
        waived,
        unsupported,
    } = report.counts();
    let value = json!({
        "format": 1,
        "program": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "suite": report.suite(),
        "testee": report.testee(),
        "seed": report.seed(),
        "success": report.is_success(),
        "counts": {
            "pass": pass,
            "fail": fail,
            "warn": warn,
            "info": info,
            "waived": waived,
            "unsupported": unsupported,
        },
        "cases": report.cases().iter().map(case).collect::<Vec<_>>(),
    });
    // The keys are strings and the numbers finite: there is no other way to fail.
    format!("{value:#}\n")
}

fn case(case: &Case) -> Value {
    let rule = &case.rule;
    json!({
        "id": rule.id,
        "title": rule.title,
        "level": rule.level.to_string(),
        "section": {"title": rule.clause.title, "url": rule.clause.url},
        "steps": rule.steps,
        "expects": rule.expects,
        "rule": rule.text,
        "capability": rule.capability,
        "verdict": case.verdict.to_string().to_lowercase(),
        "failure": case.failure.as_ref().map(|failure| json!({
            "what": failure.what,
            "given": failure.given,
            "chunking": failure.chunking,
            "expected": failure.expected,
            "seen": failure.seen,
        })),
        "unsupported": case.unsupported,
        "waiver": case.waiver,
        "reproduce": case.reproduce,
    })
}
