//! Development tasks of this workspace: `cargo xtask --help` lists them.
//!
//! Each command has a file of its own, and `process` runs programs. Exit status: 0 if everything passed, 1
//! if something failed, 2 if the command line is wrong.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod conformance;
mod floors;
mod full;
mod fuzz;
mod licenses;
mod mutants;
mod no_std;
mod process;
mod rust_version;
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
    /// Install the missing tools of the tests and `ci` (Debian; root or sudo)
    Setup,
    /// Run the tests that need only cargo, or all of them
    Test {
        /// Install what is missing first, then run everything, browser tests included
        #[arg(long)]
        all: bool,
    },
    /// Run the conformance suites against sse-proto and the servers of the examples
    Conformance(conformance::Options),
    /// Run every check that a change must pass, then all tests
    Ci(ci::Options),
    /// Compare this project's crates with other implementations
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
    /// Run the fuzz targets of sse-proto (needs cargo-fuzz and a nightly toolchain)
    Fuzz(fuzz::Options),
    /// Check that the tests of the hub and of runs find the faults of their tables of mutants
    Mutants {
        /// Only those whose name contains this text, or all of the module with this name
        #[arg(default_value = "")]
        only: String,
    },
    /// Check the repository's own rules
    Tidy,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = process::shell().and_then(|sh| match arguments.command {
        Command::Setup => setup::everything(&sh),
        Command::Test { all } => test::run(&sh, all),
        Command::Conformance(options) => conformance::run(&sh, &options),
        Command::Ci(options) => ci::run(&sh, options),
        Command::Bench { what } => bench::run(&sh, &what),
        Command::Fuzz(options) => fuzz::run(&sh, &options),
        Command::Mutants { only } => mutants::run(&sh, &only),
        Command::Tidy => tidy::run(&sh),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
