//! `cargo xtask test`: runs the tests, counts what the runners report, and says it in one line.
//!
//! What did not run has not passed: a part that cannot start, that runs no test or that skips one
//! counts as a failure. The other parts still run, so that one look shows every failure.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{adapters, conformance, no_std, peer_servers, process, readme, servers, setup};

/// What one part reported.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// Runs the parts that need only cargo, or with `all` every part; returns whether all passed.
pub(crate) fn run(all: bool) -> Result<bool> {
    let mut parts = vec![
        Part::run("unit and integration tests", unit_and_integration),
        Part::run("doctests", doctests),
        Part::run("programs of the README", readme::test),
        Part::run("conformance decoder", conformance::test_decoder),
        Part::run("conformance encoder", conformance::test_encoder),
        Part::run("conformance servers", servers::test),
    ];
    if all {
        parts.push(Part::run("conformance adapters", adapters::test));
        parts.push(Part::run("conformance peers' servers", peer_servers::test));
        parts.push(Part::run("conformance nginx", servers::test_behind_nginx));
        parts.push(Part::run("no_std proof", no_std::prove));
        parts.push(Part::run("browser", browser));
    }
    report(&parts);
    if !all {
        println!("left out: no_std proof (needs a C compiler), browser (needs Node.js, Chromium),");
        println!("          conformance adapters and peers' servers (need Node.js, Python),");
        println!("          conformance nginx (needs nginx)");
        println!("          `cargo xtask test --all` installs what they need and runs them too\n");
    }

    let passed: u64 = parts.iter().map(|part| part.counts.passed).sum();
    let failed: u64 = parts.iter().map(|part| part.counts.failed).sum();
    println!("test: {passed} passed, {failed} failed");
    Ok(failed == 0)
}

struct Part {
    name: &'static str,
    counts: Counts,
    time: Duration,
}

impl Part {
    fn run(name: &'static str, work: impl FnOnce() -> Result<Counts>) -> Self {
        println!("\n== {name}");
        let start = Instant::now();
        let counts = work().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Counts {
                passed: 0,
                failed: 1,
            }
        });
        if counts.failed > 0 {
            println!("FAILED: {name}");
        }
        Part {
            name,
            counts,
            time: start.elapsed(),
        }
    }
}

fn report(parts: &[Part]) {
    println!(
        "\n{:<28}{:>8}{:>8}{:>10}",
        "part", "passed", "failed", "time"
    );
    for Part {
        name,
        counts: Counts { passed, failed },
        time,
    } in parts
    {
        println!(
            "{name:<28}{passed:>8}{failed:>8}{:>8.1} s",
            time.as_secs_f64()
        );
    }
    let failed: Vec<_> = parts
        .iter()
        .filter(|part| part.counts.failed > 0)
        .map(|part| part.name)
        .collect();
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    println!();
}

fn unit_and_integration() -> Result<Counts> {
    all_of(&[
        "test --workspace --all-features --lib --bins --tests --examples --no-fail-fast",
        "test --package sse-proto --no-default-features --lib --tests --no-fail-fast",
        "test --package sse-tower --no-default-features --lib --tests --no-fail-fast",
    ])
}

/// An example has to run wherever its item is there.
fn doctests() -> Result<Counts> {
    all_of(&[
        "test --workspace --all-features --doc --no-fail-fast",
        "test --package sse-proto --doc --no-fail-fast",
        "test --package sse-proto --no-default-features --doc --no-fail-fast",
    ])
}

fn all_of(runs: &[&str]) -> Result<Counts> {
    let mut sum = Counts::default();
    for run in runs {
        let counts = counted(&mut process::cargo(run), cargo_counts)?;
        sum.passed += counts.passed;
        sum.failed += counts.failed;
    }
    Ok(sum)
}

fn browser() -> Result<Counts> {
    let folder = setup::browser_tests();
    if !folder.join("package.json").is_file() {
        bail!(
            "{} has no package.json: the browser tests are missing",
            folder.display()
        );
    }
    setup::node_packages()?;
    let chromium = setup::chromium()?;
    process::run(&mut process::cargo("build --package examples"))?;
    let target = process::metadata()?.target_directory;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"])
        .current_dir(folder)
        // Colours would stand before the words that are counted.
        .env_remove("FORCE_COLOR")
        .env("NO_COLOR", "1")
        .env("CHROMIUM", chromium)
        .env("DEMO_BINARY", target.join("debug/demo"))
        .env("SCREENSHOTS", target.join("screenshots"));
    counted(&mut node, node_counts)
}

/// Runs a test runner and reads its closing lines with `count`.
pub(crate) fn counted(
    runner: &mut Command,
    count: impl FnOnce(&[String]) -> Option<Counts>,
) -> Result<Counts> {
    let mut lines = Vec::new();
    let status = process::watch(runner, |line| {
        println!("{line}");
        lines.push(line.to_owned());
    })?;
    let counts =
        count(&lines).with_context(|| format!("no closing line of the runner ({status})"))?;
    Ok(judged(counts, status))
}

/// A runner that ends badly, or that ran nothing, has failed whatever it counted.
fn judged(mut counts: Counts, status: ExitStatus) -> Counts {
    if counts.failed == 0 && !status.success() {
        println!("error: the runner counted no failure, but ended with {status}");
        counts.failed = 1;
    }
    if counts == Counts::default() {
        println!("error: the runner found no test");
        counts.failed = 1;
    }
    counts
}

/// Sums the lines `test result: ok. 3 passed; 0 failed; 0 ignored; …`, one for each binary.
fn cargo_counts(lines: &[String]) -> Option<Counts> {
    let mut sum = None;
    for line in lines {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|line| line.split_once(". "))
        else {
            continue;
        };
        let sum: &mut Counts = sum.get_or_insert_default();
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((number, "passed")) => sum.passed += number.parse::<u64>().ok()?,
                Some((number, "failed" | "ignored")) => sum.failed += number.parse::<u64>().ok()?,
                _ => {}
            }
        }
    }
    sum
}

/// Reads Node's summary: lines such as `ℹ pass 3` (or `# pass 3`), one for each outcome.
fn node_counts(lines: &[String]) -> Option<Counts> {
    let count = |outcome: &str| {
        lines.iter().rev().find_map(|line| {
            let line = line
                .strip_prefix("ℹ ")
                .or_else(|| line.strip_prefix("# "))?;
            line.strip_prefix(outcome)?.trim().parse::<u64>().ok()
        })
    };
    let mut failed = 0;
    for outcome in ["fail ", "cancelled ", "skipped ", "todo "] {
        failed += count(outcome)?;
    }
    Some(Counts {
        passed: count("pass ")?,
        failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn cargo_results_are_summed_over_binaries() {
        let output = lines(
            "running 3 tests\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
             test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out",
        );
        assert_eq!(
            cargo_counts(&output),
            Some(Counts {
                passed: 4,
                failed: 3
            })
        );
    }

    #[test]
    fn cargo_without_a_result_is_not_zero_failures() {
        assert_eq!(cargo_counts(&lines("error: could not compile")), None);
    }

    #[test]
    fn node_summary_counts_what_did_not_run_as_failed() {
        let output = lines(
            "✔ a test (1ms)\nℹ tests 6\nℹ suites 0\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\n\
             ℹ skipped 1\nℹ todo 1\nℹ duration_ms 9",
        );
        assert_eq!(
            node_counts(&output),
            Some(Counts {
                passed: 2,
                failed: 4
            })
        );
        assert_eq!(node_counts(&lines("# pass 1")), None);
    }
}
