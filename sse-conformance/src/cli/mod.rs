//! The command line.
//!
//! A suite is a variant of [`Command`], its arguments, and a line in each of two tables: [`Command`]'s
//! `run` and [`rules`].

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sse_conformance::rule::Rule;
use sse_conformance::suite;

use crate::cli::child::Testee;
use crate::cli::run::Run;

mod catalogue;
mod child;
mod run;
mod server;
mod text;

/// Conformance suite for Server-Sent Events (text/event-stream)
///
/// Exit status: 0 all passed, 1 something failed, 2 wrong usage or nothing was selected, 3 the
/// testee cannot be reached.
#[derive(Debug, Parser)]
#[command(version, term_width = 80)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a parser: a program that speaks the adapter protocol
    Parser(Run<Testee<child::Parser>>),
    /// Judge an encoder: a program that speaks the adapter protocol
    Encoder(Run<Testee<child::Encoder>>),
    /// Judge a server of event streams
    Server(Box<Run<server::Testee>>),
    /// List the cases: id, level and rule
    List(catalogue::List),
    /// Say all about one case
    Explain(catalogue::Explain),
}

/// Every rule of every suite, in the order of `list`.
fn rules() -> Vec<Rule> {
    [
        suite::decoder::rules(),
        suite::encoder::rules(),
        suite::server::rules(),
    ]
    .concat()
}

/// Runs what the command line asks for.
pub(crate) fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Parser(run) => run.run(),
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

/// Prints a line. Whoever reads them may stop, as `head` does.
fn print(line: impl fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Whether all went well, or why there is nothing to say.
type Outcome = Result<bool, Stop>;

/// Why a command came to nothing.
#[derive(Debug)]
enum Stop {
    /// The command line, or a file that it names, asks for what cannot be.
    Usage(String),
    /// The testee does not start or does not answer.
    Unreachable(String),
}

impl Stop {
    fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => f.write_str(what),
            Self::Unreachable(why) => write!(f, "the testee cannot be reached: {why}"),
        }
    }
}
