//! The server suite against other people's servers, by the program of sse-conformance.
//!
//! What they do otherwise than a rule says, be it a MUST or no more than a remark, is waived, each
//! with its reason: so a verdict that changes, either way, fails.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::adapters::judged;
use crate::process::{self, root};
use crate::servers::Running;
use crate::setup;
use crate::test::Counts;

/// A program that serves `/events`, with a control hook at `/control`.
struct Peer {
    command: Vec<PathBuf>,
    waivers: PathBuf,
    /// What it has. Without it, cases about it would be passed over.
    has: &'static [&'static str],
}

/// Runs the suite against each of them.
pub(crate) fn test() -> Result<Counts> {
    process::run(&mut process::cargo(
        "build --package sse-conformance --bins",
    ))?;
    let target = process::metadata()?.target_directory.into_std_path_buf();
    let mut sum = Counts::default();
    for peer in peers(&target)? {
        let running = Running::start(Command::new(&peer.command[0]).args(&peer.command[1..]))?;
        let address = &running.address;
        let mut arguments: Vec<OsString> = vec![
            "server".into(),
            format!("{address}/events").into(),
            "--control".into(),
            format!("{address}/control").into(),
        ];
        for capability in peer.has {
            arguments.extend(["--require".into(), (*capability).into()]);
        }
        let verdicts = judged(&target, &arguments, Some(&peer.waivers))?;
        sum.passed += verdicts.pass;
        sum.failed += verdicts.fail + verdicts.warn + verdicts.info;
    }
    Ok(sum)
}

/// A peer more is a line more.
fn peers(target: &Path) -> Result<Vec<Peer>> {
    let folder = root().join("sse-conformance/peers/servers");
    let [node, python, rust] = ["node", "python", "rust"].map(|name| folder.join(name));
    setup::npm_packages(&node)?;
    let interpreter = setup::python_packages(
        &python.join("requirements.txt"),
        &target.join("tools/python-servers"),
    )?;
    Ok(vec![
        Peer {
            command: vec!["node".into(), node.join("server.js")],
            waivers: node.join("waivers.txt"),
            has: &["publish", "count", "heartbeat"],
        },
        Peer {
            command: vec![interpreter, python.join("server.py")],
            waivers: python.join("waivers.txt"),
            has: &["publish", "count", "end", "heartbeat"],
        },
        Peer {
            command: vec![built(&rust, &target.join("peers-servers"))?],
            waivers: rust.join("waivers.txt"),
            has: &["publish", "count", "end", "heartbeat"],
        },
    ])
}

/// The program of a workspace of its own.
fn built(folder: &Path, target: &Path) -> Result<PathBuf> {
    process::run(
        process::cargo("build --locked --manifest-path")
            .arg(folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target),
    )?;
    Ok(target.join("debug/axum-sse-server"))
}
