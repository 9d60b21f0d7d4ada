//! The suite for servers.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sse_conformance::rule::Rule;
use sse_conformance::suite::server::{self, Capability, Control, Target, Unreachable};
use sse_conformance::suite::{Case, Options, Report};

use crate::cli::outcome::Stop;
use crate::cli::run::{Suite, seconds};

/// The server under test.
#[derive(Debug, Args)]
pub(super) struct Testee {
    /// The URL of the event stream
    url: String,
    /// URL of a control hook: takes actions such as {"action":"publish","data":"…"} as a POST of
    /// JSON
    #[arg(long, value_name = "URL", conflicts_with = "hook")]
    control: Option<String>,
    /// Command of a control hook: takes each action as a line of JSON on its standard input
    #[arg(last = true, value_name = "COMMAND")]
    hook: Vec<String>,
    /// An origin that the server allows to read the stream, such as https://app.example
    #[arg(long)]
    origin: Option<String>,
    /// A header field for every request, such as `authorization: Bearer …`. May be repeated
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = field)]
    headers: Vec<(String, String)>,
    /// Send every request over HTTP/2: without TLS, with prior knowledge
    #[arg(long)]
    http2: bool,
    /// Allow a server on another machine. The suite opens many connections to it
    #[arg(long)]
    remote: bool,
    /// File of certificates in PEM form to trust instead of those of this machine: of authorities,
    /// or of the server itself, which may be self-signed
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Accept any certificate
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// Seconds to watch the idle stream for heartbeats
    #[arg(long, default_value_t = 20.0, value_parser = seconds)]
    idle: f64,
    /// A capability that the server must have. Without it, the cases about it fail instead of being
    /// unsupported
    #[arg(long, value_name = "CAPABILITY", value_parser = capability)]
    require: Vec<Capability>,
}

impl Suite for Testee {
    fn name(&self) -> &'static str {
        "server"
    }

    fn rules(&self) -> Vec<Rule> {
        server::rules()
    }

    fn arguments(&self) -> Vec<String> {
        let mut words = vec![self.url.clone()];
        let mut option = |name: &str, value: &str| {
            words.extend([name.to_owned(), value.to_owned()]);
        };
        if let Some(control) = &self.control {
            option("--control", control);
        }
        if let Some(origin) = &self.origin {
            option("--origin", origin);
        }
        if let Some(ca) = &self.ca {
            option("--ca", &ca.to_string_lossy());
        }
        for (name, _) in &self.headers {
            // The value may be a secret, and people share reports.
            option("--header", &format!("{name}: …"));
        }
        for capability in &self.require {
            option("--require", capability.name());
        }
        if self.idle != 20.0 {
            option("--idle", &self.idle.to_string());
        }
        for (is_set, name) in [
            (self.http2, "--http2"),
            (self.remote, "--remote"),
            (self.insecure, "--insecure"),
        ] {
            words.extend(is_set.then(|| name.to_owned()));
        }
        if !self.hook.is_empty() {
            words.push("--".to_owned());
            words.extend(self.hook.iter().cloned());
        }
        words
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let hook = match (&self.control, self.hook.as_slice()) {
            (Some(url), _) => url.clone(),
            (None, []) => "none".to_owned(),
            (None, words) => words.join(" "),
        };
        let certificates = match (&self.ca, self.insecure) {
            (_, true) => "any".to_owned(),
            (Some(file), _) => file.display().to_string(),
            (None, _) => "those of this machine".to_owned(),
        };
        let mut settings = vec![
            ("control", hook),
            (
                "origin",
                self.origin.clone().unwrap_or_else(|| "none".to_owned()),
            ),
            ("http2", self.http2.to_string()),
            ("remote", self.remote.to_string()),
            ("certificates", certificates),
            ("idle", format!("{} s", self.idle)),
        ];
        if !self.headers.is_empty() {
            let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
            settings.push(("header", names.join(", ")));
        }
        if !self.require.is_empty() {
            let names: Vec<&str> = self.require.iter().map(|one| one.name()).collect();
            settings.push(("require", names.join(", ")));
        }
        settings
    }

    fn run(
        &self,
        options: &Options,
        watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
    ) -> Result<Report, Stop> {
        let mut target = Target::new(&self.url);
        target.control = match &self.control {
            Some(url) => Some(Control::Http(url.clone())),
            None if self.hook.is_empty() => None,
            None => Some(Control::Command(self.hook.clone())),
        };
        target.origin = self.origin.clone();
        target.fields = self.headers.clone();
        target.http2 = self.http2;
        target.remote = self.remote;
        target.certificates = self.ca.clone();
        target.insecure = self.insecure;
        target.idle = Duration::from_secs_f64(self.idle);
        target.required = self.require.clone();
        server::run_watched(options, &target, watch).map_err(|error| match error {
            Unreachable::Target(why) => Stop::Usage(why),
            error => Stop::Unreachable(error.to_string()),
        })
    }
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected `name: value`")?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(format!("`{name}` is not a field name"));
    }
    let value = value.trim();
    match value.contains(['\r', '\n', '\0']) {
        true => Err("a field value must be one line".to_owned()),
        false => Ok((name.to_owned(), value.to_owned())),
    }
}

fn capability(text: &str) -> Result<Capability, String> {
    let names = Capability::ALL.map(Capability::name);
    Capability::ALL
        .into_iter()
        .find(|capability| capability.name() == text)
        .ok_or_else(|| format!("expected one of {}", names.join(", ")))
}
