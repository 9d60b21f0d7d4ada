//! The proof that sse-proto needs neither std nor, without `alloc`, an allocator: `sse-proto/no_std`
//! is built into a static library, linked into a C program and run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo, command, read, root};
use crate::setup;
use crate::test::Counts;

/// Builds, links and runs the proof without and with an allocator.
pub(crate) fn prove() -> Result<Counts> {
    setup::c_compiler()?;
    let mut sum = Counts::default();
    for alloc in [false, true] {
        let counts = prove_with(alloc)?;
        sum.passed += counts.passed;
        sum.failed += counts.failed;
    }
    Ok(sum)
}

fn prove_with(alloc: bool) -> Result<Counts> {
    let source = root().join("sse-proto/no_std");
    let target = process::metadata()?
        .target_directory
        .join("no_std")
        .into_std_path_buf();
    let mut build = cargo("build --release --locked");
    if alloc {
        build.args(["--features", "alloc"]);
    }
    process::run(build.arg("--target-dir").arg(&target).current_dir(&source))?;

    let library = target.join("release/libsse_proto_no_std.a");
    let program = target.join(if alloc { "proof-with-alloc" } else { "proof" });
    let mut link = command("cc");
    link.args([
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-O2",
        "-Wl,--gc-sections",
    ]);
    process::run(
        link.arg(source.join("main.c"))
            .arg(&library)
            .arg("-o")
            .arg(&program),
    )?;

    let mut counts = crate::test::counted(&mut Command::new(&program), proof_counts)?;
    match foreign_symbols(&program, alloc)? {
        symbols if symbols.is_empty() => counts.passed += 1,
        symbols => {
            println!(
                "error: the program holds what it must do without:\n  {}",
                symbols.join("\n  ")
            );
            counts.failed += 1;
        }
    }
    println!(
        "{}: {} bytes of code and constants",
        program.display(),
        code_size(&program)?
    );
    Ok(counts)
}

/// The size of the program's text section, the first number of the second line that `size` prints.
fn code_size(program: &Path) -> Result<u64> {
    let sizes = read(command("size").arg(program))?;
    let text = sizes
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().next());
    let text = text.and_then(|text| text.parse().ok());
    text.context("cannot read what size printed")
}

/// Reads the program's closing line, `proof: 3 passed, 0 failed`.
fn proof_counts(lines: &[String]) -> Option<Counts> {
    let counts = lines
        .iter()
        .rev()
        .find_map(|line| line.strip_prefix("proof: "))?;
    let (passed, failed) = counts.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some(Counts {
        passed: passed.parse().ok()?,
        failed: failed.parse().ok()?,
    })
}

/// Symbols of std, and without `alloc` those of an allocator, among what `program` defines or asks
/// of others.
fn foreign_symbols(program: &Path, alloc: bool) -> Result<Vec<String>> {
    let symbols = read(command("nm").arg("--demangle").arg(program))?;
    if !symbols.contains("sse_proof") {
        bail!(
            "{} holds no symbol of the proof: was it stripped?",
            program.display()
        );
    }
    let is_foreign = |symbol: &str| {
        let allocates = || begins_a_path(symbol, "alloc::") || symbol.contains("__rust_alloc");
        begins_a_path(symbol, "std::") || (!alloc && allocates())
    };
    let name = |line: &str| line.get(19..).map(str::to_owned);
    let names: Option<Vec<_>> = symbols
        .lines()
        .filter(|line| !line.is_empty())
        .map(name)
        .collect();
    let names = names.context("cannot read what nm printed")?;
    Ok(names.into_iter().filter(|name| is_foreign(name)).collect())
}

/// Whether `root` stands in a symbol as the first part of a path: `<std::io::Error as …>` names
/// std, `core::alloc::Layout` does not name alloc.
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
        assert!(begins_a_path("std::rt::lang_start", "std::"));
        assert!(begins_a_path(
            "<alloc::string::String as core::fmt::Write>::write_str",
            "alloc::"
        ));
        assert!(!begins_a_path(
            "core::alloc::layout::Layout::new",
            "alloc::"
        ));
        assert!(!begins_a_path("nostd::f", "std::"));
    }

    #[test]
    fn the_closing_line_is_read() {
        let lines = ["ok: lines", "proof: 12 passed, 3 failed"].map(str::to_owned);
        assert_eq!(
            proof_counts(&lines),
            Some(Counts {
                passed: 12,
                failed: 3
            })
        );
        assert_eq!(proof_counts(&lines[..1]), None);
    }
}
