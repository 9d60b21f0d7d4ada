//! `cargo xtask conformance`: the tests that run the suites of sse-conformance, with options.

use anyhow::{Context, Result};
use clap::Args;
use xshell::{Shell, cmd};

use crate::setup;

/// How the suites are run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seed of the random cuts and of the generated streams: the same seed repeats a run
    #[arg(long)]
    seed: Option<u64>,
    /// Number of streams or values that each generated case tries
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    cases: Option<u32>,
    /// Run only the cases of this ID, section (`parse/line`) or pattern (`*cr*`)
    #[arg(long)]
    filter: Option<String>,
    /// Judge adapters and servers in Rust, Node.js and Python instead, most of them other people's
    #[arg(long, conflicts_with_all = ["seed", "cases", "filter"])]
    adapters: bool,
    /// Judge an example behind nginx instead (Debian's, or the one that NGINX names)
    #[arg(long, conflicts_with = "adapters")]
    nginx: bool,
}

/// Runs the suites and prints their reports.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    // `cargo run --release -p xtask -- conformance` runs the suites in release mode as well.
    let release = (!cfg!(debug_assertions)).then_some("--release");
    let test = |selection: &str| {
        let selection = selection.split_whitespace();
        cmd!(sh, "cargo test {release...} {selection...} -- --nocapture").run()
    };
    if options.adapters {
        setup::peers(sh)?;
        test("-p examples --test conformance adapter")?;
        return Ok(test("-p sse-conformance --test peers")?);
    }
    if let Some(filter) = &options.filter {
        cmd!(
            sh,
            "cargo run --quiet -p sse-conformance -- list --filter {filter}"
        )
        .ignore_stdout()
        .run()
        .with_context(|| format!("no case matches {filter}"))?;
        sh.set_var("SSE_CONFORMANCE_FILTER", filter);
    }
    if let Some(seed) = options.seed {
        sh.set_var("SSE_CONFORMANCE_SEED", seed.to_string());
    }
    if let Some(cases) = options.cases {
        sh.set_var("SSE_CONFORMANCE_CASES", cases.to_string());
    }
    if options.nginx {
        sh.set_var("NGINX", setup::nginx(sh)?);
        return Ok(test("-p examples --test conformance nginx")?);
    }
    test("-p sse-proto --test it suites")?;
    Ok(test("-p examples --test conformance every_server")?)
}
