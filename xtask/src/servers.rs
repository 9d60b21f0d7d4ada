//! The server suite against the programs of `examples`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sse_conformance::suite::server::{self, Capability, Control, Target};
use sse_conformance::suite::{Options, Report};

use crate::process;
use crate::test::Counts;

/// A program that prints the address it listens on, and its event stream.
struct Server {
    program: &'static str,
    arguments: &'static [&'static str],
    stream: &'static str,
    control: Option<&'static str>,
    /// What it has. Without it, cases about it would be passed over.
    has: &'static [Capability],
}

/// An example more is a line more.
const SERVERS: &[Server] = &[
    Server {
        program: "conformance_server",
        arguments: &[],
        stream: "/events",
        control: Some("/control"),
        has: &[
            Capability::Publish,
            Capability::Resume,
            Capability::Cors,
            Capability::Heartbeat,
            Capability::End,
            Capability::Count,
        ],
    },
    Server {
        program: "demo",
        arguments: &["--port", "0"],
        stream: "/notifications",
        control: None,
        has: &[Capability::Resume],
    },
];

/// The origin that the programs let in.
const ORIGIN: &str = "https://app.example";

/// Runs the suite against each program.
pub(crate) fn reports(options: &Options) -> Result<Vec<Report>> {
    process::run(&mut process::cargo("build --package examples --bins"))?;
    SERVERS
        .iter()
        .map(|server| server.report(options))
        .collect()
}

/// The server suite as a part of `cargo xtask test`. What a server is not said to have is neither
/// passed nor failed.
pub(crate) fn test() -> Result<Counts> {
    let mut sum = Counts::default();
    for report in reports(&Options::default())? {
        println!("{report}");
        let counts = report.counts();
        sum.passed += counts.pass as u64;
        sum.failed += counts.fail as u64;
    }
    Ok(sum)
}

impl Server {
    fn report(&self, options: &Options) -> Result<Report> {
        let target = process::metadata()?.target_directory.into_std_path_buf();
        let program = target.join("debug").join(self.program);
        let running = Running::start(Command::new(program).args(self.arguments))?;
        let mut target = Target::new(format!("{}{}", running.address, self.stream));
        target.control = self
            .control
            .map(|path| Control::Http(format!("{}{path}", running.address)));
        target.origin = Some(ORIGIN.to_owned());
        target.idle = Duration::from_secs(5);
        target.required = self.has.to_vec();
        println!("{} {}", self.program, target.url);
        server::run(options, &target).with_context(|| format!("{} cannot be judged", self.program))
    }
}

/// A program that prints the address it listens on, and ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let mut running = Self {
            child,
            address: String::new(),
        };
        let mut line = String::new();
        if let Some(stdout) = &mut running.child.stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let Some(start) = line.find("http://") else {
            bail!("{program} printed no address: {line:?}");
        };
        running.address = line[start..].trim().trim_end_matches('/').to_owned();
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
