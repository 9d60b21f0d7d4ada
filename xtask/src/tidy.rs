//! `cargo xtask tidy`: checks the rules of this repository that no other tool checks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use xshell::Shell;

use crate::{
    floors, mutants,
    process::{MEMBERS, cargo},
};

/// Lines of code, without comments and unit tests, that a file may have.
const MAX_CODE_LINES: usize = 500;

/// Lines of any kind that the example of a framework may have, so that it fits on a screen.
const MAX_EXAMPLE_LINES: usize = 59;

/// Words that must not stay in a source file. In two halves, so that this list does not find itself.
const LEFTOVERS: [[&str; 2]; 3] = [["#[ign", "ore"], ["TO", "DO"], ["FIX", "ME"]];

/// The README's test command, which `ci` runs.
const TEST_COMMAND: &str = "\ncargo xtask test --all\n";

/// Calls that serve connections. A recipe that has one must also have all of `PROTECTION`, against
/// silent peers, because readers copy recipes as a whole.
const SERVING: [&str; 2] = ["axum::serve(", "serve_connection("];
const PROTECTION: [&str; 2] = ["SocketOptions", "ConnectionGuard"];

/// Fails with a list of everything that breaks a rule.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    let mut broken = Vec::new();
    let root = sh.current_dir();
    let mut files = vec![root.join("README.md")];
    for member in MEMBERS {
        collect(&root.join(member), &mut files)?;
    }
    for file in files {
        let name = file
            .strip_prefix(&root)
            .unwrap_or(&file)
            .display()
            .to_string();
        check_file(&name, &fs::read_to_string(&file)?, &mut broken);
    }
    members_stand_apart(sh, &mut broken)?;
    mutants::check(sh)?;
    ensure!(
        broken.is_empty(),
        "broken rules:\n  {}",
        broken.join("\n  ")
    );
    Ok(())
}

/// Collects the Rust files and READMEs below a folder, without git, which a machine for tests may
/// lack.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != "node_modules" {
            collect(&path, files)?;
        } else if name == "README.md" || path.extension().is_some_and(|extension| extension == "rs")
        {
            files.push(path);
        }
    }
    Ok(())
}

fn check_file(name: &str, text: &str, broken: &mut Vec<String>) {
    floors::check(name, text, broken);
    for (number, line) in (1..).zip(text.lines()) {
        for word in LEFTOVERS.map(|halves| halves.concat()) {
            if line.contains(&word) {
                broken.push(format!("{name}:{number}: `{word}` must not stay"));
            }
        }
    }
    if name == "README.md" && !text.contains(TEST_COMMAND) {
        broken.push(format!(
            "README.md must give the test command:{TEST_COMMAND}"
        ));
    }
    let mut must_be_short = |lines: usize, max: usize| {
        if lines > max {
            broken.push(format!("{name}: {lines} lines, at most {max} are allowed"));
        }
    };
    if name.ends_with(".rs") && !name.contains("/tests/") {
        must_be_short(lines_of_code(text), MAX_CODE_LINES);
    }
    // The servers that only the conformance suites start need no protection.
    let is_for_suites = name.contains("/conformance_");
    let program = name.strip_prefix("examples/src/bin/");
    if program.is_some_and(|file| !file.contains('/') && !is_for_suites) {
        must_be_short(text.lines().count(), MAX_EXAMPLE_LINES);
    }
    let is_recipe = name.ends_with("README.md")
        || name.starts_with("examples/src/") && !is_for_suites
        || name.starts_with("sse-tower/src/guide/");
    if is_recipe && SERVING.iter().any(|call| text.contains(call)) {
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

/// Checks that the suite depends on neither library, and that sse-proto needs only memchr.
fn members_stand_apart(sh: &Shell, broken: &mut Vec<String>) -> Result<()> {
    let tree = |package: &str, edges: &str| {
        let tree = format!("tree -p {package} -e {edges} --prefix none --locked --format {{lib}}");
        cargo(sh, &tree).quiet().read()
    };
    let suite = tree("sse-conformance", "all")?;
    for library in ["sse_proto", "sse_tower"] {
        if suite.split_whitespace().any(|name| name == library) {
            broken.push(format!("sse-conformance must not depend on {library}"));
        }
    }
    let proto = tree("sse-proto", "normal")?;
    let names: Vec<_> = proto.split_whitespace().collect();
    if names != ["sse_proto", "memchr"] {
        broken.push(format!(
            "sse-proto must need only memchr, but its tree is {names:?}"
        ));
    }
    Ok(())
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
    fn each_rule_finds_its_offenders() {
        let leftover = LEFTOVERS[0].concat();
        let serving = SERVING[0].to_owned();
        let protected = format!("{serving} SocketOptions ConnectionGuard");
        let table = [
            ("examples/src/bin/a.rs", "\n".repeat(59), 0),
            ("examples/src/bin/a.rs", "\n".repeat(60), 1),
            ("examples/src/bin/conformance_a.rs", "\n".repeat(60), 0),
            ("examples/src/bin/demo/a.rs", "\n".repeat(60), 0),
            ("sse-proto/src/a.rs", "a();\n".repeat(500), 0),
            ("sse-proto/src/a.rs", "a();\n".repeat(501), 1),
            ("sse-proto/tests/a.rs", "a();\n".repeat(501), 0),
            ("sse-proto/README.md", "a();\n".repeat(501), 0),
            ("sse-proto/tests/a.rs", leftover, 1),
            ("README.md", TEST_COMMAND.to_owned(), 0),
            ("README.md", String::new(), 1),
            ("sse-tower/README.md", serving.clone(), 2),
            ("examples/src/bin/a.rs", serving.clone(), 2),
            (
                "examples/src/bin/demo/a.rs",
                format!("{serving} SocketOptions"),
                1,
            ),
            ("sse-tower/src/guide/a.rs", protected, 0),
            ("examples/src/bin/conformance_a.rs", serving.clone(), 0),
            ("sse-tower/tests/a.rs", serving, 0),
        ];
        for (name, text, expected) in table {
            let mut broken = Vec::new();
            check_file(name, &text, &mut broken);
            assert_eq!(broken.len(), expected, "{name}: {broken:?}");
        }
    }
}
