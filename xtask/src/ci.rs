//! `cargo xtask ci`: every check that a change must pass, then the tests.
//!
//! All checks run even if one has failed, cheap ones first.

use std::env;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::Args;
use xshell::{Shell, cmd};

use crate::process::{cargo_of, target};
use crate::{full, fuzz, licenses, setup, tidy};

/// Which checks run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Add the checks that take minutes: combinations of features, cargo-deny, oldest Rust, …
    #[arg(long)]
    full: bool,
    /// Run only the checks whose name contains this text, also those that take minutes
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

pub(crate) type Check = fn(&Shell) -> Result<()>;

const CHECKS: [(&str, Check); 9] = [
    ("tools", setup::rust_components),
    ("format", format),
    ("tidy", tidy::run),
    ("licences", licenses::check),
    ("spelling", spelling),
    ("clippy", clippy),
    ("documentation", documentation),
    ("packages", packages),
    ("fuzz", fuzz::smoke),
];

/// Runs the checks and then the test command of the README, which `tidy` compares with this one.
pub(crate) fn run(sh: &Shell, options: Options) -> Result<()> {
    let mut checks = CHECKS.to_vec();
    if options.full || options.only.is_some() {
        checks.extend(full::CHECKS);
    }
    checks.push(("tests", |sh| Ok(cmd!(sh, "cargo xtask test --all").run()?)));
    if let Some(only) = &options.only {
        checks.retain(|(name, _)| name.contains(only));
        ensure!(!checks.is_empty(), "no check has {only:?} in its name");
    }

    let mut rows = Vec::new();
    for (name, check) in checks {
        println!("\n==== {name}");
        let start = Instant::now();
        let result = check(sh);
        if let Err(error) = &result {
            println!("error: {error:#}\nFAILED: {name}");
        }
        rows.push((name, result.is_ok(), start.elapsed().as_secs_f64()));
    }
    println!("\n{:<28}{:>8}{:>10}", "check", "", "time");
    for (name, passed, seconds) in &rows {
        let verdict = if *passed { "ok" } else { "FAILED" };
        println!("{name:<28}{verdict:>8}{seconds:>8.1} s");
    }
    let failed: Vec<_> = rows.iter().filter(|row| !row.1).map(|row| row.0).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    println!("ci: all {} checks passed", rows.len());
    Ok(())
}

/// The packages outside the workspace that have a check here.
const OUTSIDE: [&str; 2] = ["sse-proto/fuzz", "sse-proto/no_std"];

fn format(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo fmt --all --check").run()?;
    for folder in OUTSIDE {
        let _folder = sh.push_dir(folder);
        cmd!(sh, "cargo fmt --check").run()?;
    }
    Ok(())
}

fn spelling(sh: &Shell) -> Result<()> {
    let typos = setup::typos(sh)?;
    Ok(cmd!(sh, "{typos}").run()?)
}

/// Each library without features, then the workspace with the default features and with all.
fn clippy(sh: &Shell) -> Result<()> {
    for package in ["sse-proto", "sse-tower", "sse-conformance"] {
        cmd!(
            sh,
            "cargo clippy -p {package} --no-default-features -- -D warnings"
        )
        .run()?;
    }
    cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    cmd!(
        sh,
        "cargo clippy --workspace --all-targets --all-features -- -D warnings"
    )
    .run()?;
    let target = target(sh)?.join("no_std");
    let _folder = sh.push_dir("sse-proto/no_std");
    for features in [None, Some("--features=alloc")] {
        let clippy = cmd!(
            sh,
            "cargo clippy --release {features...} --target-dir {target}"
        );
        clippy.args(["--", "-D", "warnings"]).run()?;
    }
    Ok(())
}

/// With the features that people build documentation with: a link may be broken in only one set.
fn documentation(sh: &Shell) -> Result<()> {
    let _flags = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    let libraries = [
        "-p",
        "sse-proto",
        "-p",
        "sse-tower",
        "-p",
        "sse-conformance",
    ];
    for features in [None, Some("--no-default-features")] {
        cmd!(sh, "cargo doc --no-deps {libraries...} {features...}").run()?;
    }
    cmd!(sh, "cargo doc --no-deps --workspace --all-features").run()?;
    examples_are_given(sh)
}

/// Every public item of sse-proto has an example. Only a nightly rustdoc has this lint.
fn examples_are_given(sh: &Shell) -> Result<()> {
    let lint = "missing_doc_code_examples";
    let flags = format!("-Zcrate-attr=feature(rustdoc_{lint}) -Drustdoc::{lint}");
    let cargo = cargo_of(sh, "nightly").env("RUSTDOCFLAGS", flags);
    if cargo_of(sh, "nightly").arg("--version").read().is_err() {
        println!("left out: examples of public items, since no nightly toolchain is installed");
        return Ok(());
    }
    let target = target(sh)?.join("nightly");
    let doc = cargo.args(["doc", "--no-deps", "-p", "sse-proto", "--all-features"]);
    Ok(doc.arg("--target-dir").arg(target).run()?)
}

/// Builds each crate from the files that would be published, against the other packages.
fn packages(sh: &Shell) -> Result<()> {
    // A person's work tree is rarely clean. In CI a changed file is an error, such as a lock file
    // that was out of date.
    let dirty = env::var_os("CI").is_none().then_some("--allow-dirty");
    Ok(cmd!(
        sh,
        "cargo package --workspace --exclude examples --exclude xtask {dirty...}"
    )
    .run()?)
}
