//! `cargo xtask tidy`: rules of this repository that no other tool knows.

mod examples;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use cargo_metadata::{Metadata, Package};

use crate::process::{self, root};

/// Files beyond this many lines of code get a remark, …
const LONG: usize = 400;
/// … and beyond this many they are refused.
const TOO_LONG: usize = 500;

/// An example of a framework is shorter than this, all its lines counted: it is read at a glance.
const EXAMPLE: usize = 60;

/// What must not stay in a source file. In two halves, so that this list does not find itself.
const LEFTOVERS: [[&str; 2]; 5] = [
    ["to", "do!("],
    ["unimpl", "emented!("],
    ["#[ign", "ore"],
    ["TO", "DO"],
    ["FIX", "ME"],
];

/// Fails with everything that breaks a rule.
pub(crate) fn run() -> Result<()> {
    let metadata = process::metadata()?;
    let files = rust_files()?;
    let mut broken = Vec::new();
    unsafe_is_forbidden(&metadata, &mut broken)?;
    for file in &files {
        let text = fs::read_to_string(file)?;
        let name = file
            .strip_prefix(root())
            .unwrap_or(file)
            .display()
            .to_string();
        nothing_is_left_over(&name, &text, &mut broken);
        file_is_short(&name, &text, &mut broken);
        framework_is_shown_briefly(&name, &text, &mut broken);
        examples::are_given(&name, &text, &mut broken);
    }
    members_stand_apart(&metadata, &mut broken)?;
    documents_name_this_version(&metadata, &mut broken)?;
    if !broken.is_empty() {
        bail!("{} broken rules:\n  {}", broken.len(), broken.join("\n  "));
    }
    println!(
        "{} Rust files and {} members are tidy",
        files.len(),
        metadata.workspace_members.len()
    );
    Ok(())
}

/// Every library and program begins with the attribute, so that a reader sees it without the lints
/// of the workspace.
fn unsafe_is_forbidden(metadata: &Metadata, broken: &mut Vec<String>) -> Result<()> {
    for package in metadata.workspace_packages() {
        for target in package
            .targets
            .iter()
            .filter(|target| target.is_lib() || target.is_bin())
        {
            if !fs::read_to_string(&target.src_path)?.contains("#![forbid(unsafe_code)]") {
                broken.push(format!(
                    "{}: `#![forbid(unsafe_code)]` is missing",
                    target.src_path
                ));
            }
        }
    }
    Ok(())
}

fn nothing_is_left_over(name: &str, text: &str, broken: &mut Vec<String>) {
    for (number, line) in text.lines().enumerate() {
        for leftover in LEFTOVERS.map(|halves| halves.concat()) {
            if line.contains(&leftover) {
                broken.push(format!("{name}:{}: `{leftover}` must not stay", number + 1));
            }
        }
    }
}

fn file_is_short(name: &str, text: &str, broken: &mut Vec<String>) {
    if name.contains("/tests/") {
        return;
    }
    match lines_of_code(text) {
        lines if lines > TOO_LONG => {
            broken.push(format!(
                "{name}: {lines} lines of code, {TOO_LONG} are allowed"
            ));
        }
        lines if lines > LONG => {
            println!("note: {name} has {lines} lines of code: time to split it?")
        }
        _ => {}
    }
}

/// The files next to the demo, but those that serve the conformance suites.
fn framework_is_shown_briefly(name: &str, text: &str, broken: &mut Vec<String>) {
    let is_example = name
        .strip_prefix("examples/src/bin/")
        .is_some_and(|file| !file.contains('/') && !file.starts_with("conformance_"));
    let lines = text.lines().count();
    if is_example && lines >= EXAMPLE {
        broken.push(format!(
            "{name}: {lines} lines, an example has fewer than {EXAMPLE}"
        ));
    }
}

/// Lines that hold code, without those of the unit tests at the end of the file.
fn lines_of_code(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

/// The suite shares no code with what it tests, and the protocol crate needs memchr alone.
fn members_stand_apart(metadata: &Metadata, broken: &mut Vec<String>) -> Result<()> {
    for package in metadata.workspace_packages() {
        let rule: fn(&str) -> bool = match package.name.as_str() {
            "sse-conformance" => |name| !["sse-proto", "sse-tower"].contains(&name),
            "sse-proto" => |name| name != "sse-tower",
            _ => continue,
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !rule(&dependency.name))
        {
            broken.push(format!(
                "{} must not depend on {}",
                package.name, dependency.name
            ));
        }
    }
    let tree = process::read(&mut process::cargo(
        "tree -p sse-proto -e normal --prefix none --locked",
    ))?;
    let tree: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if tree != ["sse-proto", "memchr"] {
        broken.push(format!(
            "sse-proto must need memchr alone, but its tree is {}",
            tree.join(", ")
        ));
    }
    Ok(())
}

/// What a README tells people to write into their Cargo.toml must be what this commit is.
fn documents_name_this_version(metadata: &Metadata, broken: &mut Vec<String>) -> Result<()> {
    let members = metadata.workspace_packages();
    let beside_members = members
        .iter()
        .filter_map(|member| member.manifest_path.parent());
    for folder in beside_members
        .map(|folder| folder.as_std_path().to_path_buf())
        .chain([root()])
    {
        let readme = folder.join("README.md");
        let Ok(text) = fs::read_to_string(&readme) else {
            continue;
        };
        for (member, version) in text
            .lines()
            .filter_map(|line| dependency_on(line, &members))
        {
            let this = member.version.to_string();
            if this != version && !this.starts_with(&format!("{version}.")) {
                let readme = readme.display();
                broken.push(format!(
                    "{readme}: {} is {this}, not {version}",
                    member.name
                ));
            }
        }
    }
    Ok(())
}

/// Reads a line such as `sse-proto = "0.1"` or `sse-proto = { version = "0.1", … }`. A dependency by
/// path alone names no version.
fn dependency_on<'a>(line: &'a str, members: &[&'a Package]) -> Option<(&'a Package, &'a str)> {
    let (name, value) = line.split_once('=')?;
    let member = members.iter().find(|member| member.name == name.trim())?;
    Some((member, version_in(value)?))
}

fn version_in(value: &str) -> Option<&str> {
    let value = value.trim();
    let from_version = value.strip_prefix('"').or_else(|| {
        let (_, version) = value.split_once("version = \"")?;
        Some(version)
    })?;
    Some(from_version.split_once('"')?.0)
}

/// The Rust files below the members: found without git, which a machine for tests may lack.
fn rust_files() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for member in process::metadata()?.workspace_packages() {
        if let Some(folder) = member.manifest_path.parent() {
            collect(folder.as_std_path(), &mut files)?;
        }
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != "node_modules" {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_unit_tests_are_no_code() {
        let text =
            "//! A file.\n\nfn a() {\n    // why\n    b();\n}\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(lines_of_code(text), 3);
    }

    #[test]
    fn examples_of_frameworks_are_short() {
        let table = [
            ("examples/src/bin/a.rs", 59, 0),
            ("examples/src/bin/a.rs", 60, 1),
            ("examples/src/bin/conformance_a.rs", 60, 0),
            ("examples/src/bin/demo/a.rs", 60, 0),
            ("examples/src/lib.rs", 60, 0),
        ];
        for (name, lines, expected) in table {
            let mut broken = Vec::new();
            framework_is_shown_briefly(name, &"\n".repeat(lines), &mut broken);
            assert_eq!(broken.len(), expected, "{name} {lines}");
        }
    }

    #[test]
    fn a_dependency_names_its_version_or_none() {
        let table = [
            (r#" "0.1" "#, Some("0.1")),
            (
                r#"{ version = "0.1.0", features = ["axum"] }"#,
                Some("0.1.0"),
            ),
            (r#"{ features = ["axum"], version = "0.1" }"#, Some("0.1")),
            (
                r#"{ path = "../sse/sse-tower", features = ["axum"] }"#,
                None,
            ),
        ];
        for (value, version) in table {
            assert_eq!(version_in(value), version, "{value}");
        }
    }

    #[test]
    fn leftovers_are_found_with_their_line() {
        let mut broken = Vec::new();
        let text = ["fn a() {}\n", LEFTOVERS[0][0], LEFTOVERS[0][1], ")\n"].concat();
        nothing_is_left_over("a.rs", &text, &mut broken);
        assert_eq!(broken.len(), 1);
        assert!(broken[0].starts_with("a.rs:2: "));
    }
}
