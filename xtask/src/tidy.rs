//! `cargo xtask tidy`: rules of this repository that no other tool checks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand};
use xshell::{Shell, cmd};

/// Lines of code, without comments and unit tests, that a file may have.
const MAX_CODE_LINES: usize = 500;

/// Lines that the example of a framework may have, all counted: a reader sees it at a glance.
const MAX_EXAMPLE_LINES: usize = 59;

/// Words that must not stay in a source file. In two halves, so that this list does not find itself.
const LEFTOVERS: [[&str; 2]; 3] = [["#[ign", "ore"], ["TO", "DO"], ["FIX", "ME"]];

/// The test command that the README gives, and that `ci` runs.
const TEST_COMMAND: &str = "\ncargo xtask test --all\n";

/// Calls that serve connections. A recipe that has one needs all of `PROTECTION` against silent peers, since
/// a reader copies it whole.
const SERVING: [&str; 2] = ["axum::serve(", "serve_connection("];
const PROTECTION: [&str; 2] = ["SocketOptions", "ConnectionGuard"];

/// Fails with a list of everything that breaks a rule.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let mut broken = Vec::new();
    let root = sh.current_dir();
    for member in metadata.workspace_packages() {
        let mut files = Vec::new();
        let folder = member.manifest_path.as_std_path().with_file_name("");
        collect(&folder, &mut files)?;
        for file in files {
            let name = file
                .strip_prefix(&root)
                .unwrap_or(&file)
                .display()
                .to_string();
            check_file(&name, &fs::read_to_string(&file)?, &mut broken);
        }
        if let Ok(readme) = fs::read_to_string(folder.join("README.md")) {
            protects_connections(&format!("{}/README.md", member.name), &readme, &mut broken);
            names_this_version(&member.name, &readme, &metadata, &mut broken);
        }
    }
    let readme = fs::read_to_string(root.join("README.md"))?;
    names_this_version("README.md", &readme, &metadata, &mut broken);
    protects_connections("README.md", &readme, &mut broken);
    if !readme.contains(TEST_COMMAND) {
        broken.push(format!(
            "README.md must give the test command:{TEST_COMMAND}"
        ));
    }
    members_stand_apart(sh, &metadata, &mut broken)?;
    ensure!(
        broken.is_empty(),
        "broken rules:\n  {}",
        broken.join("\n  ")
    );
    Ok(())
}

/// Collects the Rust files below a folder, without git, which a machine for tests may lack.
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

fn check_file(name: &str, text: &str, broken: &mut Vec<String>) {
    for (number, line) in (1..).zip(text.lines()) {
        for word in LEFTOVERS.map(|halves| halves.concat()) {
            if line.contains(&word) {
                broken.push(format!("{name}:{number}: `{word}` must not stay"));
            }
        }
    }
    let code = lines_of_code(text);
    if !name.contains("/tests/") && code > MAX_CODE_LINES {
        broken.push(format!(
            "{name}: {code} lines of code, at most {MAX_CODE_LINES} are allowed"
        ));
    }
    // Except for the programs that only the conformance suites start.
    let is_recipe = name.starts_with("examples/src/") && !name.contains("/conformance_")
        || name.starts_with("sse-tower/src/guide/");
    if is_recipe {
        protects_connections(name, text, broken);
    }
    // The examples of frameworks: not the demo, and not the programs for the conformance suites.
    let file = name.strip_prefix("examples/src/bin/");
    let is_example =
        file.is_some_and(|file| !file.contains('/') && !file.starts_with("conformance_"));
    let lines = text.lines().count();
    if is_example && lines > MAX_EXAMPLE_LINES {
        broken.push(format!(
            "{name}: {lines} lines, an example has at most {MAX_EXAMPLE_LINES}"
        ));
    }
}

/// Every recipe that serves connections closes those of silent peers.
fn protects_connections(name: &str, text: &str, broken: &mut Vec<String>) {
    if SERVING.iter().any(|call| text.contains(call)) {
        for missing in PROTECTION.iter().filter(|word| !text.contains(*word)) {
            broken.push(format!("{name} serves connections without {missing}"));
        }
    }
}

/// Counts lines that hold code, except those of the unit tests at the end of the file.
fn lines_of_code(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

/// The suite shares no code with what it judges, and sse-proto needs only memchr.
fn members_stand_apart(sh: &Shell, metadata: &Metadata, broken: &mut Vec<String>) -> Result<()> {
    for package in metadata.workspace_packages() {
        let forbidden: &[&str] = match package.name.as_str() {
            "sse-conformance" => &["sse-proto", "sse-tower"],
            "sse-proto" => &["sse-tower"],
            _ => continue,
        };
        let names = package
            .dependencies
            .iter()
            .map(|dependency| &dependency.name);
        for name in names.filter(|name| forbidden.contains(&name.as_str())) {
            broken.push(format!("{} must not depend on {name}", package.name));
        }
    }
    let tree = cmd!(
        sh,
        "cargo tree -p sse-proto -e normal --prefix none --locked --format"
    );
    let tree = tree.arg("{lib}").quiet().read()?;
    let names: Vec<_> = tree.split_whitespace().collect();
    if names != ["sse_proto", "memchr"] {
        broken.push(format!(
            "sse-proto must need only memchr, but its tree is {}",
            names.join(", ")
        ));
    }
    Ok(())
}

/// The version that a README tells people to depend on is the version of this commit.
fn names_this_version(name: &str, readme: &str, metadata: &Metadata, broken: &mut Vec<String>) {
    for package in metadata.workspace_packages() {
        for version in readme
            .lines()
            .filter_map(|line| version_of(&package.name, line))
        {
            let this = package.version.to_string();
            if this != version && !this.starts_with(&format!("{version}.")) {
                broken.push(format!("{name}: {} is {this}, not {version}", package.name));
            }
        }
    }
}

/// Reads `sse-proto = "0.1"` or `sse-proto = { version = "0.1", … }`. A dependency by path alone names
/// no version.
fn version_of<'a>(name: &str, line: &'a str) -> Option<&'a str> {
    let value = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
    let version = value.trim_start().strip_prefix('"');
    let version = version.or_else(|| Some(value.split_once("version = \"")?.1))?;
    version.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_unit_tests_are_not_code() {
        let text =
            "//! A file.\n\nfn a() {\n    // why\n    b();\n}\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(lines_of_code(text), 3);
    }

    #[test]
    fn long_files_leftovers_and_bare_recipes_are_found() {
        let leftover = LEFTOVERS[0].concat();
        let serving = SERVING[0].to_owned();
        let table = [
            ("examples/src/bin/a.rs", "\n".repeat(59), 0),
            ("examples/src/bin/a.rs", "\n".repeat(60), 1),
            ("examples/src/bin/conformance_a.rs", "\n".repeat(60), 0),
            ("examples/src/bin/demo/a.rs", "\n".repeat(60), 0),
            ("sse-proto/src/a.rs", "a();\n".repeat(500), 0),
            ("sse-proto/src/a.rs", "a();\n".repeat(501), 1),
            ("sse-proto/tests/a.rs", "a();\n".repeat(501), 0),
            ("sse-proto/tests/a.rs", leftover, 1),
            ("examples/src/bin/a.rs", serving.clone(), 2),
            (
                "examples/src/bin/demo/a.rs",
                format!("{serving} SocketOptions"),
                1,
            ),
            (
                "sse-tower/src/guide/a.rs",
                format!("{serving} SocketOptions ConnectionGuard"),
                0,
            ),
            ("examples/src/bin/conformance_a.rs", serving.clone(), 0),
            ("sse-tower/tests/a.rs", serving, 0),
        ];
        for (name, text, expected) in table {
            let mut broken = Vec::new();
            check_file(name, &text, &mut broken);
            assert_eq!(broken.len(), expected, "{name}: {broken:?}");
        }
    }

    #[test]
    fn a_dependency_names_its_version_or_none() {
        let table = [
            (r#"a = "0.1" "#, Some("0.1")),
            (
                r#"a = { version = "0.1.0", features = ["b"] }"#,
                Some("0.1.0"),
            ),
            (r#"a = { features = ["b"], version = "0.1" }"#, Some("0.1")),
            (r#"a = { path = "../a", features = ["b"] }"#, None),
            (r#"ab = "0.1""#, None),
        ];
        for (line, version) in table {
            assert_eq!(version_of("a", line), version, "{line}");
        }
    }
}
