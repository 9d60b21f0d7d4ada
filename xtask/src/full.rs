//! What `cargo xtask ci --full` adds: checks that take minutes or need other tools.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::bench;
use crate::ci::Check;
use crate::process::{cargo_of, is_installed, target};

/// The checks in their order, with the names that the report shows.
pub(crate) const CHECKS: [(&str, Check); 6] = [
    ("dependencies (cargo-deny)", deny),
    ("combinations of features", combinations),
    ("oldest Rust (MSRV)", oldest_rust),
    ("oldest dependencies", oldest_dependencies),
    ("long random runs", long_random_runs),
    ("benchmarks (quick)", bench::quick),
];

const LIBRARIES: [&str; 6] = [
    "-p",
    "sse-proto",
    "-p",
    "sse-tower",
    "-p",
    "sse-conformance",
];

/// Streams for each generated case of the suites, and cases for each property test.
const SUITE_CASES: &str = "1000000";
const PROPERTY_CASES: &str = "20000";

fn deny(sh: &Shell) -> Result<()> {
    install(sh, "cargo-deny")?;
    let checks = ["bans", "licenses", "sources"];
    Ok(cmd!(
        sh,
        "cargo deny --all-features check --hide-inclusion-graph {checks...}"
    )
    .run()?)
}

/// Each library with each of its features alone; sse-proto with every combination, tests included.
fn combinations(sh: &Shell) -> Result<()> {
    install(sh, "cargo-hack")?;
    // There are dozens of test programs: they should be small, and run three times as fast.
    let _incremental = sh.push_env("CARGO_INCREMENTAL", "0");
    let _debug = sh.push_env("CARGO_PROFILE_DEV_DEBUG", "0");
    let _level = sh.push_env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    let target = target(sh)?.join("combinations");
    let _target = sh.push_env("CARGO_TARGET_DIR", &target);
    cmd!(
        sh,
        "cargo hack clippy {LIBRARIES...} --each-feature -- -D warnings"
    )
    .run()?;
    let powerset = ["-p", "sse-proto", "--feature-powerset"];
    cmd!(sh, "cargo hack clippy {powerset...} -- -D warnings").run()?;
    Ok(cmd!(sh, "cargo hack test --quiet {powerset...} --lib --tests").run()?)
}

/// The libraries build with the oldest Rust that they promise.
fn oldest_rust(sh: &Shell) -> Result<()> {
    install(sh, "cargo-hack")?;
    Ok(cmd!(
        sh,
        "cargo hack check {LIBRARIES...} --all-features --rust-version"
    )
    .run()?)
}

/// The libraries build with the oldest versions that their Cargo.toml files allow.
fn oldest_dependencies(sh: &Shell) -> Result<()> {
    let copy = target(sh)?.join("oldest-dependencies");
    sh.remove_path(&copy)?;
    sh.create_dir(&copy)?;
    // A copy, because the lock file changes.
    let members = [
        "sse-proto",
        "sse-tower",
        "sse-conformance",
        "examples",
        "xtask",
    ];
    cmd!(sh, "cp -R Cargo.toml README.md {members...} {copy}").run()?;
    let _target = sh.push_env(
        "CARGO_TARGET_DIR",
        copy.with_file_name("oldest-dependencies-build"),
    );
    let _folder = sh.push_dir(copy);
    cargo_of(sh, "nightly")
        .args(["update", "-Z", "direct-minimal-versions"])
        .run()?;
    Ok(cmd!(sh, "cargo check {LIBRARIES...} --all-features").run()?)
}

fn long_random_runs(sh: &Shell) -> Result<()> {
    cmd!(
        sh,
        "cargo run --release -p xtask -- conformance --cases {SUITE_CASES}"
    )
    .run()?;
    let _cases = sh.push_env("PROPTEST_CASES", PROPERTY_CASES);
    let tests = ["--all-features", "--lib", "--tests"];
    Ok(cmd!(
        sh,
        "cargo test --release --workspace --exclude examples {tests...}"
    )
    .run()?)
}

fn install(sh: &Shell, tool: &str) -> Result<()> {
    if !is_installed(tool) {
        cmd!(sh, "cargo install {tool} --locked").run()?;
    }
    Ok(())
}
