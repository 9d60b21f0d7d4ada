//! Runs the program.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Answers each stream with an event `a`, which is right for `parse/line/lf` and few other cases.
pub(crate) const ALWAYS_A: &str = r#"while read -r line; do case $line in
    *hello*) echo '{"protocol":1,"name":"always a"}';;
    *) echo '{"items":[{"data":"a"}]}';;
esac; done"#;

/// Runs the program in an empty folder.
pub(crate) fn run(arguments: &[&str], script: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sse-conformance"));
    command.args(arguments).current_dir(folder("empty"));
    if let Some(script) = script {
        command.args(["--", "sh", "-c", script]);
    }
    command.output().expect("the program runs")
}

pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Returns everything that was written to standard output and standard error.
pub(crate) fn said(output: &Output) -> String {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}
