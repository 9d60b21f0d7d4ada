//! Reads the command line and the environment, and checks them before anything is started.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::Parser;
use sse_tower::cors::Origin;

use crate::{
    access::{Access, Cors},
    log::{LogConfig, LogOptions},
    subscribe::Streams,
    tokens::Tokens,
};

/// A server of event streams: publish by POST, subscribe with EventSource.
#[derive(Debug, Parser)]
#[command(name = "hub")]
pub(crate) struct Options {
    /// The address to listen on
    #[arg(long, env = "BIND", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The port to listen on; 0 chooses a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// A file with a line for each token: TOKEN RIGHT…, where a right is publish:TOPIC, subscribe:TOPIC or admin
    #[arg(long, env = "HUB_TOKENS", value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// A token with its rights, as a line of the file; other users of the machine can read it in the list of
    /// processes, except in the variable
    // A String, and checked later: clap would print a wrong value, and with it the token.
    #[arg(
        long,
        env = "HUB_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN RIGHT…"
    )]
    token: Vec<String>,
    /// An origin whose pages may subscribe and publish, as browsers send it; * for all
    #[arg(
        long,
        env = "HUB_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    allow_origin: Vec<String>,
    /// Reads the address of a client from the last entry of X-Forwarded-For; only behind a proxy that sets it
    #[arg(long, env = "HUB_BEHIND_PROXY")]
    behind_proxy: bool,
    /// The seconds in which the streams end after SIGTERM or Ctrl-C
    #[arg(long, env = "HUB_DRAIN", value_name = "SECONDS", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    drain: u64,
    #[command(flatten)]
    streams: Streams,
    #[command(flatten)]
    log: LogOptions,
}

/// The configuration, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) address: SocketAddr,
    pub(crate) access: Access,
    pub(crate) cors: Cors,
    pub(crate) drain_window: Duration,
    pub(crate) streams: Streams,
    pub(crate) log: LogConfig,
}

impl Options {
    pub(crate) fn check(self) -> anyhow::Result<Config> {
        let tokens = read_tokens(self.tokens.as_deref(), &self.token)?;
        ensure!(
            !(self.behind_proxy && tokens.is_none()),
            "--behind-proxy needs --tokens or --token: without tokens, only programs on this machine may publish, \
             and behind a proxy the server cannot tell which those are"
        );
        let cors = cors(&self.allow_origin)?;
        Ok(Config {
            address: SocketAddr::new(self.bind, self.port),
            access: Access::new(tokens, &cors, self.behind_proxy),
            cors,
            drain_window: Duration::from_secs(self.drain),
            streams: self.streams,
            log: self.log.check()?,
        })
    }
}

impl Config {
    /// Returns lines that tell the user what the server will do.
    pub(crate) fn summary(&self) -> [String; 4] {
        [
            format!("log: {}", self.log.place()),
            format!("publish and administrate: {}", self.access.publishers()),
            format!("subscribe: {}", self.access.subscribers()),
            "SIGTERM or Ctrl-C stops the server.".to_owned(),
        ]
    }
}

/// Returns `None` if no token is configured.
fn read_tokens(file: Option<&Path>, lines: &[String]) -> anyhow::Result<Option<Tokens>> {
    let mut tokens = Tokens::new()?;
    if let Some(path) = file {
        let named = || format!("--tokens {}", path.display());
        let text = fs::read_to_string(path).with_context(named)?;
        for (number, line) in (1..).zip(text.lines()) {
            let added = tokens.add(line);
            added.with_context(|| format!("{}, line {number}", named()))?;
        }
        // An empty file would otherwise let every program on this machine publish.
        ensure!(!tokens.is_empty(), "{} has no token", named());
    }
    for (number, line) in (1..).zip(lines) {
        let count = tokens.len();
        let added = tokens.add(line);
        added.with_context(|| format!("--token, number {number}"))?;
        ensure!(
            tokens.len() > count,
            "--token, number {number}, has no token"
        );
    }
    Ok((!tokens.is_empty()).then_some(tokens))
}

fn cors(origins: &[String]) -> anyhow::Result<Cors> {
    if origins.iter().any(|origin| origin == "*") {
        ensure!(
            origins.len() == 1,
            "--allow-origin *: this allows all origins, so name no others"
        );
        return Ok(Cors::Any);
    }
    let origins: Result<_, _> = origins.iter().map(|text| Origin::new(text)).collect();
    Ok(Cors::Origins(origins.context("--allow-origin")?))
}
