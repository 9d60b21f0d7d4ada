//! `cargo xtask ci`: every check that a change must pass, then the tests. Cheap checks run first.

use std::env;

use anyhow::{Result, ensure};
use clap::Args;
use xshell::{Shell, cmd};

use crate::process::{LIBRARIES, Step, cargo, has_nightly, nightly, run_all, target};
use crate::{full, fuzz, licenses, rust_version, setup, tidy};

/// Selects the checks.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Add the checks that take minutes: combinations of features, cargo-deny, oldest Rust, …
    #[arg(long)]
    full: bool,
    /// Run only the checks whose name contains this text, also those that take minutes
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

const CHECKS: [Step<()>; 10] = [
    ("tools", setup::rust_components),
    ("format", format),
    ("tidy", tidy::run),
    ("licences", licenses::check),
    ("oldest Rust of dependencies", rust_version::check),
    ("spelling", spelling),
    ("clippy", clippy),
    ("documentation", documentation),
    ("packages", packages),
    ("fuzz", fuzz::smoke),
];

/// Runs the checks and then the README's test command.
pub(crate) fn run(sh: &Shell, options: Options) -> Result<()> {
    let mut checks = CHECKS.to_vec();
    if options.full || options.only.is_some() {
        checks.extend(full::CHECKS);
    }
    checks.push(("tests", |sh| Ok(cargo(sh, "xtask test --all").run()?)));
    if let Some(only) = &options.only {
        checks.retain(|(name, _)| name.contains(only));
        ensure!(!checks.is_empty(), "no check has {only:?} in its name");
    }
    let passed = run_all(sh, &checks)?.len();
    println!("ci: all {passed} checks passed");
    Ok(())
}

/// Checks the workspace and the packages outside it that `ci` builds.
fn format(sh: &Shell) -> Result<()> {
    cargo(sh, "fmt --all --check").run()?;
    for folder in [
        "sse-proto/fuzz",
        "sse-proto/no_std",
        "sse-conformance/peers/migration",
    ] {
        let _folder = sh.push_dir(folder);
        cargo(sh, "fmt --check").run()?;
    }
    Ok(())
}

fn spelling(sh: &Shell) -> Result<()> {
    let typos = setup::typos(sh)?;
    Ok(cmd!(sh, "{typos}").run()?)
}

/// Checks each library without features, then the workspace with the default features and with all.
fn clippy(sh: &Shell) -> Result<()> {
    for package in ["sse-proto", "sse-tower", "sse-conformance"] {
        cargo(
            sh,
            &format!("clippy -p {package} --no-default-features -- -D warnings"),
        )
        .run()?;
    }
    for features in ["", "--all-features"] {
        let clippy = format!("clippy --workspace --all-targets {features} -- -D warnings");
        cargo(sh, &clippy).run()?;
    }
    let _folder = sh.push_dir("sse-proto/no_std");
    for features in ["", "--features=alloc"] {
        cargo(sh, &format!("clippy --release {features} -- -D warnings")).run()?;
    }
    Ok(())
}

/// Builds the documentation with the sets of features that people use: a link may be broken in only
/// one of them.
fn documentation(sh: &Shell) -> Result<()> {
    let _flags = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    for selection in [
        LIBRARIES,
        &format!("{LIBRARIES} --no-default-features"),
        "--workspace --all-features",
    ] {
        cargo(sh, &format!("doc --no-deps {selection}")).run()?;
    }
    examples_are_given(sh)
}

/// Checks that every public item of sse-proto has an example. Only nightly's rustdoc has this lint.
fn examples_are_given(sh: &Shell) -> Result<()> {
    if !has_nightly(sh) {
        println!("left out: examples of public items, since no nightly toolchain is installed");
        return Ok(());
    }
    let lint = "missing_doc_code_examples";
    let flags = format!("-Zcrate-attr=feature(rustdoc_{lint}) -Drustdoc::{lint}");
    let doc = nightly(sh, "doc --no-deps -p sse-proto --all-features --target-dir");
    Ok(doc
        .arg(target(sh)?.join("nightly"))
        .env("RUSTDOCFLAGS", flags)
        .run()?)
}

/// Builds each crate from the files that would be published, against the other packages.
fn packages(sh: &Shell) -> Result<()> {
    // A developer's work tree is rarely clean. In CI a changed file is an error, such as a lock file
    // that was out of date.
    let dirty = if env::var_os("CI").is_none() {
        "--allow-dirty"
    } else {
        ""
    };
    Ok(cargo(sh, &format!("package {LIBRARIES} {dirty}")).run()?)
}
