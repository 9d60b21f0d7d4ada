//! A chat whose answers survive a reload, a second tab and a lost network: `cargo run -p examples --bin llm`.
//!
//! A POST starts an answer as a run, and GETs follow it. Each module is one step:
//!
//! | module | request | does |
//! |---|---|---|
//! | [`access`] | all | finds the user by a cookie, and refuses pages of other sites |
//! | [`answers`] | `/answers` | starts, lists, follows and stops answers |
//! | [`model`] | | generates an answer: a local fake, or a service with OpenAI's interface |
//! | [`page`] | `GET /` | the page |
//!
//! [`options`] reads the command line, [`store`] makes the runs, and [`examples::serve`] serves until a signal.
//! `README.md` beside this file leads from nothing to an answer.
#![forbid(unsafe_code)]

mod access;
mod answers;
mod model;
mod options;
mod page;
mod store;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{Router, middleware};
use clap::Parser;
use examples::serve;
use sse_tower::{Drain, Settings, runs::Runs, server::Limits};

use model::Model;
use options::{Config, Options};

/// The number of streams that may be open at once, and those of one user.
const STREAMS: usize = 1_000;
const STREAMS_PER_USER: usize = 32;

/// The time that a page waits before it reconnects.
const RECONNECTION_TIME: Duration = Duration::from_secs(1);

/// The state that all requests share.
#[derive(Clone)]
struct Server {
    runs: Runs,
    model: Arc<Model>,
    /// The settings of all streams.
    settings: Settings,
    /// The server listens on a loopback address, so it is for programs on this machine.
    is_local: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let config = match Options::parse().check() {
        Ok(config) => config,
        Err(error) => return fail(&error, true),
    };
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, examples::redis::is_mistake(&error)),
    }
}

/// Prints the error, and returns the status: 2 for a mistake in the configuration, as clap does.
fn fail(error: &anyhow::Error, is_mistake: bool) -> ExitCode {
    eprintln!("llm: {error:#}");
    ExitCode::from(if is_mistake { 2 } else { 1 })
}

async fn run(config: Config) -> anyhow::Result<()> {
    let summary = config.summary();
    let runs = config.store.make_runs().await?;
    let listener = serve::listen(config.address).await?;
    // Before the summary is printed, so that a signal after its last line drains the streams.
    let signals = serve::Signals::listen()?;
    println!("llm: http://{}/", listener.local_addr()?);
    for line in summary {
        println!("{line}");
    }
    let drain = Drain::new();
    let settings = Settings::new()
        .retry(RECONNECTION_TIME)
        .lifetime(config.lifetime)
        .limits(&Limits::each(STREAMS_PER_USER).total(STREAMS))
        .drain(&drain);
    let server = Server {
        runs,
        model: Arc::new(config.model),
        settings,
        is_local: config.address.ip().is_loopback(),
    };
    let app = Router::new()
        .merge(answers::router())
        .merge(page::router())
        .layer(middleware::from_fn_with_state(
            server.clone(),
            access::refuse_other_sites,
        ))
        .with_state(server);
    let served = tokio::try_join!(
        serve::serve(listener, app, &drain),
        serve::drain_on_signal(signals, &drain, config.drain_window),
    );
    served.map(drop).context("the server failed")
}
