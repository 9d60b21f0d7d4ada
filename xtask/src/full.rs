//! The checks of `cargo xtask ci --full` that take minutes or need other tools.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::setup;
use crate::{
    bench, mutants,
    process::{LIBRARIES, MEMBERS, Step, cargo, is_installed, nightly, target},
};

/// The checks in their order.
pub(crate) const CHECKS: [Step<()>; 9] = [
    ("dependencies (cargo-deny)", deny),
    ("combinations of features", combinations),
    ("oldest Rust (MSRV)", oldest_rust),
    ("oldest dependencies", oldest_dependencies),
    ("long random runs", long_random_runs),
    ("ten minutes of failures", ten_minutes_of_failures),
    ("commands of a long run in Redis", commands_of_a_long_run),
    ("mutants of the hub and of runs", |sh| mutants::run(sh, "")),
    ("benchmarks (quick)", bench::quick),
];

fn deny(sh: &Shell) -> Result<()> {
    install(sh, "cargo-deny")?;
    let deny = "deny --all-features check --hide-inclusion-graph bans licenses sources";
    Ok(cargo(sh, deny).run()?)
}

/// Checks each library with each of its features alone, and sse-proto with every combination, tests
/// included.
fn combinations(sh: &Shell) -> Result<()> {
    install(sh, "cargo-hack")?;
    // There are dozens of test programs: they should be small, and run three times as fast.
    let _incremental = sh.push_env("CARGO_INCREMENTAL", "0");
    let _debug = sh.push_env("CARGO_PROFILE_DEV_DEBUG", "0");
    let _level = sh.push_env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    let _target = sh.push_env("CARGO_TARGET_DIR", target(sh)?.join("combinations"));
    cargo(
        sh,
        &format!("hack clippy {LIBRARIES} --each-feature -- -D warnings"),
    )
    .run()?;
    let proto = "-p sse-proto --feature-powerset";
    cargo(sh, &format!("hack clippy {proto} -- -D warnings")).run()?;
    Ok(cargo(sh, &format!("hack test --quiet {proto} --lib --tests")).run()?)
}

/// Builds the libraries with the oldest Rust that they promise.
fn oldest_rust(sh: &Shell) -> Result<()> {
    install(sh, "cargo-hack")?;
    Ok(cargo(
        sh,
        &format!("hack check {LIBRARIES} --all-features --rust-version"),
    )
    .run()?)
}

/// Builds the libraries with the oldest versions that their Cargo.toml files allow, in a copy,
/// because the lock file changes.
fn oldest_dependencies(sh: &Shell) -> Result<()> {
    let copy = target(sh)?.join("oldest-dependencies");
    sh.remove_path(&copy)?;
    sh.create_dir(&copy)?;
    cmd!(sh, "cp -R Cargo.toml README.md docs {MEMBERS...} {copy}").run()?;
    let build = copy.with_file_name("oldest-dependencies-build");
    let _target = sh.push_env("CARGO_TARGET_DIR", build);
    let _folder = sh.push_dir(copy);
    nightly(sh, "update -Z direct-minimal-versions").run()?;
    Ok(cargo(sh, &format!("check {LIBRARIES} --all-features")).run()?)
}

/// Runs a million streams for each generated case of the suites, and 20,000 cases of each property
/// test.
fn long_random_runs(sh: &Shell) -> Result<()> {
    cargo(sh, "run --release -p xtask -- conformance --cases 1000000").run()?;
    let _cases = sh.push_env("PROPTEST_CASES", "20000");
    let tests = "test --release --workspace --exclude examples --all-features --lib --tests";
    Ok(cargo(sh, tests).run()?)
}

/// Runs the ledger of several hubs, whose short form is one of the tests.
fn ten_minutes_of_failures(sh: &Shell) -> Result<()> {
    let _redis = sh.push_env("REDIS_SERVER", setup::redis(sh)?);
    let _seconds = sh.push_env("LEDGER_SECONDS", "600");
    let test = "test -p examples --test it ledger -- --nocapture";
    Ok(cargo(sh, test).run()?)
}

/// Counts the commands of a run of 40 seconds in Redis, whose short form is one of the tests.
fn commands_of_a_long_run(sh: &Shell) -> Result<()> {
    let _redis = sh.push_env("REDIS_SERVER", setup::redis(sh)?);
    let _seconds = sh.push_env("RUN_SECONDS", "40");
    let test = "test -p sse-tower --features redis,runs --test redis runs_cost -- --nocapture";
    Ok(cargo(sh, test).run()?)
}

fn install(sh: &Shell, tool: &str) -> Result<()> {
    if !is_installed(tool) {
        cargo(sh, &format!("install {tool} --locked")).run()?;
    }
    Ok(())
}
