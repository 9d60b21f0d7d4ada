//! A server of event streams: `cargo run -p examples --bin hub`.
//!
//! Programs publish events over HTTP, and browsers subscribe with their own `EventSource`. Each module is one step
//! of a request:
//!
//! | module | request | does |
//! |---|---|---|
//! | [`access`] | all | decides who may publish, subscribe and administrate, with the [`tokens`] |
//! | [`publish`] | `POST /topics/NAME` | publishes an event, and answers its ID |
//! | [`subscribe`] | `GET /events?topic=NAME` | streams the events of topics |
//! | [`admin`] | `GET /admin/snapshot` | shows the contents of the hub |
//! | [`metrics`] | `GET /metrics` | tells Prometheus about the streams and the hub |
//! | [`health`] | `GET /healthz`, `/readyz` | tells a load balancer whether the server works |
//! | [`page`] | `GET /`, `/admin` | the pages |
//!
//! [`options`] reads the command line, [`mod@log`] makes the hub, and [`examples::serve`] serves until a signal.
//! `README.md` beside this file leads from nothing to an event in a browser.
#![forbid(unsafe_code)]

mod access;
mod admin;
mod health;
mod log;
mod metrics;
mod options;
mod page;
mod publish;
mod subscribe;
mod tokens;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use axum::Router;
use clap::Parser;
use examples::serve;
use metrics_exporter_prometheus::PrometheusHandle;
use sse_tower::{Drain, Settings, hub::Hub};

use access::Access;
use options::{Config, Options};

/// The state that all requests share.
#[derive(Clone)]
struct Server {
    hub: Hub,
    access: Arc<Access>,
    /// The settings of all streams.
    settings: Settings,
    drain: Drain,
    recorder: PrometheusHandle,
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
    eprintln!("hub: {error:#}");
    ExitCode::from(if is_mistake { 2 } else { 1 })
}

async fn run(config: Config) -> anyhow::Result<()> {
    let summary = config.summary();
    let recorder = metrics::install()?;
    let hub = config.log.make_hub().await?;
    let listener = serve::listen(config.address).await?;
    // Before the summary is printed, so that a signal after its last line drains the streams.
    let signals = serve::Signals::listen()?;
    println!("hub: http://{}/", listener.local_addr()?);
    for line in summary {
        println!("{line}");
    }
    let drain = Drain::new();
    let server = Server {
        hub,
        settings: config.streams.settings(&drain),
        access: Arc::new(config.access),
        drain: drain.clone(),
        recorder: recorder.clone(),
    };
    let upkeep = tokio::spawn(metrics::upkeep(recorder));
    let streams = subscribe::router(&config.streams, &server.settings);
    let app = app(server, streams, config.cors);
    let served = tokio::try_join!(
        serve::serve(listener, app, &drain),
        serve::drain_on_signal(signals, &drain, config.drain_window),
    );
    upkeep.abort();
    served.map(drop).context("the server failed")
}

fn app(server: Server, streams: Router<Server>, cors: access::Cors) -> Router {
    // Pages of other origins may subscribe and publish. The rest is for this origin.
    let events = streams.merge(publish::router());
    cors.apply(events)
        .merge(admin::router())
        .merge(metrics::router())
        .merge(health::router())
        .with_state(server)
        .merge(page::router())
}
