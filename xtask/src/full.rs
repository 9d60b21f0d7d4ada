//! What `cargo xtask ci --full` adds: checks that take minutes or need another toolchain.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::bench;
use crate::combinations;
use crate::process::{self, cargo, cargo_of, command, is_installed};

type Check = fn() -> Result<()>;

/// The checks in their order, with the names under which they are reported.
pub(crate) const CHECKS: [(&str, Check); 6] = [
    ("dependencies (cargo-deny)", deny),
    ("combinations of features", combinations::check),
    ("oldest Rust (MSRV)", oldest_rust),
    ("oldest dependencies", oldest_dependencies),
    ("long random runs", long_random_runs),
    ("benchmarks (quick)", bench::quick),
];

/// Streams for each conformance suite, and cases for each property test.
const CONFORMANCE_CASES: &str = "1000000";
const PROPERTY_CASES: &str = "20000";

fn deny() -> Result<()> {
    if !is_installed("cargo-deny") {
        process::run(&mut cargo("install cargo-deny --locked"))?;
    }
    process::run(&mut cargo(
        "deny --all-features check --hide-inclusion-graph bans licenses sources",
    ))
}

/// The libraries build with the oldest Rust that they promise.
fn oldest_rust() -> Result<()> {
    let metadata = process::metadata()?;
    let package = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| package.name == "sse-proto");
    let version = package.and_then(|package| package.rust_version.clone());
    let version = version.context("sse-proto has no rust-version")?;
    let toolchain = format!("{}.{}", version.major, version.minor);
    let check = "check -p sse-proto -p sse-tower -p sse-conformance --all-features";
    let target = metadata.target_directory.join("msrv");
    let check = format!("{check} --target-dir {target}");
    process::run(&mut toolchain_cargo(&toolchain, &check)?)
}

/// The libraries build with the oldest versions that their Cargo.toml files allow.
fn oldest_dependencies() -> Result<()> {
    let target = process::metadata()?.target_directory;
    let copy = target.join("oldest-dependencies").into_std_path_buf();
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    fs::create_dir_all(&copy)?;
    // A copy, because the lock file changes.
    let entries = [
        "Cargo.toml",
        "README.md",
        "sse-proto",
        "sse-tower",
        "sse-conformance",
        "examples",
        "xtask",
    ];
    process::run(command("cp").arg("-R").args(entries).arg(&copy))?;

    process::run(
        toolchain_cargo("nightly", "update -Z direct-minimal-versions")?.current_dir(&copy),
    )?;
    let check = "check -p sse-proto -p sse-tower -p sse-conformance --all-features";
    let check = format!("{check} --target-dir {target}/oldest-dependencies-build");
    process::run(cargo(&check).current_dir(&copy))
}

fn long_random_runs() -> Result<()> {
    let run = format!("run --release --package xtask -- conformance --cases {CONFORMANCE_CASES}");
    process::run(&mut cargo(&run))?;
    let mut properties =
        cargo("test --release --workspace --exclude examples --all-features --lib --tests");
    process::run(properties.env("PROPTEST_CASES", PROPERTY_CASES))
}

/// The cargo of `toolchain`, which is installed if rustup is there and it is not.
fn toolchain_cargo(toolchain: &str, arguments: &str) -> Result<Command> {
    if let Some(cargo) = cargo_of(toolchain, arguments) {
        return Ok(cargo);
    }
    process::run(command("rustup").args([
        "toolchain",
        "install",
        toolchain,
        "--profile",
        "minimal",
    ]))?;
    cargo_of(toolchain, arguments).with_context(|| format!("Rust {toolchain} does not run"))
}
