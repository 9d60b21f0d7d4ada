//! `cargo xtask bench`: sse-proto beside its peers, which live in `sse-conformance/peers`, and a
//! delivery of sse-tower's (`tower.rs`).
//!
//! ```text
//! peers' programs -> measured (times, allocations) ┐
//! callgrind       -> counts (instructions)         ┴-> Report -> tables, chart, JSON
//! ```

mod chart;
mod counts;
mod report;
mod tables;
mod tower;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use clap::{Args, Subcommand};

use crate::process::{self, cargo, command, is_installed, read, root};
use crate::setup;
use report::{Report, Times};

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Decoding and encoding: writes target/bench/proto.{md,json,svg}
    Proto(Options),
    /// A delivery through axum::serve, in user instructions (needs valgrind)
    Tower,
}

/// How it is measured.
#[derive(Debug, Default, Args)]
pub(crate) struct Options {
    /// How often everyone's turn comes
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Short turns, few rounds, and small streams under callgrind: to see that all works
    #[arg(long)]
    quick: bool,
    /// Only the workloads whose name contains this text
    #[arg(long, default_value = "")]
    filter: String,
    /// Put the tables into README.md, too
    #[arg(long, conflicts_with_all = ["quick", "filter"])]
    readme: bool,
}

/// Runs a benchmark; returns whether the figures that do not depend on the machine hold.
pub(crate) fn run(what: &What) -> Result<bool> {
    match what {
        What::Proto(options) => proto(options),
        What::Tower => tower::run(),
    }
}

/// That the command works, in a minute or two: for `ci --full`.
pub(crate) fn quick() -> Result<()> {
    let options = Options {
        quick: true,
        ..Options::default()
    };
    if !proto(&options)? || !tower::run()? {
        bail!("a figure that does not depend on the machine is worse than it was");
    }
    Ok(())
}

fn proto(options: &Options) -> Result<bool> {
    let target = process::metadata()?.target_directory.into_std_path_buf();
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let mut left_out = Vec::new();
    let mut others = vec![built_with_simdutf8(&target.join("peers"), &folder)?];
    let programs = build(&target.join("peers"), "")?;
    others.extend(other_languages(
        &target.join("tools/httpx-sse"),
        &mut left_out,
    ));

    let mut time = command(&programs.join("bench").to_string_lossy());
    let (rounds, turn) = match options.quick {
        true => (3, "2"),
        false => (options.rounds, "20"),
    };
    time.args(["time", "--turn", turn, "--rounds", &rounds.to_string()])
        .args(["--filter", &options.filter, "--scratch"])
        .arg(&folder);
    for peer in &others {
        time.arg("--program").arg(&peer.name).arg(&peer.program);
        time.arg(&peer.script);
    }
    println!("timing {rounds} rounds …");
    let times: Times = serde_json::from_str(&read(&mut time)?)?;
    let allocations = read(&mut command(
        &programs.join("allocations").to_string_lossy(),
    ))?;

    let (instructions, linear) = if is_installed("valgrind") {
        println!("counting instructions under callgrind …");
        let counter = counts::Counter::new(&programs.join("bench"), &folder, options.quick);
        (counter.instructions(&times)?, counter.linear()?)
    } else {
        left_out.push("instructions: valgrind is not installed".into());
        Default::default()
    };

    let report = Report {
        date: one_line(command("date").args(["-u", "+%Y-%m-%d"]))?,
        machine: machine(),
        rustc: one_line(command("rustc").arg("--version"))?,
        versions: versions(&others)?,
        left_out,
        times,
        allocations: serde_json::from_str(&allocations)?,
        instructions,
        linear,
    };
    write(&folder.join("proto.json"), &report.json()?)?;
    write(&folder.join("proto.md"), &tables::whole(&report))?;
    write(&folder.join("proto.svg"), &chart::decode(&report))?;
    if options.readme {
        put_into_readme(&tables::summary(&report))?;
    }
    println!("\n{}", tables::whole(&report));
    println!("written to {}/proto.{{md,json,svg}}", folder.display());
    Ok(report.gates().iter().all(report::Gate::holds))
}

/// Builds the Rust peers' programs and returns where they are.
fn build(target: &Path, features: &str) -> Result<PathBuf> {
    process::run(
        cargo(&format!(
            "build --release --bins {features} --manifest-path"
        ))
        .arg(rust_peers())
        .arg("--target-dir")
        .arg(target),
    )?;
    Ok(target.join("release"))
}

/// This project's decoder with the feature, which one program cannot have beside the one without.
fn built_with_simdutf8(target: &Path, folder: &Path) -> Result<Other> {
    let built = build(target, "--features simdutf8")?.join("bench");
    let program = folder.join("bench-simdutf8");
    fs::copy(&built, &program).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(Other {
        name: report::OURS_SIMDUTF8.into(),
        version: None,
        program,
        script: "serve".into(),
    })
}

fn rust_peers() -> PathBuf {
    root().join("sse-conformance/peers/rust/Cargo.toml")
}

/// A decoder in another language, or built in another way.
struct Other {
    name: String,
    /// None if it is that of a crate in the list.
    version: Option<String>,
    program: PathBuf,
    script: PathBuf,
}

/// Those that this machine can run; why not, for the rest.
fn other_languages(environment: &Path, left_out: &mut Vec<String>) -> Vec<Other> {
    let peers = root().join("sse-conformance/peers");
    let mut others = Vec::new();
    let tried = [
        ("eventsource-parser", node(&peers.join("node"))),
        ("httpx-sse", python(&peers.join("python"), environment)),
    ];
    for (name, other) in tried {
        match other {
            Ok(other) => others.push(other),
            Err(error) => left_out.push(format!("{name}: {error:#}")),
        }
    }
    others
}

fn node(folder: &Path) -> Result<Other> {
    if !is_installed("node") || !is_installed("npm") {
        bail!("Node.js or npm is not installed");
    }
    setup::npm_packages(folder)?;
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    let lock: serde_json::Value = serde_json::from_str(&lock)?;
    let version = &lock["packages"]["node_modules/eventsource-parser"]["version"];
    let node = one_line(command("node").arg("--version"))?;
    Ok(Other {
        name: "eventsource-parser".into(),
        version: Some(format!(
            "{} (Node.js {node})",
            version.as_str().unwrap_or("?")
        )),
        program: "node".into(),
        script: folder.join("peer.js"),
    })
}

fn python(folder: &Path, environment: &Path) -> Result<Other> {
    let requirements = folder.join("requirements.txt");
    let wanted = fs::read_to_string(&requirements)?;
    let program = setup::python_packages(&requirements, environment)?;
    let version = wanted
        .lines()
        .find_map(|line| line.strip_prefix("httpx-sse=="));
    let python = one_line(command(&program.to_string_lossy()).arg("--version"))?;
    Ok(Other {
        name: "httpx-sse".into(),
        version: Some(format!("{} ({python})", version.unwrap_or("?"))),
        program,
        script: folder.join("peer.py"),
    })
}

/// The peers with their versions, as they were built.
fn versions(others: &[Other]) -> Result<Vec<(String, String)>> {
    let metadata = MetadataCommand::new()
        .manifest_path(rust_peers())
        .exec()
        .context("cargo metadata failed for the Rust peers")?;
    let direct = metadata.root_package().context("there is a package")?;
    let names = [
        "sse-proto",
        "sse-core",
        "sse-stream",
        "eventsource-stream",
        "russe",
        "axum",
        "warp",
        "memchr",
    ];
    let mut versions = Vec::new();
    for name in names {
        let wanted = direct
            .dependencies
            .iter()
            .find(|dependency| dependency.name == name);
        let found = metadata.packages.iter().find(|package| {
            package.name == name
                && wanted.is_some_and(|wanted| wanted.req.matches(&package.version))
        });
        let found = found.with_context(|| format!("{name} is no dependency of the peers"))?;
        versions.push((name.to_owned(), found.version.to_string()));
    }
    let others = others.iter();
    versions.extend(others.filter_map(|other| Some((other.name.clone(), other.version.clone()?))));
    Ok(versions)
}

fn machine() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown CPU", |(_, model)| model);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}

fn one_line(command: &mut std::process::Command) -> Result<String> {
    Ok(read(command)?.trim().to_owned())
}

/// Replaces what stands between the marks.
fn put_into_readme(text: &str) -> Result<()> {
    const MARKS: [&str; 2] = ["<!-- bench -->\n", "<!-- end of bench -->"];
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (before, rest) = readme
        .split_once(MARKS[0])
        .context("README.md has no mark where the tables begin")?;
    let (_, after) = rest
        .split_once(MARKS[1])
        .context("README.md has no mark where the tables end")?;
    write(
        &path,
        &[
            before,
            MARKS[0],
            "\n",
            text.trim_end(),
            "\n\n",
            MARKS[1],
            after,
        ]
        .concat(),
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
