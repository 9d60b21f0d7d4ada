//! Runs programs, and finds folders and tools.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use xshell::{Cmd, Shell, cmd};

/// The folders of the workspace's packages.
pub(crate) const MEMBERS: [&str; 5] = [
    "sse-proto",
    "sse-tower",
    "sse-conformance",
    "examples",
    "xtask",
];

/// Selects the packages that are published.
pub(crate) const LIBRARIES: &str = "-p sse-proto -p sse-tower -p sse-conformance";

/// Returns a shell at the root of the workspace.
pub(crate) fn shell() -> Result<Shell> {
    let shell = Shell::new()?;
    // Cargo sets this variable at run time. The value from the build may be wrong: a shared target
    // directory may hold a program that was built in another checkout.
    let package = env::var("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package)
        .parent()
        .context("the package has no parent folder")?;
    shell.change_dir(root);
    Ok(shell)
}

/// Returns the target directory.
pub(crate) fn target(sh: &Shell) -> Result<PathBuf> {
    let mut metadata = cargo_metadata::MetadataCommand::new();
    let metadata = metadata.current_dir(sh.current_dir()).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// Returns a run of cargo with these arguments, which are separated by spaces.
pub(crate) fn cargo<'a>(sh: &'a Shell, arguments: &str) -> Cmd<'a> {
    cmd!(sh, "cargo").args(arguments.split_whitespace())
}

/// Returns a run of the nightly toolchain's cargo.
pub(crate) fn nightly<'a>(sh: &'a Shell, arguments: &str) -> Cmd<'a> {
    // rustup's proxies remember in these variables which toolchain runs this program.
    let cargo = ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"]
        .into_iter()
        .fold(cmd!(sh, "rustup run nightly cargo"), Cmd::env_remove);
    cargo.args(arguments.split_whitespace())
}

/// Returns true if `program` is on the search path.
pub(crate) fn is_installed(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Returns true if rustup has a nightly toolchain.
pub(crate) fn has_nightly(sh: &Shell) -> bool {
    nightly(sh, "--version").quiet().read().is_ok()
}

/// A part of a command, with the name that the report shows.
pub(crate) type Step<T> = (&'static str, fn(&Shell) -> Result<T>);

/// Runs every step, also after one has failed, and prints a table. It fails if a step has failed.
pub(crate) fn run_all<T>(sh: &Shell, steps: &[Step<T>]) -> Result<Vec<T>> {
    let (mut table, mut results, mut failed) = (String::new(), Vec::new(), Vec::new());
    for &(name, step) in steps {
        println!("\n==== {name}");
        let start = Instant::now();
        let verdict = match step(sh) {
            Ok(result) => {
                results.push(result);
                "ok"
            }
            Err(error) => {
                println!("error: {error:#}\nFAILED: {name}");
                failed.push(name);
                "FAILED"
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        table += &format!("{name:<36}{verdict:>8}{seconds:>8.1} s\n");
    }
    println!("\n{table}");
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(results)
}
