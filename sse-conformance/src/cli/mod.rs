//! The command line.
//!
//! To add a suite, add a variant of [`Command`] with its arguments, and a line each in `main` and
//! [`catalogue::rules`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::child::Testee;
use crate::cli::run::Run;

mod catalogue;
mod child;
mod outcome;
mod run;
mod server;
mod text;

/// Conformance suite for Server-Sent Events (text/event-stream)
///
/// Exit status: 0 everything passed, 1 something failed, 2 wrong usage or no case was selected, 3
/// the testee cannot be reached.
#[derive(Debug, Parser)]
#[command(version, term_width = 80)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a decoder: a program that speaks the adapter protocol
    #[command(alias = "parser")]
    Decoder(Run<Testee<child::Decoder>>),
    /// Judge an encoder: a program that speaks the adapter protocol
    Encoder(Run<Testee<child::Encoder>>),
    /// Judge a server of event streams
    Server(Box<Run<server::Testee>>),
    /// List the cases: ID, level and rule
    List(catalogue::List),
    /// Explain one case
    Explain(catalogue::Explain),
}

/// Runs the command that was given.
pub(crate) fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Decoder(run) => run.run(),
        Command::Encoder(run) => run.run(),
        Command::Server(run) => run.run(),
        Command::List(list) => list.run(),
        Command::Explain(explain) => explain.run(),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(stop) => {
            let line = format!("\x1b[31merror:\x1b[0m {stop}");
            anstream::eprintln!("{}", text::for_stderr(&line));
            ExitCode::from(stop.status())
        }
    }
}
