//! Reads the command line and the environment, and checks them before anything is started.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use clap::Parser;

use crate::{
    model::{Model, ModelOptions},
    store::{StoreConfig, StoreOptions},
};

/// A chat with a language model whose answers survive a reload.
#[derive(Parser)]
#[command(name = "llm")]
pub(crate) struct Options {
    /// The address to listen on
    #[arg(long, env = "BIND", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The port to listen on; 0 chooses a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// The seconds after which a stream ends at the latest; its page resumes
    #[arg(long, env = "LIFETIME", value_name = "SECONDS", default_value_t = 3600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    lifetime: u64,
    /// The seconds in which the streams end after SIGTERM or Ctrl-C
    #[arg(long, env = "LLM_DRAIN", value_name = "SECONDS", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    drain: u64,
}

/// The configuration, checked.
pub(crate) struct Config {
    pub(crate) address: SocketAddr,
    pub(crate) store: StoreConfig,
    pub(crate) model: Model,
    pub(crate) lifetime: Duration,
    pub(crate) drain_window: Duration,
}

impl Options {
    pub(crate) fn check(self) -> anyhow::Result<Config> {
        Ok(Config {
            address: SocketAddr::new(self.bind, self.port),
            store: self.store.check()?,
            model: self.model.check()?,
            lifetime: Duration::from_secs(self.lifetime),
            drain_window: Duration::from_secs(self.drain),
        })
    }
}

impl Config {
    /// Returns lines that tell the user what the server will do.
    pub(crate) fn summary(&self) -> [String; 4] {
        let users = match self.address.ip().is_loopback() {
            true => "only from this machine",
            false => "everybody who reaches this address, since there is no login",
        };
        [
            format!("model: {}", self.model.name()),
            format!("answers: {}", self.store.place()),
            format!("ask: {users}"),
            "SIGTERM or Ctrl-C stops the server.".to_owned(),
        ]
    }
}
