//! The program of sse-conformance against adapters in several languages, by the adapter protocol.
//!
//! What other people's parsers do otherwise than the standard is waived, each with its reason: a
//! waiver that is no longer needed, and a failure that is new, both fail.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process::{self, root};
use crate::setup;
use crate::test::Counts;

/// A suite and the program that is put under it.
struct Adapter {
    suite: &'static str,
    command: Vec<PathBuf>,
    waivers: Option<PathBuf>,
}

/// What is read of a report.
#[derive(Deserialize)]
struct Report {
    counts: Verdicts,
}

/// How many cases there are of some verdicts.
#[derive(Deserialize)]
pub(crate) struct Verdicts {
    pub(crate) pass: u64,
    pub(crate) fail: u64,
    pub(crate) warn: u64,
    pub(crate) info: u64,
}

/// Runs the suites against every adapter.
pub(crate) fn test() -> Result<Counts> {
    process::run(&mut process::cargo(
        "build --package sse-conformance --package examples --bins",
    ))?;
    let target = process::metadata()?.target_directory.into_std_path_buf();
    let mut sum = Counts::default();
    for adapter in adapters(&target)? {
        let mut arguments = vec![adapter.suite.into(), "--timeout".into(), "60".into()];
        arguments.push("--".into());
        arguments.extend(adapter.command.into_iter().map(PathBuf::into_os_string));
        // The machine may be busy: a slow answer is an answer.
        let verdicts = judged(&target, &arguments, adapter.waivers.as_deref())?;
        sum.passed += verdicts.pass;
        sum.failed += verdicts.fail;
    }
    Ok(sum)
}

/// An adapter more is a line more.
fn adapters(target: &Path) -> Result<Vec<Adapter>> {
    let peers = root().join("sse-conformance/peers");
    let (node, python) = (peers.join("node"), peers.join("python"));
    setup::npm_packages(&node)?;
    let interpreter = setup::python_packages(
        &python.join("requirements.txt"),
        &target.join("tools/python-peers"),
    )?;
    let ours = target.join("debug/conformance_adapter");
    Ok(vec![
        Adapter {
            suite: "parser",
            command: vec![ours.clone()],
            waivers: None,
        },
        Adapter {
            suite: "encoder",
            command: vec![ours],
            waivers: None,
        },
        Adapter {
            suite: "parser",
            command: vec!["node".into(), node.join("adapter.js")],
            waivers: Some(node.join("waivers.txt")),
        },
        Adapter {
            suite: "parser",
            command: vec![interpreter, python.join("adapter.py")],
            waivers: Some(python.join("waivers.txt")),
        },
    ])
}

/// Runs the program, the name of the suite first, and reads its report.
pub(crate) fn judged(
    target: &Path,
    arguments: &[OsString],
    waivers: Option<&Path>,
) -> Result<Verdicts> {
    let path = target.join("conformance-report.json");
    let mut program = process::command(&target.join("debug/sse-conformance").to_string_lossy());
    program
        .args(&arguments[..1])
        .args(["--quiet", "--json"])
        .arg(&path);
    if let Some(waivers) = waivers {
        program.arg("--waivers").arg(waivers);
    }
    program.args(&arguments[1..]);
    let status = process::watch(&mut program, |line| println!("{line}"))?;
    // 0 passed, 1 failed; anything else left no report.
    if !matches!(status.code(), Some(0 | 1)) {
        anyhow::bail!("the program ended with {status}");
    }
    let text = std::fs::read_to_string(&path)?;
    let report: Report =
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(report.counts)
}
