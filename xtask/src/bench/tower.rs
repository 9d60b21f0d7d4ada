//! The cost of a delivery through `axum::serve`, with every setting on: user instructions under callgrind.

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;
use xshell::{Shell, cmd};

use crate::process::{is_installed, target};

/// Each way to serve a stream, and the most that a delivery may take: a little more than it has taken.
const WAYS: [(&str, &str, Option<f64>); 3] = [
    ("sse", "Sse, everything on", Some(3600.0)),
    (
        "relay",
        "axum's Sse under RelayLayer, everything on",
        Some(5850.0),
    ),
    ("axum", "axum's Sse with KeepAlive", None),
];
const READERS: u64 = 50;
const EVENTS: [u64; 2] = [50, 250];

/// Prints the figures. It fails if one is larger than it may be.
pub(super) fn run(sh: &Shell) -> Result<()> {
    ensure!(is_installed("valgrind"), "valgrind is not installed");
    let program = build(sh)?;
    println!("| user instructions for each delivery to one of {READERS} readers | |\n|---|---|");
    let mut worse = Vec::new();
    for (way, name, at_most) in WAYS {
        // The difference between many events and few: the start drops out.
        let [few, many] = EVENTS.map(|events| instructions(sh, &program, way, events));
        let difference = many?.saturating_sub(few?);
        let is = difference as f64 / ((EVENTS[1] - EVENTS[0]) * READERS) as f64;
        println!("| {name} | {is:.0} |");
        if let Some(most) = at_most.filter(|most| is > *most) {
            worse.push(format!("{name}: {is:.0} is more than {most:.0}"));
        }
    }
    if !worse.is_empty() {
        bail!("{}", worse.join("\n"));
    }
    Ok(())
}

fn instructions(sh: &Shell, program: &str, way: &str, events: u64) -> Result<u64> {
    let file = target(sh)?.join("callgrind-tower.out");
    let (readers, events) = (READERS.to_string(), events.to_string());
    let callgrind = cmd!(
        sh,
        "valgrind --tool=callgrind --quiet --callgrind-out-file={file}"
    );
    let callgrind = callgrind.args([program, way, &readers, &events]);
    callgrind.quiet().ignore_stdout().run()?;
    let out = sh.read_file(file)?;
    let total = out.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.context("callgrind wrote no total")
}

fn build(sh: &Shell) -> Result<String> {
    let options = [
        "-p",
        "sse-tower",
        "--features",
        "axum",
        "--bench",
        "deliveries",
    ];
    let build = cmd!(
        sh,
        "cargo build --release {options...} --message-format json"
    )
    .read()?;
    Message::parse_stream(build.as_bytes())
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
            _ => None,
        })
        .last()
        .map(Into::into)
        .context("cargo built no program")
}
