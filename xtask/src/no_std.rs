//! The proof that sse-proto needs neither std nor, without `alloc`, an allocator: `sse-proto/no_std`
//! is built into a static library, linked into a C program and run.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::process::target;
use crate::setup;

/// Builds, links and runs the proof without and with an allocator.
pub(crate) fn prove(sh: &Shell) -> Result<()> {
    setup::c_compiler(sh)?;
    prove_with(sh, None)?;
    prove_with(sh, Some("alloc"))
}

fn prove_with(sh: &Shell, feature: Option<&str>) -> Result<()> {
    let target = target(sh)?.join("no_std");
    let _folder = sh.push_dir("sse-proto/no_std");
    let features = feature.map(|feature| format!("--features={feature}"));
    cmd!(
        sh,
        "cargo build --release --locked {features...} --target-dir {target}"
    )
    .run()?;

    let library = target.join("release/libsse_proto_no_std.a");
    let program = target.join(feature.unwrap_or("without-alloc"));
    let warnings = ["-Wall", "-Wextra", "-Werror"];
    cmd!(
        sh,
        "cc -std=c11 {warnings...} -O2 -Wl,--gc-sections main.c {library} -o {program}"
    )
    .run()?;
    cmd!(sh, "{program}").run()?;

    let symbols = foreign_symbols(sh, &program, feature.is_some())?;
    ensure!(
        symbols.is_empty(),
        "the program must not contain\n  {}",
        symbols.join("\n  ")
    );
    Ok(cmd!(sh, "size {program}").run()?)
}

/// Returns the symbols of std, and without an allocator those of alloc, which `program` defines or
/// imports.
fn foreign_symbols(sh: &Shell, program: &Path, has_alloc: bool) -> Result<Vec<String>> {
    let symbols = cmd!(sh, "nm --demangle {program}").quiet().read()?;
    ensure!(
        symbols.contains("sse_proof"),
        "no symbol of the proof is left: was it stripped?"
    );
    let is_foreign = |symbol: &str| {
        let allocates = || begins_a_path(symbol, "alloc::") || symbol.contains("__rust_alloc");
        begins_a_path(symbol, "std::") || (!has_alloc && allocates())
    };
    // Each line has an address of 16 digits, a letter, and the name.
    let lines = symbols.lines().filter(|line| !line.is_empty());
    let names: Option<Vec<_>> = lines
        .map(|line| line.get(19..).map(str::to_owned))
        .collect();
    let mut names = names.context("cannot read the output of nm")?;
    names.retain(|name| is_foreign(name));
    Ok(names)
}

/// Whether `root` begins a path in a symbol: `<std::io::Error as …>` names std, but
/// `core::alloc::Layout` does not name alloc.
fn begins_a_path(symbol: &str, root: &str) -> bool {
    let inside = |before: char| before.is_alphanumeric() || before == '_' || before == ':';
    symbol
        .match_indices(root)
        .any(|(at, _)| !symbol[..at].ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        let allocates = "<alloc::string::String as core::fmt::Write>::write_str";
        assert!(begins_a_path("std::rt::lang_start", "std::"));
        assert!(begins_a_path(allocates, "alloc::"));
        assert!(!begins_a_path(
            "core::alloc::layout::Layout::new",
            "alloc::"
        ));
        assert!(!begins_a_path("nostd::f", "std::"));
    }
}
