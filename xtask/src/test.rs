//! `cargo xtask test`: runs the tests and sums their JUnit reports.
//!
//! A part that cannot start, runs no test or skips one has failed. The other parts still run, so
//! that one run shows every failure.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use roxmltree::{Document, Node};
use xshell::{Shell, cmd};

use crate::process::{is_installed, target};
use crate::{no_std, setup};

/// Test cases of a part. A part without a JUnit report counts as one case.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    passed: usize,
    failed: usize,
}

const ONE_PASSED: Counts = Counts {
    passed: 1,
    failed: 0,
};
const ONE_FAILED: Counts = Counts {
    passed: 0,
    failed: 1,
};

type Part = fn(&Shell) -> Result<Counts>;

/// Every part that tests the whole workspace selects it in these words: other words choose other
/// features, and cargo would build everything again.
const EVERYTHING: &str = "--workspace --all-features";

/// The parts that need only cargo.
const CARGO: [(&str, Part); 4] = [
    ("unit and integration tests", |sh| {
        cargo_test(sh, EVERYTHING)
    }),
    ("sse-proto without features", |sh| {
        cargo_test(sh, "-p sse-proto --no-default-features")
    }),
    ("sse-tower without features", |sh| {
        cargo_test(sh, "-p sse-tower --no-default-features")
    }),
    ("doctests", doctests),
];

/// The parts that need other programs, which `setup` installs.
const OTHERS: [(&str, Part); 3] = [
    ("other people's parsers and servers", peers),
    ("no_std proof", |sh| no_std::prove(sh).map(|()| ONE_PASSED)),
    ("browser", browser),
];

/// Runs the parts that need only cargo, or with `all` every part.
pub(crate) fn run(sh: &Shell, all: bool) -> Result<()> {
    let mut parts = CARGO.to_vec();
    if all {
        sh.set_var("NGINX", setup::nginx(sh)?);
        parts.extend(OTHERS);
    }
    let mut rows = Vec::new();
    for (name, part) in parts {
        println!("\n== {name}");
        let start = Instant::now();
        let counts = part(sh).unwrap_or_else(|error| {
            println!("error: {error:#}\nFAILED: {name}");
            ONE_FAILED
        });
        rows.push((name, counts, start.elapsed().as_secs_f64()));
    }

    println!(
        "\n{:<36}{:>8}{:>8}{:>10}",
        "part", "passed", "failed", "time"
    );
    for (name, Counts { passed, failed }, seconds) in &rows {
        println!("{name:<36}{passed:>8}{failed:>8}{seconds:>8.1} s");
    }
    if !all {
        println!("\nleft out: {}", OTHERS.map(|(name, _)| name).join(", "));
        println!("`cargo xtask test --all` installs what they need and runs them");
    }
    let passed: usize = rows.iter().map(|(_, counts, _)| counts.passed).sum();
    let failed: usize = rows.iter().map(|(_, counts, _)| counts.failed).sum();
    println!("\ntest: {passed} passed, {failed} failed");
    ensure!(failed == 0, "not all tests passed");
    Ok(())
}

/// Runs tests by nextest if it is installed. A fresh machine has only `cargo test`, which writes no
/// report.
fn cargo_test(sh: &Shell, selection: &str) -> Result<Counts> {
    let selection = selection.split_whitespace();
    if !is_installed("cargo-nextest") {
        cmd!(
            sh,
            "cargo test {selection...} --lib --bins --tests --no-fail-fast"
        )
        .run()?;
        return Ok(ONE_PASSED);
    }
    let run = cmd!(sh, "cargo nextest run --profile ci {selection...}").run();
    counted(run, &target(sh)?.join("nextest/ci/junit.xml"))
}

/// An example runs wherever its item exists.
fn doctests(sh: &Shell) -> Result<Counts> {
    cmd!(
        sh,
        "cargo test --workspace --all-features --doc --no-fail-fast"
    )
    .run()?;
    cmd!(sh, "cargo test --package sse-proto --doc --no-fail-fast").run()?;
    cmd!(
        sh,
        "cargo test --package sse-proto --no-default-features --doc --no-fail-fast"
    )
    .run()?;
    Ok(ONE_PASSED)
}

fn peers(sh: &Shell) -> Result<Counts> {
    setup::peers(sh)?;
    cargo_test(sh, &format!("{EVERYTHING} --test peers"))
}

fn browser(sh: &Shell) -> Result<Counts> {
    let folder = setup::browser_tests(sh)?;
    let target = target(sh)?;
    sh.set_var("CHROMIUM", setup::chromium(sh)?);
    sh.set_var("DEMO_BINARY", target.join("debug/demo"));
    sh.set_var("SCREENSHOTS", target.join("screenshots"));
    let everything = EVERYTHING.split_whitespace();
    cmd!(sh, "cargo test {everything...} --tests --no-run").run()?;
    let report = target.join("browser.xml");
    let reporters = ["spec", "junit"].map(|name| format!("--test-reporter={name}"));
    let [spec, junit] = reporters;
    let to_file = format!("--test-reporter-destination={}", report.display());
    let _folder = sh.push_dir(folder);
    let to_stdout = "--test-reporter-destination=stdout";
    // Most of a test's time is spent waiting for a stream.
    let files_at_once = "--test-concurrency=3";
    counted(
        cmd!(
            sh,
            "node --test {files_at_once} {spec} {to_stdout} {junit} {to_file}"
        )
        .run(),
        &report,
    )
}

/// Counts the cases of a JUnit report. A runner that failed, or that ran nothing, has failed
/// whatever its report says.
fn counted(run: xshell::Result<()>, report: &Path) -> Result<Counts> {
    let text = std::fs::read_to_string(report)
        .with_context(|| format!("the runner wrote no report to {}", report.display()))?;
    let counts = counts(&text)?;
    if counts.failed == 0 {
        run?;
    }
    if counts.passed + counts.failed == 0 {
        bail!("the runner found no test");
    }
    Ok(counts)
}

fn counts(report: &str) -> Result<Counts> {
    let document = Document::parse(report).context("the report is not XML")?;
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let is_bad =
        |node: Node<'_, '_>| ["failure", "error", "skipped"].contains(&node.tag_name().name());
    let (failed, passed): (Vec<_>, Vec<_>) = cases.partition(|case| case.children().any(is_bad));
    Ok(Counts {
        passed: passed.len(),
        failed: failed.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_failed_or_was_skipped_has_not_passed() {
        let report = "<testsuites><testsuite>\
            <testcase name='a'/>\
            <testcase name='b'><failure/></testcase>\
            <testcase name='c'><error/></testcase>\
            <testcase name='d'><skipped/></testcase>\
            <testcase name='e'><system-out/></testcase>\
            </testsuite></testsuites>";
        assert_eq!(
            counts(report).unwrap(),
            Counts {
                passed: 2,
                failed: 3
            }
        );
        assert_eq!(
            counts("<testsuites/>").unwrap(),
            Counts {
                passed: 0,
                failed: 0
            }
        );
        assert!(counts("no XML").is_err());
    }
}
