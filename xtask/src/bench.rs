//! `cargo xtask bench`: builds the benchmark programs, and installs what they compare with.

mod tower;

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Result;
use clap::{Args, Subcommand};
use xshell::{Shell, cmd};

use crate::process::target;
use crate::setup;

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Decoding and encoding: writes target/bench/proto.{md,json,svg}
    Proto(Options),
    /// A delivery through axum::serve, in user instructions (needs valgrind)
    Tower,
    /// Reading events over loopback TCP with whole clients, beside reading the body alone
    Client {
        /// Number of turns of each client
        #[arg(long)]
        rounds: Option<usize>,
        /// Short turns and few rounds
        #[arg(long)]
        quick: bool,
    },
}

/// How it is measured.
#[derive(Debug, Default, Args)]
pub(crate) struct Options {
    /// Number of turns of each peer
    #[arg(long)]
    rounds: Option<usize>,
    /// Short turns, few rounds, and small streams under callgrind: to see that everything works
    #[arg(long)]
    quick: bool,
    /// Only the workloads whose name contains this text
    #[arg(long)]
    filter: Option<String>,
    /// Write the tables into README.md as well
    #[arg(long, conflicts_with_all = ["quick", "filter"])]
    readme: bool,
}

/// Runs a benchmark. It fails if a figure that does not depend on the machine is worse than before.
pub(crate) fn run(sh: &Shell, what: &What) -> Result<()> {
    match what {
        What::Proto(options) => proto(sh, options),
        What::Tower => tower::run(sh),
        What::Client { rounds, quick } => client(sh, *rounds, *quick),
    }
}

/// Shows in a minute or two that the command works: for `ci --full`.
pub(crate) fn quick(sh: &Shell) -> Result<()> {
    let quick = Options {
        quick: true,
        ..Options::default()
    };
    proto(sh, &quick)?;
    tower::run(sh)?;
    client(sh, None, true)
}

fn client(sh: &Shell, rounds: Option<usize>, quick: bool) -> Result<()> {
    let target = target(sh)?;
    let (folder, programs) = (target.join("bench"), target.join("peers"));
    sh.create_dir(&folder)?;
    build_peers(
        sh,
        &programs,
        &[
            "--features=client",
            "--bin=client",
            "--bin=client_allocations",
        ],
    )?;
    let rounds = rounds.map(|rounds| format!("--rounds={rounds}"));
    let quick = quick.then_some("--quick");
    let client = programs.join("release/client");
    Ok(cmd!(
        sh,
        "{client} report --folder {folder} {rounds...} {quick...}"
    )
    .run()?)
}

/// Builds programs of the package of the peers.
fn build_peers(sh: &Shell, target: &Path, options: &[&str]) -> Result<()> {
    let manifest = "sse-conformance/peers/rust/Cargo.toml";
    let build = ["--release", "--manifest-path", manifest];
    Ok(cmd!(
        sh,
        "cargo build {build...} --target-dir {target} {options...}"
    )
    .run()?)
}

fn proto(sh: &Shell, options: &Options) -> Result<()> {
    let target = target(sh)?;
    let (folder, programs) = (target.join("bench"), target.join("peers"));
    sh.create_dir(&folder)?;
    // One program cannot contain this project's decoder with and without the feature.
    let simdutf8 = folder.join("bench-simdutf8");
    build_peers(sh, &programs, &["--bins", "--features=simdutf8"])?;
    sh.copy_file(programs.join("release/bench"), &simdutf8)?;
    build_peers(sh, &programs, &["--bins"])?;

    let mut others = Vec::new();
    let mut compare = |name: &str, program: &Path, script: &Path| {
        let words = [
            OsStr::new("--program"),
            name.as_ref(),
            program.as_ref(),
            script.as_ref(),
        ];
        others.extend(words.map(OsStr::to_owned));
    };
    compare("sse-proto + simdutf8", &simdutf8, Path::new("serve"));
    let peers = sh.current_dir().join("sse-conformance/peers");
    match setup::npm_packages(sh, &peers.join("node")) {
        Ok(()) => compare(
            "eventsource-parser",
            Path::new("node"),
            &peers.join("node/peer.js"),
        ),
        Err(error) => println!("left out: eventsource-parser: {error:#}"),
    }
    let requirements = [peers.join("python/requirements.txt")];
    match setup::python_packages(sh, &target.join("tools/httpx-sse"), &requirements) {
        Ok(python) => compare("httpx-sse", &python, &peers.join("python/peer.py")),
        Err(error) => println!("left out: httpx-sse: {error:#}"),
    }
    let rounds = options.rounds.map(|rounds| format!("--rounds={rounds}"));
    let filter = options
        .filter
        .as_ref()
        .map(|filter| format!("--filter={filter}"));
    let quick = options.quick.then_some("--quick".to_owned());
    let readme = options.readme.then_some("--readme=README.md".to_owned());
    let options = [rounds, filter, quick, readme].into_iter().flatten();
    let report = programs.join("release/report");
    Ok(cmd!(sh, "{report} --folder {folder} {others...} {options...}").run()?)
}
