//! Starts a program of this package, which runs until the test ends.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// A running server. It is killed when this value is dropped.
pub(crate) struct Running {
    child: Child,
    /// This stays open so that the program can print more lines.
    stdout: BufReader<ChildStdout>,
    /// Scheme, host and port.
    pub(crate) address: String,
}

impl Running {
    /// Starts a program that prints the URL it listens on.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let mut running = Self {
            child,
            stdout: BufReader::new(stdout),
            address: String::new(),
        };
        let mut line = String::new();
        running.stdout.read_line(&mut line)?;
        let Some((scheme, rest)) = line.trim().split_once("://") else {
            bail!("{program} printed no URL: {line:?}");
        };
        let host = rest.split('/').next().unwrap_or(rest);
        let scheme = scheme.rsplit(' ').next().unwrap_or(scheme);
        running.address = format!("{scheme}://{host}");
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The program may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
