//! The servers that the suite judges, with their options.

use std::{env, fmt, path::Path, process::Command, thread, time::Duration};

use anyhow::Result;
use sse_conformance::suite::{
    Options, Report,
    server::{self, Capability, Control, Target},
};

use crate::{
    nginx::{self, Nginx},
    running::Running,
};
use Capability::{Batch, Cors, Count, End, Heartbeat, Http2, Publish, Restart, Resume};

/// A program that prints the URL on which it listens, and the path of its event stream.
#[derive(Clone, Copy)]
struct Server {
    program: &'static str,
    arguments: &'static [&'static str],
    stream: &'static str,
    control: Option<&'static str>,
    /// Sends every request over HTTP/2.
    http2: bool,
    /// The program has another argument: the file to which it writes its certificate.
    tls: bool,
    /// If the program is behind nginx, the HTTP version that nginx uses for it.
    nginx: Option<&'static str>,
    /// The features that the program must have. Cases about others may be unsupported.
    has: &'static [Capability],
}

/// The example of a framework: an event every second, resumable.
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

/// The server that has a control hook.
const CONTROLLED: Server = Server {
    program: env!("CARGO_BIN_EXE_conformance_server"),
    arguments: &[],
    stream: "/events",
    control: Some("/control"),
    has: &[
        Publish, Resume, Cors, Heartbeat, End, Count, Batch, Restart, Http2,
    ],
    ..TICKS
};

const SERVERS: &[Server] = &[
    CONTROLLED,
    Server {
        program: env!("CARGO_BIN_EXE_demo"),
        arguments: &["--port", "0"],
        stream: "/notifications",
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_hyper_http1"),
        has: &[Resume, Heartbeat],
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_hyper_http2"),
        http2: true,
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_axum_ticks"),
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_axum_ticks"),
        stream: "/relayed",
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_warp_ticks"),
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_warp_ticks"),
        stream: "/relayed",
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_tonic_ticks"),
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_tls_ticks"),
        tls: true,
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_tls_ticks"),
        tls: true,
        http2: true,
        ..TICKS
    },
    Server {
        program: env!("CARGO_BIN_EXE_llm_stream"),
        stream: "/answer",
        has: &[Heartbeat, Http2],
        ..TICKS
    },
];

/// nginx sends HTTP/1.0 to an upstream by default, and 1.1 if it is configured to, for instance to keep
/// connections.
const BEHIND_NGINX: &[Server] = &[
    Server {
        nginx: Some("1.0"),
        has: &[Publish, Resume, Cors, Heartbeat, End, Count, Batch, Restart],
        ..CONTROLLED
    },
    Server {
        nginx: Some("1.1"),
        has: &[Publish, Resume, Cors, Heartbeat, End, Count, Batch, Restart],
        ..CONTROLLED
    },
];

/// The origin that the programs allow.
const ORIGIN: &str = "https://app.example";

#[test]
fn every_server_passes() {
    all_pass(SERVERS);
}

#[test]
fn servers_pass_behind_nginx() {
    if nginx::program().is_some() {
        return all_pass(BEHIND_NGINX);
    }
    let help = "nginx is missing: install it, or name the program in NGINX";
    assert!(env::var_os("CI").is_none(), "{help}");
    println!("left out: {help}");
}

/// Judges all servers at the same time, since the suite mostly waits.
fn all_pass(servers: &[Server]) {
    let options = Options::from_env().unwrap_or_else(|error| panic!("{error}"));
    let judge = |server: &Server| match server.report(&options) {
        Ok(report) => (report.to_string(), report.is_success()),
        Err(error) => (format!("error: {error:#}"), false),
    };
    let verdicts: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = servers
            .iter()
            .map(|server| scope.spawn(|| judge(server)))
            .collect();
        runs.into_iter().map(|run| run.join()).collect()
    });
    let mut failed = Vec::new();
    for (server, verdict) in servers.iter().zip(verdicts) {
        let (report, passes) = verdict.unwrap_or_else(|_| ("the suite panicked".into(), false));
        println!("{server}\n{report}\n");
        if !passes {
            failed.push(server.to_string());
        }
    }
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
}

impl Server {
    fn report(&self, options: &Options) -> Result<Report> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // The rows run at the same time, so each has a file of its own.
        let version = if self.http2 { "http2" } else { "http1" };
        let file = format!("{}-{version}.pem", self.name());
        let certificate = self.tls.then(|| folder.join(file));
        let mut command = Command::new(self.program);
        let running = Running::start(command.args(self.arguments).args(&certificate))?;
        let mut target = self.target(&running.address);
        target.certificates = certificate;
        let nginx = match self.nginx {
            None => None,
            Some(version) => {
                let server = running.address.trim_start_matches("http://");
                Some(Nginx::start(&[server], version)?)
            }
        };
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
        let lets_in = self.has.contains(&Cors);
        target.origin = lets_in.then(|| ORIGIN.to_owned());
        target.http2 = self.http2;
        target.idle = Duration::from_secs(5);
        target.required = self.has.to_vec();
        target
    }

    fn name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or(self.program)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name(), self.stream)?;
        if self.http2 {
            f.write_str(" over HTTP/2")?;
        }
        match self.nginx {
            Some(version) => write!(f, " behind nginx, by HTTP/{version}"),
            None => Ok(()),
        }
    }
}
