//! What a delivery costs through `axum::serve` with everything on: user instructions under callgrind.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::Message;

use super::counts;
use crate::process::{self, cargo, is_installed, read};

/// Each way to serve a stream, and what a delivery has taken and a little more. The aim for `sse` was
/// 3900.
const WAYS: [(&str, &str, Option<f64>); 3] = [
    ("sse", "Sse, everything on", Some(3750.0)),
    (
        "relay",
        "axum's Sse under RelayLayer, everything on",
        Some(5950.0),
    ),
    ("axum", "axum's Sse with KeepAlive", None),
];
const READERS: u64 = 50;
const EVENTS: [u64; 2] = [50, 250];

/// Returns whether the figures hold.
pub(super) fn run() -> Result<bool> {
    if !is_installed("valgrind") {
        println!("left out: valgrind is not installed");
        return Ok(true);
    }
    let folder = process::metadata()?.target_directory.join("bench");
    std::fs::create_dir_all(&folder)?;
    let out = folder.join("callgrind-tower.out").into_std_path_buf();
    let program = build()?;
    println!("| user instructions for each delivery, one of {READERS} readers | |\n|---|---|");
    let mut holds = true;
    for (way, name, at_most) in WAYS {
        let is = delivery(&program, &out, way)?;
        println!("| {name} | {is:.0} |");
        if let Some(most) = at_most.filter(|most| is > *most) {
            println!("{name}: {is:.0} is more than {most:.0}");
            holds = false;
        }
    }
    Ok(holds)
}

/// The difference between many events and few: the start drops out.
fn delivery(program: &Path, out: &Path, way: &str) -> Result<f64> {
    let [few, many] = EVENTS.map(|events| {
        let arguments = [way, &READERS.to_string(), &events.to_string()].map(str::to_owned);
        counts::instructions(program, &arguments, out)
    });
    let more = many?.0.saturating_sub(few?.0);
    Ok(more as f64 / ((EVENTS[1] - EVENTS[0]) * READERS) as f64)
}

fn build() -> Result<PathBuf> {
    let build = "build --release -p sse-tower --features axum --bench deliveries";
    println!("building it …");
    let said = read(&mut cargo(&format!("{build} --message-format json")))?;
    Message::parse_stream(said.as_bytes())
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
            _ => None,
        })
        .last()
        .map(Into::into)
        .context("cargo built no program")
}
