//! `cargo xtask conformance`: the suites of sse-conformance against sse-proto, and against the
//! servers of `examples`.

use anyhow::{Result, bail};
use clap::Args;
use sse_conformance::rule::Rule;
use sse_conformance::suite::{self, Report, decoder, encoder, server};

use crate::test::Counts;
use crate::{adapters, peer_servers, servers};
use testee::{DecoderUnderTest, EncoderUnderTest};

/// The adapters that sse-proto's own tests use.
#[path = "../../sse-proto/tests/it/testee.rs"]
mod testee;

/// How the suites are run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seed of the random cuts and of the generated streams: the same seed, the same run
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many streams or values each generated case tries
    #[arg(long, default_value_t = suite::Options::default().cases, value_parser = clap::value_parser!(u32).range(1..))]
    cases: u32,
    /// Run only the cases of this id, section (`parse/line`) or pattern (`*cr*`)
    #[arg(long)]
    filter: Option<String>,
    /// Run the program against the adapters and other people's servers, in Rust, Node.js and
    /// Python, instead
    #[arg(long, conflicts_with_all = ["seed", "cases", "filter"])]
    adapters: bool,
    /// Run the server suite against an example behind nginx instead (Debian's, or the one NGINX names)
    #[arg(long, conflicts_with = "adapters")]
    nginx: bool,
}

/// Runs the suites; returns whether all passed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let Options {
        seed,
        cases,
        filter,
        adapters,
        nginx,
    } = options;
    if *adapters {
        let (parsers, servers) = (adapters::test()?, peer_servers::test()?);
        let passed = parsers.passed + servers.passed;
        let failed = parsers.failed + servers.failed;
        println!("conformance: {passed} passed, {failed} failed");
        return Ok(failed == 0 && passed > 0);
    }
    println!("seed {seed}, {cases} streams or values for each generated case\n");
    let options = suite::Options {
        seed: *seed,
        cases: *cases,
        filters: filter.iter().cloned().collect(),
        ..suite::Options::default()
    };
    let reports = match nginx {
        true => servers::reports_behind_nginx(&options)?,
        false => reports(&options)?,
    };
    let cases: usize = reports.iter().map(|report| report.cases().len()).sum();
    let failures: usize = reports.iter().map(|report| report.failures().count()).sum();
    println!("conformance: {cases} cases, {failures} failures, seed {seed}");
    // A filter may select cases of one suite only, but not none at all.
    let nothing_missing = match filter {
        Some(_) => cases > 0,
        None => reports.iter().all(|report| !report.cases().is_empty()),
    };
    Ok(failures == 0 && nothing_missing)
}

/// Prints each report once it is there.
fn reports(options: &suite::Options) -> Result<Vec<Report>> {
    let mut reports = vec![decoder_report(options), encoder_report(options)];
    for report in &reports {
        println!("{report}\n");
    }
    let asked = |rule: &Rule| options.selects(rule);
    if server::rules().iter().any(asked) {
        reports.extend(servers::reports(options)?);
    }
    Ok(reports)
}

/// The decoder suite as a part of `cargo xtask test`.
pub(crate) fn test_decoder() -> Result<Counts> {
    counts(&decoder_report(&suite::Options::default()))
}

/// The encoder suite as a part of `cargo xtask test`.
pub(crate) fn test_encoder() -> Result<Counts> {
    counts(&encoder_report(&suite::Options::default()))
}

fn decoder_report(options: &suite::Options) -> Report {
    decoder::run(options, DecoderUnderTest::default)
}

fn encoder_report(options: &suite::Options) -> Report {
    encoder::run(options, || EncoderUnderTest)
}

/// Cases, not streams: one case is one rule. A warning is shown, but neither passed nor failed;
/// our own crate has no excuse for something that it does not offer.
fn counts(report: &Report) -> Result<Counts> {
    println!("{report}");
    if report.cases().is_empty() {
        bail!("the suite has no case");
    }
    let counts = report.counts();
    Ok(Counts {
        passed: counts.pass as u64,
        failed: (counts.fail + counts.unsupported) as u64,
    })
}
