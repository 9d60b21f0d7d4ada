//! `cargo xtask bench`: builds and runs the benchmark programs, and installs their peers.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use xshell::{Cmd, Shell, cmd};

use crate::process::{cargo, target};
use crate::setup;

/// The subject of a benchmark.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Decoding and encoding: writes target/bench/proto.{md,json,svg}
    Proto {
        #[command(flatten)]
        turns: Turns,
        /// Only the workloads whose name contains this text
        #[arg(long)]
        filter: Option<String>,
        /// Write the tables into docs/benchmarks.md as well
        #[arg(long, alias = "readme", conflicts_with_all = ["quick", "filter"])]
        docs: bool,
    },
    /// A delivery through axum::serve, in user instructions (needs valgrind)
    Tower,
    /// Reading events over loopback TCP with whole clients, compared with reading only the body
    Client(Turns),
    /// Servers that send each event to many streams: writes target/bench/hub.{md,json,svg}
    Hub {
        #[command(flatten)]
        turns: Turns,
        /// Only the scenarios whose name contains this text
        #[arg(long, default_value = "")]
        filter: String,
    },
    /// A hub of several processes over Redis: writes target/bench/nodes.md
    Nodes {
        /// A tenth of the events and clients
        #[arg(long)]
        quick: bool,
    },
}

/// The length of a measurement.
#[derive(Debug, Default, Args)]
pub(crate) struct Turns {
    /// Number of turns of each peer
    #[arg(long)]
    rounds: Option<usize>,
    /// Short turns, few rounds, and small streams under callgrind, to check that everything works
    #[arg(long)]
    quick: bool,
}

impl Turns {
    /// Returns these options as arguments of a benchmark program.
    fn arguments(&self) -> Vec<String> {
        let rounds = self.rounds.map(|rounds| format!("--rounds={rounds}"));
        let quick = self.quick.then(|| "--quick".to_owned());
        rounds.into_iter().chain(quick).collect()
    }
}

/// Runs a benchmark. It fails if a figure that does not depend on the machine is worse than before.
pub(crate) fn run(sh: &Shell, what: &What) -> Result<()> {
    match what {
        What::Proto {
            turns,
            filter,
            docs,
        } => {
            let mut options = turns.arguments();
            options.extend(filter.as_ref().map(|filter| format!("--filter={filter}")));
            options.extend(docs.then(|| "--tables=docs/benchmarks.md".to_owned()));
            proto(sh, &options)
        }
        What::Tower => tower(sh),
        What::Client(turns) => client(sh, turns),
        What::Hub { turns, filter } => hub(sh, turns, filter),
        What::Nodes { quick } => nodes(sh, *quick),
    }
}

/// Runs each benchmark for a minute or two, to show that it works: for `ci --full`.
pub(crate) fn quick(sh: &Shell) -> Result<()> {
    let quick = Turns {
        rounds: None,
        quick: true,
    };
    proto(sh, &quick.arguments())?;
    tower(sh)?;
    client(sh, &quick)?;
    hub(sh, &quick, "")?;
    nodes(sh, true)
}

fn tower(sh: &Shell) -> Result<()> {
    Ok(cargo(
        sh,
        "bench -p sse-tower --features axum,hub,metrics,tracing --bench deliveries -- count",
    )
    .run()?)
}

fn client(sh: &Shell, turns: &Turns) -> Result<()> {
    let programs = build_peers(
        sh,
        "--features=client --bin=client --bin=client_allocations",
    )?;
    let (folder, program) = (folder(sh)?, programs.join("client"));
    let options = turns.arguments();
    Ok(cmd!(sh, "{program} report --folder {folder} {options...}").run()?)
}

fn hub(sh: &Shell, turns: &Turns, filter: &str) -> Result<()> {
    let programs = build_peers(sh, "--features=hub --bin=hub --bin=hub_heap")?;
    let servers = sh.current_dir().join("sse-conformance/peers/servers");
    let (node, python) = (servers.join("node"), servers.join("python"));
    let mut others = vec![];
    match setup::npm_packages(sh, &node) {
        Ok(()) => others.push(("better-sse", "node".into(), node.join("many.js"))),
        Err(error) => println!("left out: better-sse: {error:#}"),
    }
    let environment = target(sh)?.join("tools/sse-starlette");
    match setup::python_packages(sh, &environment, &[python.join("requirements.txt")]) {
        Ok(program) => others.push(("sse-starlette", program, python.join("many.py"))),
        Err(error) => println!("left out: sse-starlette: {error:#}"),
    }
    let (folder, report) = (folder(sh)?, programs.join("hub"));
    let options = turns.arguments();
    let report = cmd!(
        sh,
        "{report} report --folder {folder} --filter {filter} {options...}"
    );
    Ok(with_programs(report, others).run()?)
}

fn nodes(sh: &Shell, is_quick: bool) -> Result<()> {
    let programs = build_peers(sh, "--features=hub --bin=hub --bin=nodes")?;
    let (folder, redis, nodes) = (folder(sh)?, setup::redis(sh)?, programs.join("nodes"));
    let quick = is_quick.then_some("--quick");
    Ok(cmd!(sh, "{nodes} --folder {folder} --redis {redis} {quick...}").run()?)
}

/// Adds peers in other languages to a command: each with its name, its program and its script.
fn with_programs<'a>(command: Cmd<'a>, peers: Vec<(&str, PathBuf, PathBuf)>) -> Cmd<'a> {
    let add = |command: Cmd<'a>, (name, program, script): (&str, PathBuf, PathBuf)| {
        command.args(["--program", name]).arg(program).arg(script)
    };
    peers.into_iter().fold(command, add)
}

fn proto(sh: &Shell, options: &[String]) -> Result<()> {
    let folder = folder(sh)?;
    // One program cannot contain this project's decoder with and without the feature.
    let simdutf8 = folder.join("bench-simdutf8");
    let programs = build_peers(sh, "--bins --features=simdutf8")?;
    sh.copy_file(programs.join("bench"), &simdutf8)?;
    build_peers(sh, "--bins")?;

    let peers = sh.current_dir().join("sse-conformance/peers");
    let mut others = vec![("sse-proto + simdutf8", simdutf8, "serve".into())];
    match setup::npm_packages(sh, &peers.join("node")) {
        Ok(()) => others.push((
            "eventsource-parser",
            "node".into(),
            peers.join("node/peer.js"),
        )),
        Err(error) => println!("left out: eventsource-parser: {error:#}"),
    }
    let environment = target(sh)?.join("tools/httpx-sse");
    match setup::python_packages(sh, &environment, &[peers.join("python/requirements.txt")]) {
        Ok(python) => others.push(("httpx-sse", python, peers.join("python/peer.py"))),
        Err(error) => println!("left out: httpx-sse: {error:#}"),
    }
    let report = programs.join("report");
    let report = cmd!(sh, "{report} --folder {folder} {options...}");
    Ok(with_programs(report, others).run()?)
}

/// Returns the folder of the results.
fn folder(sh: &Shell) -> Result<PathBuf> {
    Ok(sh.create_dir(target(sh)?.join("bench"))?)
}

/// Builds programs of the package of the peers, and returns their folder.
fn build_peers(sh: &Shell, selection: &str) -> Result<PathBuf> {
    let target = target(sh)?.join("peers");
    let build = "build --release --manifest-path sse-conformance/peers/rust/Cargo.toml";
    cargo(sh, &format!("{build} {selection} --target-dir"))
        .arg(&target)
        .run()?;
    Ok(target.join("release"))
}
