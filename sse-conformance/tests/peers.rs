//! The program against existing decoders and servers, in Rust, Node.js and Python.
//!
//! Each of their deviations from a rule is waived, with the reason. So a verdict that changes in
//! either direction makes a test fail. `cargo xtask setup` installs the peers. `cargo xtask
//! conformance --adapters` does so and runs this.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

#[test]
fn eventsource_parser() {
    decoder("node", "node".into(), "adapter.js");
}

#[test]
fn httpx_sse() {
    decoder("python", installed("PEERS_PYTHON"), "adapter.py");
}

#[test]
fn better_sse() {
    let mut node = Command::new("node");
    node.arg(peers("servers/node/server.js"));
    server("node", node, &["publish", "count", "heartbeat"]);
}

#[test]
fn sse_starlette() {
    let mut python = Command::new(installed("PEERS_PYTHON"));
    python.arg(peers("servers/python/server.py"));
    server("python", python, &["publish", "count", "end", "heartbeat"]);
}

#[test]
fn axum() {
    let axum = Command::new(installed("PEERS_AXUM"));
    server("rust", axum, &["publish", "count", "end", "heartbeat"]);
}

fn decoder(folder: &str, interpreter: PathBuf, script: &str) {
    // The machine may be busy, so slow answers are accepted.
    let options = ["--timeout", "60", "--"].map(str::to_owned);
    let script = peers(folder).join(script);
    let adapter = [interpreter, script].map(|path| path.display().to_string());
    let counts = judge(
        "decoder",
        folder,
        [options.to_vec(), adapter.to_vec()].concat(),
    );
    assert_eq!(counts["fail"], 0, "{counts}");
}

/// Starts a server that prints its URL, with event streams at `/events` and its hook at `/control`.
fn server(folder: &str, mut command: Command, capabilities: &[&str]) {
    let mut server = Running(command.stdout(Stdio::piped()).spawn().expect("it starts"));
    let mut lines = BufReader::new(server.0.stdout.take().expect("stdout is piped")).lines();
    let line = lines
        .next()
        .expect("the server prints a line")
        .expect("UTF-8");
    let (_, address) = line
        .split_once("http://")
        .expect("the server prints its URL");
    let address = address.split('/').next().unwrap_or(address);
    let mut arguments = vec![format!("http://{address}/events")];
    arguments.extend(["--control".into(), format!("http://{address}/control")]);
    for capability in capabilities {
        arguments.extend(["--require", capability].map(str::to_owned));
    }
    let counts = judge("server", &format!("servers/{folder}"), arguments);
    for verdict in ["fail", "warn", "info"] {
        assert_eq!(counts[verdict], 0, "{verdict}: {counts}");
    }
}

/// Runs the program with the waivers of this folder, and returns the counts of its report.
fn judge(suite: &str, folder: &str, arguments: Vec<String>) -> Value {
    let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder.replace('/', "-"));
    let report = report.with_extension(format!("{suite}.json"));
    let mut program = Command::new(env!("CARGO_BIN_EXE_sse-conformance"));
    program.args([suite, "--quiet", "--json"]).arg(&report);
    program
        .arg("--waivers")
        .arg(peers(folder).join("waivers.txt"));
    let status = program
        .args(arguments)
        .status()
        .expect("the program starts");
    // 0: passed, 1: failed. Otherwise there is no report.
    assert!(
        matches!(status.code(), Some(0 | 1)),
        "the program ended with {status}"
    );
    let text = fs::read_to_string(&report).expect("the program wrote its report");
    let report: Value = serde_json::from_str(&text).expect("the report is JSON");
    report["counts"].clone()
}

fn peers(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(path)
}

fn installed(variable: &str) -> PathBuf {
    let path = env::var_os(variable).map(PathBuf::from);
    path.unwrap_or_else(|| {
        panic!("{variable} is not set: run `cargo xtask conformance --adapters`")
    })
}

/// A process that is killed when this value is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The program may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
