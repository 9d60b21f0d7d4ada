//! A report as JSON.

use serde_json::{Map, Value, json};

use crate::report::date::rfc3339;
use crate::rule::Rule;
use crate::suite::case::Case;
use crate::suite::report::{Counts, Report};

/// The JSON Schema of [`json()`].
pub const SCHEMA: &str = include_str!("../../report.schema.json");

/// Returns the report as one JSON object, as [`SCHEMA`] describes it.
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
    let options: Map<String, Value> = report
        .settings()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    let value = json!({
        "format": 1,
        "program": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "suite": report.suite(),
        "testee": report.testee(),
        "seed": report.seed(),
        "started": rfc3339(report.started()),
        "duration": report.duration().as_secs_f64(),
        "command": report.command(),
        "options": options,
        "selected": report.selected(),
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
    // The keys are strings and the numbers are finite, so serializing cannot fail.
    format!("{value:#}\n")
}

/// Returns the rules as a JSON array, as `sse-conformance list --json` prints them.
///
/// ```
/// use sse_conformance::{report, suite::decoder};
///
/// let text = report::rules_json(&decoder::rules());
/// assert!(text.contains(r#""id": "parse/line/cr-cr""#));
/// ```
pub fn rules_json(rules: &[Rule]) -> String {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| Value::Object(members(rule)))
        .collect();
    format!("{:#}\n", Value::Array(rules))
}

fn members(rule: &Rule) -> Map<String, Value> {
    let value = json!({
        "id": rule.id,
        "title": rule.title,
        "level": rule.level.to_string(),
        "section": {"title": rule.clause.title, "url": rule.clause.url},
        "steps": rule.steps,
        "expects": rule.expects,
        "rule": rule.text,
        "capability": rule.capability,
    });
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn case(case: &Case) -> Value {
    let log = case.log.iter().map(|entry| {
        json!({
            "at": entry.at.as_secs_f64(),
            "exchange": entry.exchange,
            "direction": entry.direction.name(),
            "text": entry.text,
        })
    });
    let outcome = json!({
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
        "duration": case.duration.as_secs_f64(),
        "log": log.collect::<Vec<_>>(),
    });
    let mut all = members(&case.rule);
    if let Value::Object(outcome) = outcome {
        all.extend(outcome);
    }
    Value::Object(all)
}
