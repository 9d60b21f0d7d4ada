//! Development tasks of this workspace: `cargo xtask --help` lists them.
//!
//! One file a command, and `process` for running programs. Exit status: 0 when all is well, 1 when
//! something failed, 2 when the command line was not understood.
#![forbid(unsafe_code)]

mod adapters;
mod bench;
mod ci;
mod combinations;
mod conformance;
mod full;
mod fuzz;
mod licenses;
mod nginx;
mod no_std;
mod peer_servers;
mod process;
mod readme;
mod servers;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of this workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the tests and ci need and this machine lacks (Debian; root or sudo)
    Setup,
    /// Run the tests that need only cargo, or all of them
    Test {
        /// Install what is missing first, then run everything, browser tests included
        #[arg(long)]
        all: bool,
    },
    /// Run the conformance suites against sse-proto and the servers of the examples
    Conformance(conformance::Options),
    /// Run every check that a change has to pass, then all tests
    Ci(ci::Options),
    /// Measure this project's crates beside their peers
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
    /// Run the fuzz targets of sse-proto (needs cargo-fuzz and a nightly toolchain)
    Fuzz(fuzz::Options),
    /// Check the rules of this repository that no other tool knows
    Tidy,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup => setup::everything().map(|()| true),
        Command::Test { all } => test::run(all),
        Command::Conformance(options) => conformance::run(&options),
        Command::Ci(options) => ci::run(options),
        Command::Bench { what } => bench::run(&what),
        Command::Fuzz(options) => fuzz::run(&options).map(|()| true),
        Command::Tidy => tidy::run().map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
