//! `cargo xtask ci`: every check that a change has to pass, then the tests as the README gives them.
//!
//! All checks run even when one has failed, cheap ones first. The closing line is that of the
//! tests: machines read it.

use std::env;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cargo_metadata::Package;
use clap::Args;

use crate::process::{self, cargo, command, root};
use crate::{full, fuzz, licenses, setup, tidy};

/// How the README tells people to run the tests; ci runs what they run.
const TEST_COMMAND: &str = "cargo xtask test --all";

/// Which checks are run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Add the checks that take minutes: combinations of features, cargo-deny, MSRV, …
    #[arg(long)]
    full: bool,
    /// Only the checks whose name contains this text, those that take minutes included
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Runs every check and the tests; returns whether all passed.
pub(crate) fn run(options: Options) -> Result<bool> {
    let with_full = options.full || options.only.is_some();
    let mut checks = Checks {
        only: options.only,
        done: Vec::new(),
    };
    checks.run("tools", setup::rust_components);
    checks.run("format", format);
    checks.run("tidy", tidy::run);
    checks.run("licences", licenses::check);
    checks.run("spelling", || {
        process::run(&mut command(&setup::typos()?.to_string_lossy()))
    });
    checks.run("clippy", clippy);
    checks.run("documentation", documentation);
    checks.run("packages", packages);
    checks.run("fuzz", fuzz::smoke);
    if with_full {
        for (name, check) in full::CHECKS {
            checks.run(name, check);
        }
    }

    let mut closing_line = String::new();
    checks.run("tests", || {
        readme_gives_the_test_command()?;
        closing_line = test()?;
        if closing_line.ends_with(", 0 failed") {
            Ok(())
        } else {
            bail!("not all tests passed")
        }
    });
    checks.report();
    println!("{closing_line}");
    if checks.done.is_empty() {
        bail!("no check has this text in its name");
    }
    Ok(checks.failed().is_empty())
}

struct Checks {
    only: Option<String>,
    done: Vec<Check>,
}

struct Check {
    name: &'static str,
    passed: bool,
    time: Duration,
}

impl Checks {
    fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        if self.only.as_ref().is_some_and(|only| !name.contains(only)) {
            return;
        }
        println!("\n==== {name}");
        let start = Instant::now();
        let result = work();
        if let Err(error) = &result {
            println!("error: {error:#}\nFAILED: {name}");
        }
        self.done.push(Check {
            name,
            passed: result.is_ok(),
            time: start.elapsed(),
        });
    }

    fn failed(&self) -> Vec<&'static str> {
        self.done
            .iter()
            .filter(|check| !check.passed)
            .map(|check| check.name)
            .collect()
    }

    fn report(&self) {
        println!("\n{:<28}{:>8}{:>10}", "check", "", "time");
        for Check { name, passed, time } in &self.done {
            let verdict = if *passed { "ok" } else { "FAILED" };
            println!("{name:<28}{verdict:>8}{:>8.1} s", time.as_secs_f64());
        }
        match self.failed().as_slice() {
            [] => println!("ci: all {} checks passed\n", self.done.len()),
            failed => println!("ci: failed: {}\n", failed.join(", ")),
        }
    }
}

fn format() -> Result<()> {
    process::run(&mut cargo("fmt --all --check"))?;
    process::run(cargo("fmt --check").current_dir(root().join("sse-proto/fuzz")))?;
    process::run(cargo("fmt --check").current_dir(root().join("sse-proto/no_std")))
}

/// Each library with no feature, each feature alone, and all; then everything there is.
fn clippy() -> Result<()> {
    let metadata = process::metadata()?;
    let mut runs = Vec::new();
    for package in metadata.workspace_packages() {
        if package.targets.iter().any(|target| target.is_lib()) {
            let sets = feature_sets(package).into_iter();
            runs.extend(sets.map(|features| format!("-p {} {features}", package.name)));
        }
    }
    runs.push("--workspace --all-targets".to_owned());
    runs.push("--workspace --all-targets --all-features".to_owned());
    let mut refused: Vec<_> = runs
        .into_iter()
        .filter(|run| !clippy_passes(run, ""))
        .collect();

    let target = metadata.target_directory.join("no_std");
    for features in ["", "--features alloc"] {
        let run = format!("--release {features} --target-dir {target}");
        if !clippy_passes(&run, "sse-proto/no_std") {
            refused.push(run);
        }
    }
    if !refused.is_empty() {
        bail!("clippy found something with\n  {}", refused.join("\n  "));
    }
    Ok(())
}

fn clippy_passes(arguments: &str, folder: &str) -> bool {
    let mut clippy = cargo(&format!("clippy --quiet {arguments} -- -D warnings"));
    process::run(clippy.current_dir(root().join(folder))).is_ok()
}

/// The command-line arguments for no feature, each one alone, and all.
fn feature_sets(package: &Package) -> Vec<String> {
    let features = package.features.keys().filter(|name| *name != "default");
    let mut sets = vec!["--no-default-features".to_owned()];
    sets.extend(features.map(|name| format!("--no-default-features --features {name}")));
    sets.push("--all-features".to_owned());
    sets
}

/// With each set of features that people build documentation with: a link may lead nowhere in one.
fn documentation() -> Result<()> {
    for features in ["", "--no-default-features"] {
        let libraries = "-p sse-proto -p sse-tower -p sse-conformance";
        let mut doc = cargo(&format!("doc {libraries} {features} --no-deps"));
        process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    let mut doc = cargo("doc --workspace --all-features --no-deps");
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Builds each crate from what would be published, against the others' packages.
fn packages() -> Result<()> {
    let mut package = cargo("package --workspace --exclude examples --exclude xtask");
    // On a person's machine the tree is rarely clean; in ci a changed file, such as a lock file
    // that was out of date, is an error.
    if env::var_os("CI").is_none() {
        package.arg("--allow-dirty");
    }
    process::run(&mut package)
}

fn readme_gives_the_test_command() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md")).context("cannot read README.md")?;
    if !readme.lines().any(|line| line.trim() == TEST_COMMAND) {
        bail!("README.md must give the test command on a line of its own: {TEST_COMMAND}");
    }
    Ok(())
}

/// Runs the test command and returns its closing line, which is not printed yet.
fn test() -> Result<String> {
    let (_, arguments) = TEST_COMMAND
        .split_once(' ')
        .context("the test command has arguments")?;
    let mut closing_line = None;
    let status = process::watch(&mut cargo(arguments), |line| {
        if line.starts_with("test: ") {
            closing_line = Some(line.to_owned());
        } else {
            println!("{line}");
        }
    })?;
    closing_line.with_context(|| format!("the tests ended without their closing line ({status})"))
}
