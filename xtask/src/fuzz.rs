//! `cargo xtask fuzz`: runs each fuzz target of sse-proto for some seconds.

use anyhow::{Result, ensure};
use clap::Args;
use xshell::Shell;

use crate::process::{has_nightly, is_installed, nightly};

/// Selects the targets and their time.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Run only this target
    #[arg(long)]
    target: Option<String>,
}

/// Runs the targets.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    ensure!(
        can_run(sh),
        "cargo-fuzz and a nightly toolchain are needed: `cargo install cargo-fuzz`"
    );
    let _folder = sh.push_dir("sse-proto/fuzz");
    let targets = match &options.target {
        Some(target) => target.clone(),
        None => nightly(sh, "fuzz list").read()?,
    };
    for target in targets.lines() {
        let corpus = format!("corpus/{target}");
        sh.create_dir(&corpus)?;
        // libFuzzer writes to the first folder and only reads the second.
        let folders = format!("fuzz run {target} {corpus} seeds/{target}");
        let limits = format!("-- -max_total_time={} -max_len=4096", options.seconds);
        nightly(sh, &format!("{folders} {limits}")).run()?;
    }
    Ok(())
}

/// Runs each target for twenty seconds if the tools are installed: the check of `ci`.
pub(crate) fn smoke(sh: &Shell) -> Result<()> {
    if !can_run(sh) {
        println!("left out: cargo-fuzz or a nightly toolchain is not installed");
        return Ok(());
    }
    let (seconds, target) = (20, None);
    run(sh, &Options { seconds, target })
}

fn can_run(sh: &Shell) -> bool {
    is_installed("cargo-fuzz") && has_nightly(sh)
}
