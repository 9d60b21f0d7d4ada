//! The server suite against the programs of `examples`.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use sse_conformance::suite::server::{self, Capability, Control, Target};
use sse_conformance::suite::{Options, Report};

use crate::nginx::Nginx;
use crate::test::Counts;
use crate::{process, setup};
use Capability::{Cors, Count, End, Heartbeat, Http2, Publish, Resume};

/// A program that prints the address it listens on, and its event stream.
#[derive(Clone, Copy)]
struct Server {
    program: &'static str,
    arguments: &'static [&'static str],
    stream: &'static str,
    control: Option<&'static str>,
    /// Whether it is asked over HTTP/2 throughout.
    http2: bool,
    /// Whether it takes, as one argument more, the file its certificate goes to.
    tls: bool,
    /// The version of HTTP by which nginx asks it, if it stands behind nginx.
    nginx: Option<&'static str>,
    /// What it has. Without it, cases about it would be passed over.
    has: &'static [Capability],
}

/// An example of a framework: an event a second, on from the last event ID.
const TICKS: Server = Server {
    program: "",
    arguments: &["127.0.0.1:0"],
    stream: "/ticks",
    control: None,
    http2: false,
    tls: false,
    nginx: None,
    has: &[Resume, Heartbeat, Http2],
};

/// The one that does what the suite wants done.
const CONTROLLED: Server = Server {
    program: "conformance_server",
    arguments: &[],
    stream: "/events",
    control: Some("/control"),
    has: &[Publish, Resume, Cors, Heartbeat, End, Count, Http2],
    ..TICKS
};

/// An example more is a line more.
const SERVERS: &[Server] = &[
    CONTROLLED,
    Server {
        program: "demo",
        arguments: &["--port", "0"],
        stream: "/notifications",
        ..TICKS
    },
    Server {
        program: "hyper_http1",
        has: &[Resume, Heartbeat],
        ..TICKS
    },
    Server {
        program: "hyper_http2",
        http2: true,
        ..TICKS
    },
    Server {
        program: "axum_ticks",
        ..TICKS
    },
    Server {
        program: "axum_ticks",
        stream: "/relayed",
        ..TICKS
    },
    Server {
        program: "warp_ticks",
        ..TICKS
    },
    Server {
        program: "warp_ticks",
        stream: "/relayed",
        ..TICKS
    },
    Server {
        program: "tonic_ticks",
        ..TICKS
    },
    Server {
        program: "tls_ticks",
        tls: true,
        ..TICKS
    },
    Server {
        program: "tls_ticks",
        tls: true,
        http2: true,
        ..TICKS
    },
    Server {
        program: "llm",
        stream: "/answer",
        has: &[Heartbeat, Http2],
        ..TICKS
    },
];

/// Towards an upstream, nginx speaks 1.0 by default, and 1.1 where it is told to, as for keep-alive.
const BEHIND_NGINX: &[Server] = &[
    Server {
        nginx: Some("1.0"),
        has: &[Publish, Resume, Cors, Heartbeat, End, Count],
        ..CONTROLLED
    },
    Server {
        nginx: Some("1.1"),
        has: &[Publish, Resume, Cors, Heartbeat, End, Count],
        ..CONTROLLED
    },
];

/// The origin that the programs let in.
const ORIGIN: &str = "https://app.example";

/// Runs the suite against each example.
pub(crate) fn reports(options: &Options) -> Result<Vec<Report>> {
    side_by_side(SERVERS, options)
}

/// Runs the suite against an example that stands behind nginx.
pub(crate) fn reports_behind_nginx(options: &Options) -> Result<Vec<Report>> {
    // Here, since it may have to be fetched.
    setup::nginx()?;
    side_by_side(BEHIND_NGINX, options)
}

/// The server suite as a part of `cargo xtask test`.
pub(crate) fn test() -> Result<Counts> {
    Ok(counts(&reports(&Options::default())?))
}

/// The same behind nginx.
pub(crate) fn test_behind_nginx() -> Result<Counts> {
    Ok(counts(&reports_behind_nginx(&Options::default())?))
}

/// What a server is not said to have is neither passed nor failed.
fn counts(reports: &[Report]) -> Counts {
    let mut sum = Counts::default();
    for counts in reports.iter().map(Report::counts) {
        sum.passed += counts.pass as u64;
        sum.failed += counts.fail as u64;
    }
    sum
}

/// Runs the suite against each server, all at once, since it mostly waits. Each report is printed
/// under the name of its server, in the order of the list.
fn side_by_side(servers: &[Server], options: &Options) -> Result<Vec<Report>> {
    process::run(&mut process::cargo("build --package examples --bins"))?;
    thread::scope(|scope| {
        let runs: Vec<_> = servers
            .iter()
            .map(|server| (server, scope.spawn(|| server.report(options))))
            .collect();
        runs.into_iter()
            .map(|(server, run)| {
                let run = run.join();
                let report = run.unwrap_or_else(|_| Err(anyhow!("the suite panicked")));
                let report = report.with_context(|| format!("{server} cannot be judged"))?;
                println!("{server}\n{report}\n");
                Ok(report)
            })
            .collect()
    })
}

impl Server {
    fn report(&self, options: &Options) -> Result<Report> {
        let folder = process::metadata()?.target_directory.into_std_path_buf();
        // Each row has a file of its own: they run at the same time.
        let version = if self.http2 { "http2" } else { "http1" };
        let file = format!("{}-{version}.pem", self.program);
        let certificate = self.tls.then(|| folder.join(file));
        let mut command = Command::new(folder.join("debug").join(self.program));
        let running = Running::start(command.args(self.arguments).args(&certificate))?;
        let mut target = self.target(&running.address);
        target.certificates = certificate;
        let nginx = self
            .nginx
            .map(|version| Nginx::start(&running.address, version))
            .transpose()?;
        if let Some(nginx) = &nginx {
            target.url = format!("{}{}", nginx.address(), self.stream);
        }
        Ok(server::run(options, &target)?)
    }

    fn target(&self, address: &str) -> Target {
        let mut target = Target::new(format!("{address}{}", self.stream));
        target.control = self
            .control
            .map(|path| Control::Http(format!("{address}{path}")));
        target.origin = Some(ORIGIN.to_owned());
        target.http2 = self.http2;
        target.idle = Duration::from_secs(5);
        target.required = self.has.to_vec();
        target
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.program, self.stream)?;
        if self.http2 {
            f.write_str(" over HTTP/2")?;
        }
        match self.nginx {
            Some(version) => write!(f, " behind nginx, by HTTP/{version}"),
            None => Ok(()),
        }
    }
}

/// A program that prints the address it listens on, and ends with this value.
pub(crate) struct Running {
    child: Child,
    /// Kept, so that the program may go on printing.
    stdout: BufReader<ChildStdout>,
    /// Scheme, host and port.
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let stdout = child.stdout.take().context("it was asked for")?;
        let mut running = Self {
            child,
            stdout: BufReader::new(stdout),
            address: String::new(),
        };
        let mut line = String::new();
        running.stdout.read_line(&mut line)?;
        let Some((scheme, rest)) = line.trim().split_once("://") else {
            bail!("{program} printed no address: {line:?}");
        };
        let host = rest.split('/').next().unwrap_or(rest);
        let scheme = scheme.rsplit(' ').next().unwrap_or(scheme);
        running.address = format!("{scheme}://{host}");
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
