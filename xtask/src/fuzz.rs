//! `cargo xtask fuzz`: each fuzz target of sse-proto, for some seconds.

use std::fs;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::{self, cargo_of, is_installed, root};

/// How long, and what.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Run this target alone
    #[arg(long)]
    target: Option<String>,
}

const TARGETS: [&str; 4] = ["decode", "limit", "round_trip", "reconnect"];

pub(crate) fn run(options: &Options) -> Result<()> {
    if !can_run() {
        bail!("cargo-fuzz and a nightly toolchain are needed: `cargo install cargo-fuzz`");
    }
    let wanted = |target: &&str| options.target.as_deref().is_none_or(|one| one == *target);
    let targets: Vec<_> = TARGETS.into_iter().filter(wanted).collect();
    if targets.is_empty() {
        bail!("there is no such target; there are: {}", TARGETS.join(", "));
    }
    let folder = root().join("sse-proto/fuzz");
    for target in targets {
        let seconds = options.seconds;
        // What is found goes to the first folder; what the second holds was found earlier.
        let corpora = [format!("corpus/{target}"), format!("seeds/{target}")];
        fs::create_dir_all(folder.join(&corpora[0]))?;
        let corpora = corpora.join(" ");
        let limits = format!("-max_total_time={seconds} -max_len=4096");
        let arguments = format!("fuzz run {target} {corpora} -- {limits}");
        let Some(mut fuzz) = cargo_of("nightly", &arguments) else {
            bail!("there is no nightly toolchain");
        };
        process::run(fuzz.current_dir(&folder))?;
    }
    Ok(())
}

/// Twenty seconds for each target as a part of ci, where the tools are.
pub(crate) fn smoke() -> Result<()> {
    if !can_run() {
        println!("left out: cargo-fuzz or a nightly toolchain is not installed");
        return Ok(());
    }
    run(&Options {
        seconds: 20,
        target: None,
    })
}

fn can_run() -> bool {
    is_installed("cargo-fuzz") && cargo_of("nightly", "").is_some()
}
