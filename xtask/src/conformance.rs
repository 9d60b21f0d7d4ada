//! `cargo xtask conformance`: runs the tests that run the suites of sse-conformance, with options.

use anyhow::{Context, Result};
use clap::Args;
use xshell::Shell;

use crate::process::cargo;
use crate::setup;

/// Options of the suites.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seed of the random cuts and the generated streams: the same seed repeats a run
    #[arg(long)]
    seed: Option<u64>,
    /// Number of streams or values that each generated case tries
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    cases: Option<u32>,
    /// Run only the cases of this ID, section (`parse/line`) or pattern (`*cr*`)
    #[arg(long)]
    filter: Option<String>,
    /// Judge adapters and servers in Rust, Node.js and Python instead, most of other projects
    #[arg(long, conflicts_with_all = ["seed", "cases", "filter"])]
    adapters: bool,
    /// Judge an example behind nginx instead (Debian's, or the one that NGINX names)
    #[arg(long, conflicts_with = "adapters")]
    nginx: bool,
}

/// Runs the suites and prints their reports.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    if let Some(filter) = &options.filter {
        let list = cargo(sh, "run --quiet -p sse-conformance -- list --filter").arg(filter);
        let list = list.ignore_stdout().run();
        list.with_context(|| format!("no case matches {filter}"))?;
        sh.set_var("SSE_CONFORMANCE_FILTER", filter);
    }
    if let Some(seed) = options.seed {
        sh.set_var("SSE_CONFORMANCE_SEED", seed.to_string());
    }
    if let Some(cases) = options.cases {
        sh.set_var("SSE_CONFORMANCE_CASES", cases.to_string());
    }
    let tests: &[&str] = if options.adapters {
        setup::peers(sh)?;
        &[
            "examples --test conformance adapter",
            "sse-conformance --test peers",
        ]
    } else if options.nginx {
        sh.set_var("NGINX", setup::nginx(sh)?);
        &["examples --test conformance nginx"]
    } else {
        &[
            "sse-proto --test it suites",
            "sse-tower --features hub --test hub log_suite",
            "examples --test conformance every_server",
        ]
    };
    // `cargo run --release -p xtask -- conformance` runs the suites in release mode as well.
    let release = if cfg!(debug_assertions) {
        ""
    } else {
        "--release"
    };
    for test in tests {
        cargo(sh, &format!("test {release} -p {test} -- --nocapture")).run()?;
    }
    Ok(())
}
