//! `cargo xtask fuzz`: runs each fuzz target of sse-proto for some seconds.

use anyhow::{Result, bail};
use clap::Args;
use xshell::Shell;

use crate::process::{cargo_of, is_installed};

/// Which targets run, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Run only this target
    #[arg(long)]
    target: Option<String>,
}

/// Twenty seconds for each target, as a part of `ci`.
const SMOKE: Options = Options {
    seconds: 20,
    target: None,
};

/// Runs the targets.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    if !can_run(sh) {
        bail!("cargo-fuzz and a nightly toolchain are needed: `cargo install cargo-fuzz`");
    }
    let _folder = sh.push_dir("sse-proto/fuzz");
    let fuzz = || cargo_of(sh, "nightly").arg("fuzz");
    let targets = match &options.target {
        Some(target) => target.clone(),
        None => fuzz().arg("list").read()?,
    };
    for target in targets.lines() {
        // libFuzzer writes to the first folder and only reads the second.
        let (corpus, seeds) = (format!("corpus/{target}"), format!("seeds/{target}"));
        sh.create_dir(&corpus)?;
        let time = format!("-max_total_time={}", options.seconds);
        let run = fuzz().args(["run", target, &corpus, &seeds]);
        run.args(["--", &time, "-max_len=4096"]).run()?;
    }
    Ok(())
}

/// The check of `ci`: runs where the tools are installed.
pub(crate) fn smoke(sh: &Shell) -> Result<()> {
    if !can_run(sh) {
        println!("left out: cargo-fuzz or a nightly toolchain is not installed");
        return Ok(());
    }
    run(sh, &SMOKE)
}

fn can_run(sh: &Shell) -> bool {
    is_installed("cargo-fuzz") && cargo_of(sh, "nightly").arg("--version").read().is_ok()
}
