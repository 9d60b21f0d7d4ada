//! `cargo xtask test`: runs the tests. Each part runs, even if another has failed.
//!
//! The JUnit reports of the runners are read because exit status 0 is not enough: a part that skips
//! a test, or that runs none, has failed.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use roxmltree::{Document, Node};
use xshell::{Shell, cmd};

use crate::process::{Step, cargo, is_installed, run_all, target};
use crate::{no_std, setup};

/// Selects the whole workspace. All parts use this constant, because another selection would enable other
/// features, and cargo would build everything again.
const EVERYTHING: &str = "--workspace --all-features";

/// The parts that need only cargo. A part returns the number of test cases in its report, or 0 if
/// its runner writes none.
const CARGO: [Step<usize>; 4] = [
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
const OTHERS: [Step<usize>; 4] = [
    ("parsers and servers of other projects", peers),
    ("clients of other projects", clients),
    ("no_std proof", |sh| no_std::prove(sh).map(|()| 0)),
    ("browser", browser),
];

/// Runs the parts that need only cargo, or with `all` every part.
pub(crate) fn run(sh: &Shell, all: bool) -> Result<()> {
    let mut parts = CARGO.to_vec();
    if all {
        sh.set_var("CURL", setup::curl(sh)?);
        sh.set_var("NGINX", setup::nginx(sh)?);
        sh.set_var("REDIS_SERVER", setup::redis(sh)?);
        parts.extend(OTHERS);
    } else {
        println!("left out: {}", OTHERS.map(|(name, _)| name).join(", "));
        println!("`cargo xtask test --all` installs what they need and runs them");
    }
    let passed = run_all(sh, &parts)?;
    let (parts, cases) = (passed.len(), passed.iter().sum::<usize>());
    println!("test: all {parts} parts passed, {cases} test cases were counted");
    Ok(())
}

/// Runs tests by nextest if it is installed. A fresh machine has only `cargo test`, which writes no
/// report.
fn cargo_test(sh: &Shell, selection: &str) -> Result<usize> {
    if !is_installed("cargo-nextest") {
        cargo(
            sh,
            &format!("test {selection} --lib --bins --tests --no-fail-fast"),
        )
        .run()?;
        return Ok(0);
    }
    cargo(sh, &format!("nextest run --profile ci {selection}")).run()?;
    passed(&target(sh)?.join("nextest/ci/junit.xml"))
}

/// Runs each example with every set of features in which its item exists.
fn doctests(sh: &Shell) -> Result<usize> {
    for selection in [
        EVERYTHING,
        "-p sse-proto",
        "-p sse-proto --no-default-features",
    ] {
        cargo(sh, &format!("test {selection} --doc --no-fail-fast")).run()?;
    }
    Ok(0)
}

fn peers(sh: &Shell) -> Result<usize> {
    setup::peers(sh)?;
    cargo_test(sh, &format!("{EVERYTHING} --test peers"))
}

/// Compiles the snippets of other clients in the guide, and tests what the guide says about these clients.
fn clients(sh: &Shell) -> Result<usize> {
    let test =
        "test --locked --manifest-path sse-conformance/peers/migration/Cargo.toml --target-dir";
    let target = target(sh)?.join("peers-migration");
    cargo(sh, test).arg(target).run()?;
    Ok(0)
}

fn browser(sh: &Shell) -> Result<usize> {
    let folder = setup::browser_tests(sh)?;
    let target = target(sh)?;
    sh.set_var("CHROMIUM", setup::chromium(sh)?);
    sh.set_var("DEMO_BINARY", target.join("debug/demo"));
    sh.set_var("SCREENSHOTS", target.join("screenshots"));
    cargo(sh, &format!("test {EVERYTHING} --tests --no-run")).run()?;
    let report = target.join("browser.xml");
    let _folder = sh.push_dir(folder);
    // Three files at once, because most of a test's time is spent waiting for a stream.
    let node = cmd!(sh, "node --test --test-concurrency=3")
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg("--test-reporter=junit")
        .arg(format!("--test-reporter-destination={}", report.display()));
    node.run()?;
    passed(&report)
}

/// Returns the number of test cases in a JUnit report, which must all have passed.
fn passed(report: &Path) -> Result<usize> {
    let text = std::fs::read_to_string(report)
        .with_context(|| format!("the runner wrote no report to {}", report.display()))?;
    passed_cases(&text).with_context(|| format!("in {}", report.display()))
}

fn passed_cases(report: &str) -> Result<usize> {
    let document = Document::parse(report).context("the report is not XML")?;
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let is_bad =
        |node: Node<'_, '_>| ["failure", "error", "skipped"].contains(&node.tag_name().name());
    let (bad, passed): (Vec<_>, Vec<_>) = cases.partition(|case| case.children().any(is_bad));
    ensure!(
        bad.is_empty(),
        "{} test cases failed or were skipped",
        bad.len()
    );
    ensure!(!passed.is_empty(), "the runner found no test");
    Ok(passed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_must_have_passed() {
        let report = |case: &str| format!("<a><b><testcase name='1'/>{case}</b></a>");
        let table = [
            (report("<testcase><system-out/></testcase>"), Some(2)),
            (report("<testcase><failure/></testcase>"), None),
            (report("<testcase><error/></testcase>"), None),
            (report("<testcase><skipped/></testcase>"), None),
            ("<a/>".to_owned(), None),
            ("no XML".to_owned(), None),
        ];
        for (report, passed) in table {
            assert_eq!(passed_cases(&report).ok(), passed, "{report}");
        }
    }
}
