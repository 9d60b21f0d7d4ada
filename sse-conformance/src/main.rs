//! The program. See `sse-conformance --help` and the crate's README.

#![forbid(unsafe_code)]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
