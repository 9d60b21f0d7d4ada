//! A server as a process: its answers, its CPU time and its memory.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    /// Starts a program.
    ///
    /// # Errors
    /// Fails if it does not start.
    pub fn start(command: &[OsString], heartbeat: u32) -> Result<Self> {
        Self::start_with(command, heartbeat, &[])
    }

    /// Starts a program with variables of its environment.
    ///
    /// # Errors
    /// Fails if it does not start.
    pub fn start_with(
        command: &[OsString],
        heartbeat: u32,
        variables: &[(&str, String)],
    ) -> Result<Self> {
        let (program, arguments) = command.split_first().context("a server has a program")?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg(heartbeat.to_string())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = child.stdout.take().context("its output is piped")?;
        let mut server = Self {
            input: child.stdin.take(),
            output: BufReader::new(output),
            address: String::new(),
            child,
        };
        server.address = server.line()?;
        Ok(server)
    }

    /// Returns the host and the port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends a line.
    ///
    /// # Errors
    /// Fails if the server has ended.
    pub fn send(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("the server has an input")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// Waits for the answer to the oldest line without one.
    ///
    /// # Errors
    /// Fails if the server has ended, or if it answers anything but a number.
    pub fn answer<T: FromStr<Err: Into<anyhow::Error>>>(&mut self) -> Result<T> {
        self.line()?.parse().map_err(Into::into)
    }

    /// Returns the CPU time that the process has taken, in seconds.
    ///
    /// # Errors
    /// Fails if the process has ended.
    pub fn cpu(&self) -> Result<f64> {
        cpu_of(self.child.id())
    }

    /// Returns the resident memory of the process in bytes.
    ///
    /// # Errors
    /// Fails if the process has ended.
    pub fn resident(&self) -> Result<usize> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = field.and_then(|field| field.trim().strip_suffix(" kB"));
        let kibibytes: usize = kibibytes.context("it has memory")?.parse()?;
        Ok(kibibytes * 1024)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let length = self.output.read_line(&mut line)?;
        ensure!(length > 0, "the server has ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends with its input. One that does not is ended here.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the CPU time that a process has taken, in seconds.
///
/// # Errors
/// Fails if the process has ended.
pub fn cpu_of(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may contain spaces. The times are the 14th and 15th field, in hundredths of a second.
    let (_, fields) = text.rsplit_once(") ").context("it has a name")?;
    let mut times = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let (user, system) = (times.next(), times.next());
    let times = user.zip(system).context("it has two times")?;
    Ok((times.0? + times.1?) as f64 / 100.0)
}
