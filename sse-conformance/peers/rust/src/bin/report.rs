//! Runs the other programs of this package and makes a report of their measurements.
//!
//! ```text
//! bench time              -> times         ┐
//! allocations             -> allocations   ├-> Report -> tables, chart, JSON
//! bench under callgrind   -> instructions  ┘
//! ```
//!
//! Fails if a figure that does not depend on the machine is worse than before. `cargo xtask bench
//! proto` builds everything and runs this.
#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use sse_peers::report::{
    Gate, Report, Times, chart, counts::Counter, line, machine, read, replace_tables, tables,
};

/// Measures all decoders and encoders and writes proto.{md,json,svg}.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the report
    #[arg(long)]
    folder: PathBuf,
    /// A decoder in another language, or with another build
    #[arg(long, num_args = 3, value_names = ["NAME", "PROGRAM", "SCRIPT"])]
    program: Vec<String>,
    /// Number of turns of each peer
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Short turns, few rounds, and small streams under callgrind
    #[arg(long)]
    quick: bool,
    /// Only the workloads whose name contains this text
    #[arg(long, default_value = "")]
    filter: String,
    /// Replace the tables in this file, between the marks
    #[arg(long)]
    tables: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let report = measure(&arguments)?;
    let write = |extension: &str, text: String| {
        let path = arguments.folder.join("proto").with_extension(extension);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    write("json", report.json()?)?;
    write("md", tables::whole(&report))?;
    write("svg", chart::decode(&report)?)?;
    if let Some(file) = &arguments.tables {
        replace_tables(file, &tables::summary(&report))?;
    }
    println!("\n{}", tables::whole(&report));
    println!(
        "written to {}/proto.{{md,json,svg}}",
        arguments.folder.display()
    );
    let holds = report.gates().iter().all(Gate::holds);
    ensure!(
        holds,
        "a figure that does not depend on the machine is worse than before"
    );
    Ok(())
}

fn measure(arguments: &Arguments) -> Result<Report> {
    let programs = env::current_exe()?.with_file_name("");
    let bench = programs.join("bench");
    let (rounds, turn) = match arguments.quick {
        true => (3, "2"),
        false => (arguments.rounds, "20"),
    };
    let mut time = Command::new(&bench);
    time.args(["time", "--turn", turn, "--rounds", &rounds.to_string()])
        .args(["--filter", &arguments.filter, "--scratch"])
        .arg(&arguments.folder);
    for peer in arguments.program.chunks_exact(3) {
        time.arg("--program").args(peer);
    }
    println!("timing {rounds} rounds …");
    let times: Times = serde_json::from_str(&read(&mut time)?)?;
    let allocations = read(&mut Command::new(programs.join("allocations")))?;

    let mut left_out = Vec::new();
    let (mut instructions, mut linear, mut invalid) = Default::default();
    if Command::new("valgrind").arg("--version").output().is_ok() {
        println!("counting instructions under callgrind …");
        let counter = Counter::new(&bench, &arguments.folder, arguments.quick);
        (instructions, linear) = (counter.instructions(&times)?, counter.linear()?);
        invalid = counter.invalid()?;
    } else {
        left_out.push("instructions: valgrind is not installed".into());
    }
    Ok(Report {
        date: line(Command::new("date").args(["-u", "+%Y-%m-%d"]))?,
        machine: machine(),
        rustc: line(Command::new("rustc").arg("--version"))?,
        versions: versions(&arguments.program)?,
        left_out,
        times,
        allocations: serde_json::from_str(&allocations)?,
        instructions,
        linear,
        invalid,
    })
}

/// Returns the peers with their versions, as the lock files list them.
fn versions(programs: &[String]) -> Result<Vec<(String, String)>> {
    let lock = include_str!("../../Cargo.lock");
    let mut versions = Vec::new();
    for name in [
        "sse-proto",
        "sse-core",
        "sse-stream",
        "eventsource-stream",
        "russe",
        "axum",
        "warp",
        "memchr",
    ] {
        let package = format!("name = \"{name}\"\nversion = \"");
        let (_, version) = lock
            .split_once(&package)
            .context("a peer is not in the lock file")?;
        let version = version.split('"').next().unwrap_or_default();
        versions.push((name.to_owned(), version.to_owned()));
    }
    for peer in programs.chunks_exact(3) {
        if let Some(version) = foreign_version(&peer[0], &peer[1], Path::new(&peer[2]))? {
            versions.push((peer[0].clone(), version));
        }
    }
    Ok(versions)
}

/// Returns the version of a peer in another language, with that of the language.
fn foreign_version(name: &str, program: &str, script: &Path) -> Result<Option<String>> {
    let (file, before) = match name {
        "eventsource-parser" => (
            "package-lock.json",
            "\"node_modules/eventsource-parser\": {\n      \"version\": \"",
        ),
        "httpx-sse" => ("requirements.txt", "httpx-sse=="),
        _ => return Ok(None),
    };
    let text = fs::read_to_string(script.with_file_name(file))?;
    let version = text.split_once(before).map_or("?", |(_, version)| version);
    let version = version.split(['"', '\n']).next().unwrap_or_default();
    let mut language = line(Command::new(program).arg("--version"))?;
    if !language.starts_with("Python") {
        language.insert_str(0, "Node.js ");
    }
    Ok(Some(format!("{version} ({language})")))
}
